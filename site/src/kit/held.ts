// A trained language model run over a sequence with one of its gates held by hand: the library's own cell equations, with
//
//   gate<t> := hold<t>   wherever mask<t> is 1
//
// in their place. With no mask it is the model itself; the tests hold the two against each other.
import type { LanguageModel } from "unrolled";
import { parameterInputs } from "unrolled/nn";
import {
  add,
  broadcastTo,
  constant,
  gather,
  input,
  linear,
  mul,
  reshape,
  scan,
  sigmoid,
  softmax,
  split,
  sub,
  type Tensor,
  tanh,
  view,
} from "unrolled/tensor";
import { floats, ints, program, rowsOf } from "./reference.ts";

export type HeldCell = "lstm" | "gruSimplified" | "gruBefore" | "rnn";

export interface HeldRun {
  /** Probabilities of the next token, [T][V]. */
  readonly probabilities: number[][];
  /** States and gates by name, [T][H] each. */
  readonly states: Readonly<Record<string, number[][]>>;
  readonly gates: Readonly<Record<string, number[][]>>;
}

export interface Hold {
  readonly gate: string;
  /** The gate's value at step t and unit h; undefined leaves it alone. */
  at(t: number, unit: number): number | undefined;
}

type Step = (
  x: Tensor,
  state: Record<string, Tensor>,
  hold: (gate: string, value: Tensor) => Tensor,
) => {
  state: Record<string, Tensor>;
  gates: Record<string, Tensor>;
};

const cells: Readonly<
  Record<HeldCell, { states: readonly string[]; gates: readonly string[]; step(p: Record<string, Tensor>): Step }>
> = {
  rnn: {
    states: ["h"],
    gates: [],
    step:
      ({ Wx, b, Wh }) =>
      (x, { h }) => ({
        state: { h: tanh(add(linear(x, Wx!, b), linear(h!, Wh!))) },
        gates: {},
      }),
  },
  lstm: {
    states: ["h", "c"],
    gates: ["input", "forget", "output"],
    step:
      ({ Wx, b, Wh }) =>
      (x, { h, c }, hold) => {
        const [i, f, g, o] = split(add(linear(x, Wx!, b), linear(h!, Wh!)), 4);
        const gates = {
          input: hold("input", sigmoid(i)),
          forget: hold("forget", sigmoid(f)),
          output: hold("output", sigmoid(o)),
        };
        const memory = add(mul(gates.forget, c!), mul(gates.input, tanh(g)));
        return { state: { h: mul(gates.output, tanh(memory)), c: memory }, gates };
      },
  },
  gruSimplified: {
    states: ["h"],
    gates: ["update"],
    step:
      ({ Wx, b, Wh }) =>
      (x, { h }, hold) => {
        const [u, n] = split(add(linear(x, Wx!, b), linear(h!, Wh!)), 2);
        const update = hold("update", sigmoid(u));
        return { state: { h: add(mul(update, tanh(n)), mul(sub(1, update), h!)) }, gates: { update } };
      },
  },
  gruBefore: {
    states: ["h"],
    gates: ["reset", "update"],
    step:
      ({ Wx, b, Wh }) =>
      (x, { h }, hold) => {
        const [xr, xz, xn] = split(linear(x, Wx!, b), 3);
        const [Wr, Wz, Wn] = split(Wh!, 3, 0);
        const reset = hold("reset", sigmoid(add(xr, linear(h!, Wr))));
        // The library's z keeps; the lecture's update gate replaces: 1 - z.
        const update = hold("update", sub(1, sigmoid(add(xz, linear(h!, Wz)))));
        const candidate = tanh(add(xn, linear(mul(reset, h!), Wn)));
        return { state: { h: add(mul(update, candidate), mul(sub(1, update), h!)) }, gates: { reset, update } };
      },
  },
};

/** Compiles once; then runs with any weights, ids and holds. */
export function heldReader(kind: HeldCell, model: LanguageModel) {
  const { states, gates, step: stepOf } = cells[kind];
  const all = parameterInputs(model.specs);
  const named = (name: string) => all[name]!;
  const H = model.specs.find(({ name }) => name === "encoder.weight_hh_l0")!.shape[1]!;
  const V = model.tokenizer.vocabulary.size;
  const run = program(() => {
    const step = stepOf({
      Wx: named("encoder.weight_ih_l0"),
      Wh: named("encoder.weight_hh_l0"),
      b: named("encoder.bias_ih_l0"),
    });
    const x = gather(named("embedding.weight"), input("ids", ["T", 1], { dtype: "int" })); // [T, 1, E]
    const given = gates.flatMap((gate) => [input(`hold.${gate}`, ["T", 1, H]), input(`mask.${gate}`, ["T", 1, H])]);
    const { outputs } = scan(
      ([xt, ...holds], before) => {
        const hold = (gate: string, value: Tensor) => {
          const i = 2 * gates.indexOf(gate);
          return add(mul(value, sub(1, holds[i + 1]!)), mul(holds[i]!, holds[i + 1]!));
        };
        const { state, gates: found } = step(xt!, before as Record<string, Tensor>, hold);
        return { outputs: [...states.map((name) => state[name]!), ...gates.map((name) => found[name]!)], state };
      },
      {
        initial: Object.fromEntries(states.map((name) => [name, broadcastTo(constant(0), [1, H])])),
        xs: [x, ...given],
      },
    );
    const hidden = reshape(outputs[0]!, ["T", H]);
    const results: Record<string, Tensor> = {
      probabilities: softmax(linear(hidden, named("output.weight"), named("output.bias"))),
    };
    [...states, ...gates].forEach((name, i) => {
      results[name] = outputs[i]!;
    });
    return results;
  });
  return async (weights: Float32Array, ids: readonly number[], hold?: Hold): Promise<HeldRun> => {
    const T = ids.length;
    const feeds = Object.fromEntries([
      ["ids", ints([T, 1], ids)],
      ...model.layout.slots.map((slot) => [slot.name, floats(slot.shape, view(weights, slot))]),
      ...gates.flatMap((gate) => {
        const values = Array.from({ length: T * H }, (_, i) =>
          hold?.gate === gate ? hold.at(Math.floor(i / H), i % H) : undefined,
        );
        return [
          [
            `hold.${gate}`,
            floats(
              [T, 1, H],
              values.map((value) => value ?? 0),
            ),
          ],
          [
            `mask.${gate}`,
            floats(
              [T, 1, H],
              values.map((value) => (value === undefined ? 0 : 1)),
            ),
          ],
        ];
      }),
    ]);
    const found = await run(feeds);
    const pick = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, rowsOf(found[name]!, H)]));
    return { probabilities: rowsOf(found.probabilities!, V), states: pick(states), gates: pick(gates) };
  };
}

/** `<bos>` and the tokens of a text. */
export const idsOf = ({ tokenizer }: LanguageModel, text: string): number[] => [
  ...("bos" in tokenizer.special ? [tokenizer.special.bos as number] : []),
  ...tokenizer.encode(text),
];

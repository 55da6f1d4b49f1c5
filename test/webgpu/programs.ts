// A training step of a small character model as one program: forward, backward, norm, clipping, AdamW, carried states.
import { gradient } from "../../src/compile/gradient.ts";
import { forwardPasses, runPasses } from "../../src/compile/passes/index.ts";
import type { Program, Values } from "../../src/engine/index.ts";
import { dropoutMasks, type Layer, sequenceCrossEntropy } from "../../src/nn/index.ts";
import {
  add,
  cast,
  div,
  gather,
  input,
  linear,
  minimum,
  mul,
  sqrt,
  sub,
  sum,
  type Tensor,
  transpose,
} from "../../src/tensor/index.ts";
import { ints, noise } from "../gradient-check.ts";

export interface StepOptions {
  layer: Layer;
  hidden: number;
  vocab?: number;
  dropout?: boolean;
}

export function trainingStep({ layer, hidden, vocab = 11, dropout = false }: StepOptions): Program {
  const built = layer.build(hidden);
  const shapes: [string, readonly number[]][] = [
    ["table", [vocab, hidden]],
    ...built.parameters.map(({ name, shape }): [string, readonly number[]] => [name, shape]),
    ["project", [vocab, built.outputSize]],
  ];
  const all = Object.fromEntries(shapes.map(([name, shape]) => [name, input(name, shape, { kind: "parameter" })]));
  const ids = transpose(input("inputs", ["B", "T"], { dtype: "int" }));
  const targets = transpose(input("targets", ["B", "T"], { dtype: "int" }));
  const state = Object.fromEntries(
    Object.entries(built.state).map(([name, shape]) => [name, input(`state.${name}`, ["B", ...shape])]),
  );
  const applied = built.apply(all, gather(all.table!, ids), { state });
  const mask = dropoutMasks().next(["T", "B", built.outputSize], 0.8);
  const outputs = dropout ? mul(applied.outputs, cast(mask, "float")) : applied.outputs;
  const { total, count } = sequenceCrossEntropy(linear(outputs, all.project!), targets);
  const finals = Object.keys(state);
  const forward = runPasses(
    { total, count, ...Object.fromEntries(finals.map((name) => [name, applied.final[name]!])) },
    forwardPasses,
  );
  const slopes = gradient(
    forward.total!,
    shapes.map(([name]) => all[name]!),
  );
  const share = div(1, forward.count!);
  const norm = mul(sqrt(slopes.map((g) => sum(mul(g, g))).reduce((a, b) => add(a, b))), share);
  const factor = mul(share, minimum(1, div(1, add(norm, 1e-6))));
  const rules: Record<string, { next: Tensor }> = {};
  for (const [i, [name, shape]] of shapes.entries()) {
    const [m, v] = [input(`m.${name}`, shape), input(`v.${name}`, shape)];
    const g = mul(slopes[i]!, factor);
    const nextM = add(mul(m, 0.9), mul(g, 0.1));
    const nextV = add(mul(v, 0.99), mul(mul(g, g), 0.01));
    rules[`m.${name}`] = { next: nextM };
    rules[`v.${name}`] = { next: nextV };
    rules[name] = { next: sub(all[name]!, mul(0.01, div(nextM, add(sqrt(nextV), 1e-8)))) };
  }
  for (const name of finals) rules[`state.${name}`] = { next: forward[name]! };
  return { outputs: { loss: mul(forward.total!, share), norm }, state: rules };
}

/** Values for the parameters of a training step. */
export function parametersOf({ layer, hidden, vocab = 11 }: StepOptions): Values {
  const built = layer.build(hidden);
  const specs: [string, readonly number[]][] = [
    ["table", [vocab, hidden]],
    ...built.parameters.map(({ name, shape }): [string, readonly number[]] => [name, shape]),
    ["project", [vocab, built.outputSize]],
  ];
  return Object.fromEntries(
    specs.map(([name, shape], i) => {
      const { data } = noise([...shape], i + 1);
      return [name, { shape, dtype: "float", data: Float32Array.from(data, (x) => x * 0.3) }];
    }),
  );
}

/** Ids of a batch. */
export function batchOf(rows: number, steps: number, seed: number, vocab = 11): Values {
  const draw = (k: number) => Array.from({ length: rows * steps }, (_, i) => (i * 7 + seed * 3 + k) % vocab);
  return { inputs: ints([rows, steps], draw(0)), targets: ints([rows, steps], draw(5)) };
}

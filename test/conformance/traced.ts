// A layer traced once with named axes, with everything that the laws need.
import { gradient } from "../../src/compile/gradient.ts";
import { dropoutMasks, type Layer, parameterInputs } from "../../src/nn/index.ts";
import { topological } from "../../src/tensor/graph.ts";
import { add, input, mul, sum, type Tensor } from "../../src/tensor/index.ts";
import { dimValue } from "../../src/tensor/shape.ts";
import { isOp } from "../../src/tensor/tensor.ts";
import { bools, noise } from "../gradient-check.ts";
import type { Values } from "./subject.ts";

export interface TraceOptions {
  /** With an input "lengths". */
  ragged?: boolean;
  /** With an input "resetAt", int [T, B]. */
  resets?: boolean;
  /** As in training: with random masks as inputs. */
  training?: boolean;
  /** Initial states as inputs; zeros otherwise. */
  state?: boolean;
}

/**
 * `forward`: outputs [T, B, ..] and final states. `gradients` of sum(outputs * dy) + sum(final * d.<state>) for
 * parameters, x and initial states, as "grad.<name>".
 */
export function trace(
  layer: Layer,
  inputSize: number,
  { ragged = false, resets = false, training = false, state = true }: TraceOptions = {},
) {
  const block = layer.build(inputSize);
  const parameters = parameterInputs(block.parameters);
  const x = input("x", ["T", "B", inputSize]);
  const states = Object.entries(block.state).map(([name, shape]) => [name, ["B", ...shape]] as const);
  const initial = Object.fromEntries(states.map(([name, shape]) => [name, input(name, shape)]));
  const lengths = ragged ? input("lengths", ["B"], { dtype: "int" }) : undefined;
  const resetAt = resets ? input("resetAt", ["T", "B"], { dtype: "int" }) : undefined;
  const { outputs, final } = block.apply(parameters, x, {
    state: state ? initial : {},
    lengths,
    resetAt,
    masks: training ? dropoutMasks() : undefined,
  });
  const dy = input("dy", ["T", "B", block.outputSize]);
  const ends = states.map(([name, shape]) => sum(mul(final[name]!, input(`d.${name}`, shape))));
  const loss = ends.reduce((a, b) => add(a, b), sum(mul(outputs, dy)));
  const wrt: Record<string, Tensor> = { ...parameters, x, ...(state ? initial : {}) };
  const gradients = gradient(loss, Object.values(wrt));
  return {
    block,
    loss,
    inputs: Object.values(wrt),
    forward: { outputs, ...final },
    gradients: Object.fromEntries(Object.keys(wrt).map((name, i) => [`grad.${name}`, gradients[i]!])),
  };
}

/** Values for every input of `trace`, but for the lengths. */
export function sample(layer: Layer, inputSize: number, { T, B }: { T: number; B: number }, seed = 1): Values {
  const block = layer.build(inputSize);
  const values: Values = {};
  const draw = (name: string, shape: readonly number[], bound: number) => {
    values[name] = noise(shape, seed * 1000 + Object.keys(values).length, { low: -bound, high: bound });
  };
  for (const { name, shape } of block.parameters) draw(name, shape, 0.7);
  draw("x", [T, B, inputSize], 1.5);
  draw("dy", [T, B, block.outputSize], 1);
  for (const [name, shape] of Object.entries(block.state)) {
    draw(name, [B, ...shape], 0.9);
    draw(`d.${name}`, [B, ...shape], 1);
  }
  return values;
}

/** Random values for the masks that a graph reads: about half of each is 1. */
export function maskFeeds(outputs: Readonly<Record<string, Tensor>>, lengths: { T: number; B: number }): Values {
  const masks = topological(Object.values(outputs))
    .filter((tensor) => isOp(tensor, "input"))
    .filter(isMask);
  return Object.fromEntries(
    masks.map(({ attrs, shape }, i) => {
      const full = shape.map((dim) => dimValue(dim, lengths));
      const { data } = noise(full, 77 + i, { low: 0, high: 1 });
      return [
        attrs.name,
        bools(
          full,
          Array.from(data, (value) => Number(value < 0.5)),
        ),
      ];
    }),
  );
}

const isMask = ({ attrs }: Tensor<"input">): boolean => attrs.kind === "mask";

// A layer traced once with named axes, with everything that the laws ask about it.
import { gradient } from "../../src/compile/gradient.ts";
import { type Layer, parameterInputs } from "../../src/nn/index.ts";
import { add, input, mul, sum, type Tensor } from "../../src/tensor/index.ts";
import { noise } from "../gradient-check.ts";
import type { Values } from "./subject.ts";

export interface TraceOptions {
  /** With an input "lengths". */
  ragged?: boolean;
  /** Initial states as inputs; zeros otherwise. */
  state?: boolean;
}

/**
 * `forward`: outputs [T, B, ..] and final states. `gradients` of sum(outputs * dy) + sum(final * d.<state>) for
 * parameters, x and initial states, as "grad.<name>".
 */
export function trace(layer: Layer, inputSize: number, { ragged = false, state = true }: TraceOptions = {}) {
  const block = layer.build(inputSize);
  const parameters = parameterInputs(block.parameters);
  const x = input("x", ["T", "B", inputSize]);
  const states = Object.entries(block.state).map(([name, shape]) => [name, ["B", ...shape]] as const);
  const initial = Object.fromEntries(states.map(([name, shape]) => [name, input(name, shape)]));
  const lengths = ragged ? input("lengths", ["B"], { dtype: "int" }) : undefined;
  const { outputs, final } = block.apply(parameters, x, { state: state ? initial : {}, lengths });
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

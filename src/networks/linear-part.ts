// The linear part of a forecaster: a frozen affine map of the target's window.
import { checkNumber, fail } from "../base/index.ts";
import type { LinearPart } from "../data/series/fit-forecast.ts";
import { type Parameters, type ParameterTree, parameter } from "../nn/index.ts";
import { add, matmul, type Tensor, transpose } from "../tensor/index.ts";

/** Its parameters: weight [horizon, length] and bias [horizon], which training leaves alone. */
export function linearBlock(
  { weight, bias }: LinearPart,
  { length, horizon }: { length: number; horizon: number },
): ParameterTree {
  if (weight.length !== horizon * length || bias.length !== horizon)
    fail({
      where: "forecaster(linear)",
      expected: `a weight [${horizon}, ${length}] and a bias [${horizon}]`,
      received: `${weight.length} and ${bias.length} numbers`,
    });
  const frozen = (name: string, shape: number[], values: Float32Array) => ({
    name,
    shape,
    init: () => values.slice(),
    frozen: true,
  });
  return { linear: { parameters: [frozen("weight", [horizon, length], weight), frozen("bias", [horizon], bias)] } };
}

/** window [B, length] -> changes [B, horizon]. */
export const applyLinear = (all: Parameters, window: Tensor): Tensor =>
  add(matmul(window, transpose(parameter(all, "weight"))), parameter(all, "bias"));

/** To be filled in from a file. */
export function emptyLinear(length: number, horizon: number): LinearPart {
  for (const [name, value] of Object.entries({ length, horizon }))
    checkNumber(`forecaster(${name})`, value, { min: 1, max: 65_536, integer: true });
  return { weight: new Float32Array(length * horizon), bias: new Float32Array(horizon) };
}

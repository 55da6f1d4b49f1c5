// The schedule: passes in their order. Each takes the results of a graph and returns equal results that cost less.
import type { Tensor } from "../../tensor/tensor.ts";
import { fuse } from "./fuse.ts";
import { gatherBaked, gatherFirst } from "./gather-first.ts";
import { hoist } from "./hoist.ts";
import { simplify } from "./simplify.ts";
import { singleStep } from "./single-step.ts";
import { sink } from "./sink.ts";

export type Pass = (outputs: readonly Tensor[]) => Tensor[];

/** Before differentiation; the gradient inherits the structure that they leave. */
export const forwardPasses: Readonly<Record<string, Pass>> = { singleStep, simplify, fuse, hoist, gatherFirst };
/** After differentiation. */
export const finalPasses: Readonly<Record<string, Pass>> = {
  simplify,
  sink,
  hoist,
  simplifyAgain: simplify,
};

/** For a graph that reads one step at a time with its parameters baked in. 4,096 rows of 4 x 512 gates are 32 MiB. */
export const stepPasses: Readonly<Record<string, Pass>> = {
  simplify,
  hoist,
  singleStep,
  simplifyAgain: simplify,
  gatherBaked: gatherBaked(4096),
};

/** Runs passes over named results. */
export function runPasses(
  outputs: Readonly<Record<string, Tensor>>,
  passes: Readonly<Record<string, Pass>>,
): Readonly<Record<string, Tensor>> {
  const names = Object.keys(outputs);
  const results = Object.values(passes).reduce<Tensor[]>((tensors, pass) => pass(tensors), Object.values(outputs));
  return Object.fromEntries(names.map((name, i) => [name, results[i]!]));
}

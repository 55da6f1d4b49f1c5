// What a model's parameters are called, what shape they have and how they begin. A model is a plain tree of blocks;
// the names of its parameters are the paths to them: "encoder.weight_hh_l0".
import { fail, foldIn, random, randomKey } from "../base/index.ts";
import { input } from "../tensor/ops.ts";
import { type ParameterLayout, parameterLayout, view } from "../tensor/parameters.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Initializer } from "./init.ts";

export interface ParameterSpec {
  /** PyTorch's name where PyTorch has the layer. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Initializer;
  /** A frozen parameter is read but never trained: no gradient of it is computed, and no optimizer state kept. */
  readonly frozen?: boolean;
  /** How long training leaves it alone before it trains it as the others. */
  readonly unfreezeAfter?: TrainingLength;
  /** Of a recurrent layer's stacked weights: the gate of each block of rows. */
  readonly gates?: readonly string[];
}

/** A number of updates, or of passes over the training data (with a fraction, if need be). */
export type TrainingLength = { readonly steps: number } | { readonly epochs: number };

/** Parameter tensors by name. */
export type Parameters = Readonly<Record<string, Tensor>>;

/** Anything with parameters, or a tree of such. */
export interface ParameterTree {
  readonly [name: string]: { readonly parameters: readonly ParameterSpec[] } | ParameterTree;
}

/** All parameters of a tree, in its order, with their full names. */
export function collect(tree: ParameterTree): ParameterSpec[] {
  return Object.entries(tree).flatMap(([prefix, part]) => {
    const specs = isLeaf(part) ? part.parameters : collect(part);
    return specs.map((spec) => ({ ...spec, name: `${prefix}.${spec.name}` }));
  });
}

const isLeaf = (part: ParameterTree[string]): part is { readonly parameters: readonly ParameterSpec[] } =>
  Array.isArray(part.parameters);

/** One input tensor of kind "parameter" for each: what a traced model reads. */
export function parameterInputs(specs: readonly ParameterSpec[]): Record<string, Tensor> {
  return Object.fromEntries(specs.map(({ name, shape }) => [name, input(name, shape, { kind: "parameter" })]));
}

/** The parameters (or their values) below a prefix, without it: `under(all, "encoder").weight_hh_l0`. */
export function under<T>(all: Readonly<Record<string, T>>, prefix: string): Readonly<Record<string, T>> {
  const start = `${prefix}.`;
  const below = Object.entries(all).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(below.map(([name, part]) => [name.slice(start.length), part]));
}

/** A parameter by name; throws if the tree does not hold it. */
export function parameter(all: Parameters, name: string): Tensor {
  const known = Object.keys(all).join(", ") || "none";
  return all[name] ?? fail({ where: "parameters", code: "missing", expected: `"${name}"`, received: known });
}

/** Parameters that training moves, and those that it must not. Each kind has a flat buffer of its own. */
export function parameterLayouts(specs: readonly ParameterSpec[]): {
  trainable: ParameterLayout;
  frozen: ParameterLayout;
} {
  return {
    trainable: parameterLayout(specs.filter(({ frozen }) => !frozen)),
    frozen: parameterLayout(specs.filter(({ frozen }) => frozen)),
  };
}

/**
 * Initial values in a flat buffer of this layout. A parameter's value depends only on the seed and its own name, so
 * that adding or freezing one changes no other.
 */
export function initialize(specs: readonly ParameterSpec[], layout: ParameterLayout, seed: number): Float32Array {
  const flat = new Float32Array(layout.length);
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  for (const slot of layout.slots) {
    const { name, shape } = slot;
    const { init } = byName.get(name) ?? fail({ where: "initialize", problem: `no parameter is named "${name}"` });
    view(flat, slot).set(init(shape, random(foldIn(randomKey(seed), name))));
  }
  return flat;
}

// From a tree of blocks to a model's parameters, and from a model to something that runs: what all tasks share.

import { fail } from "../base/index.ts";
import { engineOf } from "../engine/default.ts";
import type { Engine, Program, Session, Value, Values } from "../engine/index.ts";
import { namedValues } from "../engine/values.ts";
import { collect, initialize, type ParameterSpec, type ParameterTree, parameterLayouts } from "../nn/index.ts";
import { topological } from "../tensor/graph.ts";
import type { ParameterLayout, Tensor } from "../tensor/index.ts";
import { isOp } from "../tensor/tensor.ts";

/** What a model is compiled with. */
export interface CompileWith {
  /** The entry point's own engine by default. */
  readonly engine?: Engine;
  /** Threads per operator; the engine's choice by default. */
  readonly threads?: number;
}

/** A graph to run a model with: what exporting and serving stand on. */
export interface InferenceGraph {
  /** Results by name. They depend on the model's parameters (`parameterInputs(model.specs)`) and on `inputs`. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** What is fed at each run, by name. Named axes ("B", "T") take any length. */
  readonly inputs: readonly Tensor<"input">[];
  /**
   * Recurrent states by name, with their shapes without the batch axis. The graph reads each as the input
   * `state.<name>` ["B", ...shape] and returns it as the output `next.<name>`.
   */
  readonly states: Readonly<Record<string, readonly number[]>>;
}

/** A model's parameters: the ones that training moves, and the frozen ones. */
export interface Weights {
  readonly specs: readonly ParameterSpec[];
  readonly layout: ParameterLayout;
  readonly frozenLayout: ParameterLayout;
  parameters: Float32Array;
  readonly frozen: Float32Array;
}

/** Bytes of weights at hand while a saved model is built; undefined otherwise. Building is synchronous. */
let loading: number | undefined;

/**
 * Builds a saved model: its parameters are zeros, to be filled in, and a config that describes far more of them than the
 * weights file holds is refused before memory is taken.
 */
export function whileLoading<M>(weightBytes: number, build: () => M): M {
  loading = weightBytes;
  try {
    return build();
  } finally {
    loading = undefined;
  }
}

/** The parameters of a tree of blocks, drawn from `seed`. */
export function modelOf(tree: ParameterTree, seed: number): Weights {
  const specs = collect(tree);
  if (loading !== undefined) checkSize(specs, loading);
  const { trainable, frozen } = parameterLayouts(specs);
  const values = (layout: ParameterLayout) =>
    loading === undefined ? initialize(specs, layout, seed) : new Float32Array(layout.length);
  return {
    specs,
    layout: trainable,
    frozenLayout: frozen,
    parameters: values(trainable),
    frozen: values(frozen),
  };
}

/** A little more than the file holds is let in, so that the tensor that does not fit is named. */
function checkSize(specs: readonly ParameterSpec[], weightBytes: number): void {
  const count = specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  if (!(4 * count <= 4 * weightBytes + 2 ** 20))
    fail({
      where: "architecture",
      expected: `as many parameters as model.safetensors holds, about ${Math.round(weightBytes / 4)}`,
      received: String(count),
      code: "file",
    });
}

/** All weights by name, as views of the model's buffers. */
export const weightsOf = ({ parameters, layout, frozen, frozenLayout }: Weights): Record<string, Value> => ({
  ...namedValues(parameters, layout),
  ...namedValues(frozen, frozenLayout),
});

/** An inference graph of these results; its inputs are found by walking them. */
export function graphOf(
  outputs: Readonly<Record<string, Tensor>>,
  { states = {} }: Partial<Pick<InferenceGraph, "states">> = {},
): InferenceGraph {
  const found = topological(Object.values(outputs)).filter(
    (tensor): tensor is Tensor<"input"> =>
      isOp(tensor, "input") && tensor.attrs.kind === "data" && !(tensor.attrs.name.replace(/^state\./, "") in states),
  );
  return { outputs, inputs: found, states };
}

/** Compiles a graph with the model's weights baked in; `state` stays in the session from run to run. */
export function compileModel(
  model: Weights,
  { outputs, state }: Pick<Program, "outputs" | "state">,
  { engine, threads, where = "predict" }: CompileWith & { where?: string } = {},
): Promise<Session> {
  return engineOf(where, engine).compile({ outputs, state, constants: weightsOf(model) }, { threads });
}

/** Each row's part of results [B, ...]: views, to be read at once. */
export const rowsOf = (results: Values, B: number): Record<string, Float32Array>[] =>
  Array.from({ length: B }, (_, b) =>
    Object.fromEntries(
      Object.entries(results).map(([name, { data }]): [string, Float32Array] => {
        const width = data.length / B;
        return [name, data.subarray(b * width, (b + 1) * width) as Float32Array];
      }),
    ),
  );

/** A number that changes with any weight: about half a millisecond for a million. */
export function fingerprint({ parameters, frozen }: Weights): number {
  let hash = 0;
  for (const flat of [parameters, frozen]) {
    const words = new Int32Array(flat.buffer, flat.byteOffset, flat.length);
    const lanes = [1, 2, 3, 4] as [number, number, number, number];
    let [a, b, c, d] = lanes;
    const mix = (h: number, word: number) => Math.imul(((h << 13) | (h >>> 19)) ^ word, 0x9e3779b1);
    let i = 0;
    for (; i + 4 <= words.length; i += 4) {
      a = mix(a, words[i]!);
      b = mix(b, words[i + 1]!);
      c = mix(c, words[i + 2]!);
      d = mix(d, words[i + 3]!);
    }
    for (; i < words.length; i++) a = mix(a, words[i]!);
    hash = [a, b, c, d, words.length].reduce(mix, hash);
  }
  return hash;
}

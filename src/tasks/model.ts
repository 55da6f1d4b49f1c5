// From a tree of blocks to a model's parameters, and from a model to something that runs: what all tasks share.
import { engineOf } from "../engine/default.ts";
import type { Engine, Program, Session, Value } from "../engine/index.ts";
import { namedValues } from "../engine/shards.ts";
import { collect, initialize, type ParameterSpec, type ParameterTree, parameterLayouts } from "../nn/index.ts";
import { topological } from "../tensor/graph.ts";
import type { ParameterLayout, Tensor } from "../tensor/index.ts";
import { isOp } from "../tensor/tensor.ts";
import type { InferenceGraph } from "./task.ts";

/** A model's parameters: the ones that training moves, and the frozen ones. */
export interface Weights {
  readonly specs: readonly ParameterSpec[];
  readonly layout: ParameterLayout;
  readonly frozenLayout: ParameterLayout;
  parameters: Float32Array;
  readonly frozen: Float32Array;
}

/** The parameters of a tree of blocks, drawn from `seed`. */
export function modelOf(tree: ParameterTree, seed: number): Weights {
  const specs = collect(tree);
  const { trainable, frozen } = parameterLayouts(specs);
  return {
    specs,
    layout: trainable,
    frozenLayout: frozen,
    parameters: initialize(specs, trainable, seed),
    frozen: initialize(specs, frozen, seed),
  };
}

/** All weights by name, as views of the model's buffers. */
export const weightsOf = ({ parameters, layout, frozen, frozenLayout }: Weights): Record<string, Value> => ({
  ...namedValues(parameters, layout),
  ...namedValues(frozen, frozenLayout),
});

/** An inference graph of these results; its inputs are found by walking them. */
export function graphOf(
  outputs: Readonly<Record<string, Tensor>>,
  { states = {}, step = false }: Partial<Pick<InferenceGraph, "states" | "step">> = {},
): InferenceGraph {
  const found = topological(Object.values(outputs)).filter(
    (tensor): tensor is Tensor<"input"> =>
      isOp(tensor, "input") && tensor.attrs.kind === "data" && !(tensor.attrs.name.replace(/^state\./, "") in states),
  );
  return { outputs, inputs: found, states, step };
}

/** Compiles a graph with the model's weights baked in; `state` stays in the session from run to run. */
export function compileModel(
  model: Weights,
  { outputs, state }: Pick<Program, "outputs" | "state">,
  { engine, threads, where = "predict" }: { engine?: Engine; threads?: number; where?: string } = {},
): Promise<Session> {
  return engineOf(where, engine).compile({ outputs, state, constants: weightsOf(model) }, { threads });
}

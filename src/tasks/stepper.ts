// Recurrent models that write: one step at a time, their states kept in the engine between steps.
import type { Engine, Value, Values } from "../engine/index.ts";
import { type Parameters, parameterInputs } from "../nn/index.ts";
import { type Dim, input, reshape, type State, type Tensor } from "../tensor/index.ts";
import { compileModel, graphOf, type Weights } from "./model.ts";
import type { InferenceGraph } from "./task.ts";

export interface RecurrentModel extends Weights {
  /** Shapes of the states by name, without the batch axis. */
  readonly state: Readonly<Record<string, readonly number[]>>;
}

/** What a model makes of its inputs and states: logits [B, T, V], and the states after them. */
type Apply = (parameters: Parameters, state: State) => { logits: Tensor; final: State };

const stateInputs = ({ state }: RecurrentModel, B: Dim): State =>
  Object.fromEntries(Object.entries(state).map(([name, shape]) => [name, input(`state.${name}`, [B, ...shape])]));

/** Graph over any number of rows and steps: `logits` [B, T, V], and each state as `state.<name>` and `next.<name>`. */
export function recurrentGraph(model: RecurrentModel, apply: Apply): InferenceGraph {
  const { logits, final } = apply(parameterInputs(model.specs), stateInputs(model, "B"));
  const next = Object.fromEntries(Object.entries(final).map(([name, tensor]) => [`next.${name}`, tensor]));
  return graphOf({ logits, ...next }, { states: model.state });
}

/** Reads and writes one step after the other, batch 1. */
export interface Stepper<Input> {
  /** Forgets what was read. */
  reset(): Promise<void>;
  /** Reads one step; returns the logits [V] of the next. */
  read(value: Input): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Compiles a model for single steps, its weights baked in. `apply` gets one row and one step. */
export async function compileSteps(
  model: RecurrentModel,
  apply: Apply,
  { engine, threads = 1, where }: { engine?: Engine; threads?: number; where?: string },
): Promise<Stepper<Values>> {
  const { logits, final } = apply(parameterInputs(model.specs), stateInputs(model, 1));
  const size = logits.shape.at(-1)!;
  const names = Object.keys(model.state);
  const session = await compileModel(
    model,
    {
      outputs: { logits: reshape(logits, [size]) },
      state: Object.fromEntries(names.map((name) => [`state.${name}`, { next: final[name]! }])),
    },
    { engine, threads, where },
  );
  const zeros = Object.fromEntries(
    Object.entries(model.state).map(([name, shape]): [string, Value] => [
      `state.${name}`,
      { dtype: "float", shape: [1, ...shape], data: new Float32Array(shape.reduce((a, b) => a * b, 1)) },
    ]),
  );
  return {
    reset: () => session.write(zeros),
    read: async (values) => (await session.run(values)).logits!.data as Float32Array,
    release: () => session.release(),
  };
}

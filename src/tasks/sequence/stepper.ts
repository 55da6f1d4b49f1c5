// Recurrent models that generate: one step at a time, the state after each step being that before the next.
import type { Value, Values } from "../../engine/index.ts";
import { compileModel, graphOf, type Weights } from "../../networks/model.ts";
import { type Parameters, parameterInputs } from "../../nn/index.ts";
import { type Dim, input, reshape, type State, type Tensor } from "../../tensor/index.ts";
import type { CompileWith, InferenceGraph } from "../task.ts";

export interface RecurrentModel extends Weights {
  /** Shapes of the states by name, without the batch axis. */
  readonly state: Readonly<Record<string, readonly number[]>>;
}

/** What a model makes of its inputs and states: logits [B, T, V], and the states after them. */
type Apply = (parameters: Parameters, state: State) => { logits: Tensor; final: State };

/** Graph over any number of rows and steps: `logits` [B, T, V], and each state as `state.<name>` and `next.<name>`. */
export const recurrentGraph = (model: RecurrentModel, apply: Apply): InferenceGraph => statesGraph(model, apply, "B");

function statesGraph(model: RecurrentModel, apply: Apply, B: Dim): InferenceGraph {
  const states = Object.entries(model.state).map(([name, shape]) => [name, input(`state.${name}`, [B, ...shape])]);
  const { logits, final } = apply(parameterInputs(model.specs), Object.fromEntries(states));
  const next = Object.fromEntries(Object.entries(final).map(([name, tensor]) => [`next.${name}`, tensor]));
  return graphOf(
    { logits: B === 1 ? reshape(logits, [logits.shape.at(-1)!]) : logits, ...next },
    { states: model.state },
  );
}

/** A model compiled for single steps of one row. */
export interface Steps {
  /** Begins a sequence, with states of zeros; the function reads one step and returns the logits [V] of the next. */
  begin(): (feeds: Values) => Promise<Float32Array>;
  release(): Promise<void>;
}

/** Compiles a model for single steps, its weights baked in. `apply` gets one row and one step. One thread by default. */
export async function compileSteps(
  model: RecurrentModel,
  apply: Apply,
  { engine, threads = 1 }: CompileWith & { where?: string } = {},
): Promise<Steps> {
  const session = await compileModel(model, statesGraph(model, apply, 1), { engine, threads });
  const shapes = Object.entries(model.state);
  return {
    begin() {
      let states = Object.fromEntries(
        shapes.map(([name, shape]): [string, Value] => {
          const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
          return [`state.${name}`, { dtype: "float", shape: [1, ...shape], data }];
        }),
      );
      return async (feeds) => {
        const results = await session.run({ ...feeds, ...states });
        states = Object.fromEntries(shapes.map(([name]) => [`state.${name}`, results[`next.${name}`]!]));
        return results.logits!.data as Float32Array;
      };
    },
    release: () => session.release(),
  };
}

// Where a training run stands: all that is needed to continue as if it had never stopped. Dropout masks and the order of
// data are functions of (seed, step) and (seed, cursor), so the random state is those numbers.
import { fail } from "../base/index.ts";
import type { Trainable } from "./trainable.ts";
import type { TrainingState } from "./training-state.ts";

export type { Best, CarriedValue, TrainingSettings, TrainingState } from "./training-state.ts";

/** A run under way: reads what the engine holds back to the model. */
interface LiveRun {
  refresh(): Promise<void>;
  end(): void;
}

const running = new WeakMap<object, LiveRun>();

/**
 * Registers a run of a model.
 *
 * @throws UnrolledError where the model has one already
 */
export function beginRun(model: object): LiveRun {
  if (running.has(model))
    fail({
      where: "train",
      problem: "this model is being trained already",
      hint: "finish or break out of the other loop first",
    });
  const run: LiveRun = { refresh: async () => {}, end: () => void running.delete(model) };
  running.set(model, run);
  return run;
}

/**
 * Reads where training stands back to the model (`model.parameters`, `model.training`), and returns a copy that later
 * steps do not change. `undefined` before training.
 *
 * @example
 * ```ts
 * const before = await checkpoint(model); // later steps do not change it
 * ```
 */
export async function checkpoint(model: Pick<Trainable, "training">): Promise<TrainingState | undefined> {
  await running.get(model)?.refresh();
  const { training: state } = model;
  if (!state) return undefined;
  return {
    ...state,
    parameters: state.parameters.slice(),
    moments: Object.fromEntries(Object.entries(state.moments).map(([name, data]) => [name, data.slice()])),
    carried: Object.fromEntries(
      Object.entries(state.carried).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
    ),
  };
}

// One verb to use a model and one to score it, whatever its task.
import { fail } from "../base/index.ts";
import type { Classification, Classifier } from "./many-to-one/index.ts";
import type { AnyTask, Model, Tasks } from "./tasks.ts";
import { tasks } from "./tasks.ts";

/** The task of a model, by its own types. */
export type TaskOf<M extends Model> = Extract<Tasks[keyof Tasks], { readonly name: M["task"] }>;
type First<T extends (...args: never[]) => unknown> = Parameters<T>[1];
type Options<T extends (...args: never[]) => unknown> = NonNullable<Parameters<T>[2]>;
type Yielded<T> = T extends AsyncGenerator<infer Output, void, void> ? Output : never;

/** What one input of a model is: a text for a classifier, a label for a generator. */
export type InputOf<M extends Model> = First<TaskOf<M>["predict"]> extends Iterable<infer Input> ? Input : never;
/** What comes of one input. */
export type OutputOf<M extends Model> =
  M extends Classifier<infer Label> ? Classification<Label> : Yielded<ReturnType<TaskOf<M>["predict"]>>;
export type PredictOptionsOf<M extends Model> = Options<TaskOf<M>["predict"]>;
/** What a model is trained and scored on. */
export type DataOf<M extends Model> = First<TaskOf<M>["report"]>;
export type ReportOf<M extends Model> = Awaited<ReturnType<TaskOf<M>["report"]>>;
export type ReportOptionsOf<M extends Model> = Options<TaskOf<M>["report"]>;

/** The task of a model. */
export function taskOf<M extends Model>(model: M): TaskOf<M> {
  const found = Object.hasOwn(tasks, model.task) ? tasks[model.task] : undefined;
  const expected = `a model of ${Object.keys(tasks).join(", ")}`;
  return (found ?? fail({ where: "model", expected, received: String(model.task) })) as unknown as TaskOf<M>;
}

/**
 * Uses a model: yields a result for each input, in their order. Batches inputs of like length inside. An aborted signal
 * ends it quietly.
 *
 * @example
 * ```ts
 * for await (const { label, probability } of predict(model, ["a fine film", "a waste of time"]))
 *   console.log(label, probability);
 * ```
 */
export function predict<M extends Model>(
  model: M,
  inputs: Iterable<InputOf<M>>,
  options?: PredictOptionsOf<M>,
): AsyncGenerator<OutputOf<M>, void, void> {
  const task = taskOf(model) as unknown as AnyTask;
  return task.predict(model, inputs, options as object) as AsyncGenerator<OutputOf<M>, void, void>;
}

/**
 * Scores a model on held-out data by its task's own measures: accuracy and F1, BLEU, root mean squared error, perplexity.
 *
 * @throws the signal's reason where it is aborted
 *
 * @example
 * ```ts
 * const { accuracy, macroF1 } = await report(model, { rows: test });
 * ```
 */
export function report<M extends Model>(model: M, data: DataOf<M>, options?: ReportOptionsOf<M>): Promise<ReportOf<M>> {
  const task = taskOf(model) as unknown as AnyTask;
  return task.report(model, data, options as object) as Promise<ReportOf<M>>;
}

// One verb to use a model and one to score it, whatever its task.
import { fail } from "../base/index.ts";
import { predictWith } from "./predictor.ts";
import type { Classification, Classifier } from "./reader/index.ts";
import type { CompileWith, Encoded, Predictor, RunOptions } from "./task.ts";
import type { AnyTask, Model, Tasks } from "./tasks.ts";
import { tasks } from "./tasks.ts";

/** The task of a model, by its own types. */
export type TaskOf<M extends Model> = Extract<Tasks[keyof Tasks], { readonly name: M["task"] }>;
type PredictorIn<T extends { predictor(...args: never[]): unknown }> = Awaited<ReturnType<T["predictor"]>>;
type Report<M extends Model> = TaskOf<M>["report"];

/** What one input of a model is: a text for a classifier, a label for a generator. */
export type InputOf<M extends Model> =
  PredictorIn<TaskOf<M>> extends Predictor<infer Input, infer _, infer __> ? Input : never;
/** What comes of one input. */
export type OutputOf<M extends Model> =
  M extends Classifier<infer Label>
    ? Classification<Label>
    : PredictorIn<TaskOf<M>> extends Predictor<infer _, infer Output, infer __>
      ? Output
      : never;
export type PredictOptionsOf<M extends Model> =
  PredictorIn<TaskOf<M>> extends Predictor<infer _, infer __, infer Options> ? Options : never;
/** What a model is trained and scored on. */
export type DataOf<M extends Model> = Parameters<Report<M>>[1];
export type ReportOf<M extends Model> = Awaited<ReturnType<Report<M>>>;
export type ReportOptionsOf<M extends Model> = NonNullable<Parameters<Report<M>>[2]>;

/** The task of a model. */
export function taskOf<M extends Model>(model: M): TaskOf<M> {
  const found = Object.hasOwn(tasks, model.task) ? tasks[model.task] : undefined;
  const expected = `a model of ${Object.keys(tasks).join(", ")}`;
  return (found ?? fail({ where: "model", expected, received: String(model.task) })) as unknown as TaskOf<M>;
}

/**
 * Uses a model: yields a result for each input, in their order. Batches inputs of like length inside. The model is compiled
 * at the first call and again after its weights have changed. An aborted signal ends it quietly.
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
  return predictWith(task.predictor)(model, inputs, options as object) as AsyncGenerator<OutputOf<M>, void, void>;
}

/**
 * Compiles a model to use it many times: a short text then costs what the network costs. It answers with the weights that
 * the model had here.
 *
 * @example
 * ```ts
 * const reviews = await predictor(model);
 * const [{ label }] = await reviews.run(["a fine film"]);
 * await reviews.release();
 * ```
 */
export function predictor<M extends Model>(
  model: M,
  compileWith?: CompileWith,
): Promise<Predictor<InputOf<M>, OutputOf<M>, PredictOptionsOf<M>>> {
  const task = taskOf(model) as unknown as AnyTask;
  return task.predictor(model, compileWith) as Promise<Predictor<InputOf<M>, OutputOf<M>, PredictOptionsOf<M>>>;
}

/**
 * What a model's encoder makes of each input: a hidden state at each step, and one vector for the whole, to search or
 * cluster by. For classifiers, regressors, taggers and language models. The compiled encoder is kept like that of `predict`.
 *
 * @example
 * ```ts
 * for await (const { states, vector } of encode(model, ["a fine film"])) console.log(states.length, vector);
 * ```
 */
export function encode<M extends Model>(
  model: M,
  inputs: Iterable<InputOf<M>>,
  options?: RunOptions,
): AsyncGenerator<Encoded, void, void> {
  const task = taskOf(model) as unknown as AnyTask;
  const compile = task.encoder;
  if (!compile)
    return fail({
      where: "encode",
      expected: "a classifier, regressor, tagger or language model",
      received: `a ${task.title}`,
    });
  return predictWith(compile)(model, inputs, options);
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

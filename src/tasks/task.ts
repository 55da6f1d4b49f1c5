// What every task can do. The command line, the studio, a server and an export stand on this interface and name no task.
import type { DataKind } from "../data/index.ts";
import type { UnpackOptions } from "../networks/config.ts";
import type { CompileWith, InferenceGraph } from "../networks/model.ts";
import type { Trainable } from "../train/index.ts";
import type { DataFacts, Recipe } from "./recipe.ts";

export type { UnpackOptions } from "../networks/config.ts";
export type { CompileWith, InferenceGraph } from "../networks/model.ts";

/** A model without its weights, as plain data in memory. */
export interface Packed {
  /** The architecture, for `config.json`. */
  readonly config: unknown;
  /** Contents of the JSON files beside it, by file name: `tokenizer.json`. */
  readonly assets: Readonly<Record<string, unknown>>;
}

/** Options that every `predict` and `report` takes. */
export interface RunOptions extends CompileWith {
  /** Rows per batch. It changes the speed, not the result. */
  readonly batchSize?: number;
  /** When it is aborted, `predict` ends quietly and `report` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A model compiled with the weights that it had when this was made. Calls may overlap. */
export interface Predictor<Input, Output, Options extends RunOptions = RunOptions> {
  /** Results in the order of the inputs. @throws the signal's reason where it is aborted */
  run(inputs: Iterable<Input>, options?: AnswerOptions<Options>): Promise<Output[]>;
  /** The same, each as soon as all before it are there. An aborted signal ends it quietly. */
  stream(inputs: Iterable<Input>, options?: AnswerOptions<Options>): AsyncGenerator<Output, void, void>;
  /** Gives the memory of the compiled model back. */
  release(): Promise<void>;
}

/** Engine and threads are decided when a predictor is made. */
export type AnswerOptions<Options> = Omit<Options, keyof CompileWith>;

/** What an encoder makes of a sequence. */
export interface Encoded {
  /** The encoder's output at each step, [H] each: of tokens, of steps of numbers. */
  readonly states: readonly Float32Array[];
  /**
   * One vector for the whole: what the output layer reads in a classifier, regressor or forecaster (pooled); the mean of the
   * states in a tagger, translator or language model.
   */
  readonly vector: Float32Array;
}

/** A trainable model that a task has made. */
export interface TaskModel<Data = never> extends Trainable<Data> {
  readonly task: string;
}

/**
 * A task: how its models are saved, sized, used, scored and exported. To add one, write such an object and pass it to
 * `load(source, { tasks: [mine] })`; the built-in ones are in `tasks`.
 *
 * @typeParam Data what `train`, `evaluate` and `report` take
 * @typeParam Input one thing to predict from; `Output` is what comes of it
 */
export interface Task<
  M extends TaskModel,
  Data,
  Input,
  Output,
  Report,
  R extends Recipe = Recipe,
  PredictOptions extends RunOptions = RunOptions,
  ModelOptions extends object = object,
> {
  readonly name: M["task"];
  /** For messages: "language model". */
  readonly title: string;
  /** Kind of files that it learns from, as `recognize` finds it. None where a task makes its own data. */
  readonly reads?: DataKind;
  /** The Hugging Face Hub's name of it, for a model card. */
  readonly pipeline?: string;
  /** Names of the JSON files that `pack` makes and `unpack` reads. */
  readonly assets: readonly string[];
  pack(model: M): Packed;
  /** The model, with parameters still to be filled in. @throws UnrolledError where the config is not valid */
  unpack(packed: Packed, options?: UnpackOptions): M;
  /**
   * Sizes, rates and budget that suit the data. What is in `chosen` is taken as it is, and the rest follows from it: a wider
   * layer gets a lower learning rate. The same facts and choices give the same recipe.
   */
  recipe(facts: DataFacts, chosen?: Partial<R>): R;
  /** What the recipe decides of the model, to be spread in its maker's options. */
  options(recipe: R): ModelOptions;
  /** Compiles a model, with the weights that it has, to answer with. */
  predictor(model: M, compileWith?: CompileWith): Promise<Predictor<Input, Output, PredictOptions>>;
  /** Compiles a model's encoder alone: for `encode`. */
  encoder?(model: M, compileWith?: CompileWith): Promise<Predictor<Input, Encoded>>;
  /** The task's own measures on held-out data. */
  report(model: M, data: Data, options?: PredictOptions): Promise<Report>;
  /** The model's inference graphs by name, with every input, output and state named. */
  graphs(model: M): Readonly<Record<string, InferenceGraph>>;
}

/** The task as it is, its types inferred. */
export const defineTask = <
  M extends TaskModel,
  Data,
  Input,
  Output,
  Report,
  R extends Recipe,
  PredictOptions extends RunOptions,
  ModelOptions extends object,
>(
  task: Task<M, Data, Input, Output, Report, R, PredictOptions, ModelOptions>,
) => task;

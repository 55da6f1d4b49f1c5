// What a model must offer so that the training loop can train it. The loop knows nothing of tasks: it compiles what
// `trace` gives, feeds what `batches` gives, and updates one flat buffer.
import type {
  BatchOptions,
  EvaluationBatches,
  EvaluationBatchOptions,
  TrainingBatches,
} from "../data/batches/batch.ts";
import type { Engine, Value } from "../engine/index.ts";
import type { Loss, Masks, ParameterSpec, Parameters } from "../nn/index.ts";
import type { ParameterLayout, Tensor } from "../tensor/index.ts";
import type { Judgment, TrainingState } from "./training-state.ts";

export type {
  Batch,
  BatchOptions,
  Cursor,
  EvaluationBatches,
  EvaluationBatchOptions,
  TrainingBatches,
} from "../data/batches/batch.ts";
export type { Judgment } from "./training-state.ts";

/**
 * A model that can be trained on `Data`. To implement one for a new task: declare parameters (`collect`, `initialize`),
 * write `trace`, and turn data into batches. Dropout, carried state, clipping, updates, evaluation, early stopping,
 * resuming and the guards are the loop's.
 */
export interface Trainable<Data = unknown> {
  readonly task: string;
  readonly specs: readonly ParameterSpec[];
  /** Of the parameters that training moves. */
  readonly layout: ParameterLayout;
  /** Of those that it leaves alone. */
  readonly frozenLayout: ParameterLayout;
  /** Flat, of `layout`. The loop replaces this array by one of its own while it runs, and by a last one at its end. */
  parameters: Float32Array;
  /** Flat, of `frozenLayout`. */
  readonly frozen: Float32Array;
  /** Where training stands; set by the loop, saved with the model, read by `resume`. */
  training?: TrainingState;
  /**
   * The symbolic step for one kind of batch. Inputs of kind "data" get the names of the batch's feeds; the axes "B" and
   * "T" may be named. `masks` is absent when evaluating: nothing is dropped then.
   */
  trace(kind: string, parameters: Parameters, masks?: Masks): Step;
  /** Batches to train on, readable from any cursor. */
  batches(data: Data, options: BatchOptions): TrainingBatches;
  /** Batches that score each token or row of the data once, or of a share of it: rows at even distances, a stream's beginning. */
  evaluationBatches(data: Data, options: EvaluationBatchOptions): EvaluationBatches;
  /**
   * What the model is judged by on validation data where that is not the loss: the parameters with the highest score are
   * kept, not those with the lowest loss. `means` are reported in place of the evaluation's own and the score; `parameters` are
   * kept in place of those that were scored, where a threshold was chosen on the data too. Training goes on from the latter.
   */
  judge?(data: Data, options: JudgeOptions): Promise<Judged>;
  /** What `inspectGradients` follows; the loss by default. */
  readonly followed?: Followed;
}

/** How gradients are followed back from one output, where the training loss does not show its outputs step by step. */
export interface Followed {
  /** A loss with a cross-entropy for each step, in place of the training loss. */
  loss?(parameters: Parameters): Tensor;
  /** Feeds that make the loss count this step alone, for one row. */
  only?(step: number): Readonly<Record<string, Value>>;
}

export interface Judged extends Judgment {
  readonly means?: Readonly<Record<string, number>>;
  readonly parameters?: Float32Array;
}

export interface JudgeOptions {
  engine: Engine;
  threads?: number;
  signal?: AbortSignal;
  /** What the evaluation just made found (`Step.totals`). */
  means: Readonly<Record<string, number>>;
  /** Mean loss of that evaluation. */
  nats: number;
  /** Share of the data that it scored. */
  share?: number;
}

export interface Step {
  loss: Loss;
  /** States carried from a batch to the next. The graph reads each as the input `state.<name>`, ["B", ...shape]. */
  state?: Readonly<Record<string, CarriedState>>;
  /** Further scalars, summed over an evaluation (correct answers, say) and divided by the count. */
  totals?: Readonly<Record<string, Tensor>>;
}

export interface CarriedState {
  /** Without the batch axis. */
  readonly shape: readonly number[];
  /** The state after the batch, ["B", ...shape]. */
  readonly next: Tensor;
}

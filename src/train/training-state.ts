// Where a training run stands, as plain data: all that is needed to continue as if it had never stopped.
import type { Cursor } from "../data/batches/batch.ts";
import type { StoppingState } from "./early-stopping.ts";

export interface TrainingState {
  /** Updates made. */
  step: number;
  /** The batch to be read next. */
  cursor: Cursor;
  /** Seconds of training, over all sittings. */
  elapsed: number;
  /** Norm of the last gradient, for the message of the NaN guard; `null` before the first. */
  gradientNorm: number | null;
  /** What `Progress.trainLoss` goes on from: a weighted sum of losses, and the sum of the weights. */
  trainLoss?: { readonly sum: number; readonly weight: number };
  stopping: StoppingState;
  /** Share of the validation data that evaluations score, where it is not all of it. */
  watched?: number;
  /** An evaluation was stopped by the signal: a resumed run begins with it. */
  evaluationDue?: boolean;
  /** The options that a resumed run must share. */
  settings: TrainingSettings;
  /** What the engine chose (`Session.choices`), where that decides about the last bits; plain data. */
  engine?: { readonly name: string; readonly choices: unknown };
  /** What the caller wants kept beside it (its own flags, say); plain data. */
  recipe?: unknown;
  /** The parameters after the last update; the model's own may be the best ones instead. */
  parameters: Float32Array;
  /** The optimizer's buffers, by their names. */
  moments: Readonly<Record<string, Float32Array>>;
  /** Recurrent states after the last batch, by name. */
  carried: Readonly<Record<string, CarriedValue>>;
  /** The best validation so far, and the parameters that had it. */
  best?: Best;
}

export interface CarriedValue {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Best {
  readonly step: number;
  /** Mean validation loss in nats. */
  readonly nats: number;
  /** The score that it was the best by; absent where that was the loss. */
  readonly judged?: Judgment;
  /** They are the optimizer's average. */
  readonly averaged?: true;
  readonly parameters: Float32Array;
}

export interface TrainingSettings {
  readonly batchSize: number;
  readonly bptt: number;
  readonly seed: number;
  /** Parts that each batch is cut into. */
  readonly shards: number;
  readonly clipNorm: number | null;
  /** Replicas that become one every so many steps; absent where gradients are added at each step. */
  readonly localSteps?: { readonly every: number; readonly replicas: number };
  readonly optimizer: { readonly name: string; readonly config: object };
  /** Total updates, or `null` under a time budget. */
  readonly steps: number | null;
}

/** A score, the higher the better. */
export interface Judgment {
  readonly name: string;
  readonly score: number;
  /** It guesses worse than a constant would: the score is chance, and anything that is not so is better. */
  readonly belowGuessing?: true;
}

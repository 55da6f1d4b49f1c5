// What a training or an evaluation reads of its data: batches as feeds, a pure function of a cursor.
import type { Value } from "../../engine/index.ts";

/** Where batches stand; plain numbers, kept in checkpoints. */
export type Cursor = { readonly epoch: number } & Readonly<Record<string, number>>;

export interface BatchOptions {
  /** Rows in a batch. */
  batchSize: number;
  /** Steps of time in a window, where data is one stream. */
  bptt: number;
  /** Of the order. */
  seed: number;
  /**
   * This process and how many there are, where each computes its own rows of a batch (`shardRows`). What a stream does not read
   * for the others is zeros.
   */
  ranks?: { readonly rank: number; readonly size: number };
}

export interface Batch {
  /** Values for the inputs of kind "data". */
  readonly feeds: Readonly<Record<string, Value>>;
  /** B. */
  readonly rows: number;
  /** Places that count in the loss. */
  readonly tokens: number;
  /** Carried states begin at zero here. */
  readonly fresh?: boolean;
  /**
   * The feeds of some of the rows alone (from, to), where they are not just these rows of `feeds`: values without a
   * batch axis, padding that the rows do not need. No carried state then.
   */
  part?(from: number, to: number): Readonly<Record<string, Value>>;
}

export interface TrainingBatches {
  /** Handed to `trace`. */
  readonly kind: string;
  /** Batches in an epoch. */
  readonly perEpoch: number;
  /** Tokens in an epoch, as `Batch.tokens` counts them. Without it evaluations are not bounded. */
  readonly tokens?: number;
  readonly start: Cursor;
  /** A pure function of the cursor, so that resuming is exact. `next` is the cursor after this batch. */
  at(cursor: Cursor): Batch & { readonly next: Cursor };
}

export interface EvaluationBatchOptions {
  /** Rows side by side; the data's own choice by default. */
  batchSize?: number;
  /** Share of the data to score, always the same part; 1 by default. */
  share?: number;
}

export interface EvaluationBatches {
  readonly kind: string;
  /** Tokens in all, as `Batch.tokens` counts them. */
  readonly tokens?: number;
  /** From the first to the last. `scored: false`: only warms the carried state up. */
  batches(): Iterable<Batch & { readonly scored?: boolean }>;
}

// Rows of ids with targets, in batches of like length: what the text tasks train and are evaluated on.
import { foldIn, random, randomKey } from "../../base/index.ts";
import { type BpeEncodeOptions, bucketBatches, padded, type Tokenizer } from "../../data/index.ts";
import type { Value } from "../../engine/index.ts";
import type { BatchOptions, EvaluationBatches, EvaluationBatchOptions, TrainingBatches } from "../../train/index.ts";

/** Longest row that is read by default; the rest of a longer text is cut off, and the cut is counted in `rowFacts`. */
export const defaultMaxLength = 1000;

export interface RowOptions {
  tokenizer: Tokenizer;
  /** Most tokens of a row. */
  maxLength: number;
  /** Every row is cut or padded to this many tokens. */
  window?: number;
}

/** Ids of a text: at least one, so that a text without a token has an output too. */
export function rowIds(text: string, { tokenizer, maxLength }: RowOptions, options?: BpeEncodeOptions): Int32Array {
  const ids = tokenizer.encode(text, options);
  if (ids.length === 0) return Int32Array.of(tokenizer.special.unk ?? tokenizer.special.pad ?? 0);
  return ids.length > maxLength ? ids.subarray(0, maxLength) : ids;
}

/** Counts to be told beside a result. */
export interface RowFacts {
  rows: number;
  tokens: number;
  longest: number;
  /** Tokens that the model does not know. */
  unknown: number;
  /** Texts longer than `maxLength`, which are read up to there. */
  cut: number;
}

export function rowFacts(texts: readonly string[], options: RowOptions): RowFacts {
  const { tokenizer, maxLength } = options;
  const facts: RowFacts = { rows: texts.length, tokens: 0, longest: 0, unknown: 0, cut: 0 };
  for (const text of texts) {
    const ids = tokenizer.encode(text);
    facts.tokens += ids.length;
    facts.longest = Math.max(facts.longest, ids.length);
    if (ids.length > maxLength) facts.cut++;
    for (const id of ids) if (id === tokenizer.special.unk) facts.unknown++;
  }
  return facts;
}

/** The feeds of some rows: `inputs` [B, T] and `lengths` [B]. */
export function rowFeeds(rows: readonly Int32Array[], window?: number): Record<string, Value> {
  const cut = window === undefined ? rows : rows.map((row) => row.subarray(0, window));
  const { ids, lengths, B, T } = padded(cut);
  const wide = window === undefined || window === T ? ids : widen(ids, B, T, window);
  return {
    inputs: { dtype: "int", shape: [B, window ?? T], data: wide },
    lengths: { dtype: "int", shape: [B], data: lengths },
  } as Record<string, Value>;
}

function widen(ids: Int32Array, B: number, T: number, window: number): Int32Array {
  const wide = new Int32Array(B * window);
  for (let b = 0; b < B; b++) wide.set(ids.subarray(b * T, (b + 1) * T), b * window);
  return wide;
}

type Targets = (indices: Int32Array) => Value;

/** A row as it is read in an epoch, where that differs from epoch to epoch. */
export type Reread = (row: number, epoch: number) => Int32Array;

/** Cuts the words of each row otherwise in each epoch (BPE dropout); what is drawn depends on (seed, epoch, row) only. */
export function rereadSubwords(texts: readonly string[], options: RowOptions, dropout: number, seed: number): Reread {
  const key = foldIn(randomKey(seed), "subwords");
  return (row, epoch) => rowIds(texts[row]!, options, { dropout, random: random(foldIn(key, epoch, row)) });
}

const kind = "rows";

export function trainingRows(
  rows: readonly Int32Array[],
  targets: Targets,
  { batchSize, seed }: BatchOptions,
  { window, reread }: { window?: number; reread?: Reread } = {},
): TrainingBatches {
  const order = bucketBatches(
    rows.map((row) => row.length),
    { batchSize, seed },
  );
  return {
    kind,
    perEpoch: order.perEpoch,
    start: { epoch: 0, batch: 0 },
    at({ epoch, batch = 0 }) {
      const { indices, next } = order.at({ epoch, batch });
      const read = (i: number) => reread?.(i, epoch) ?? rows[i]!;
      return { ...batchOf(Array.from(indices, read), targets(indices), window), next: { ...next } };
    },
  };
}

export function evaluationRows(
  rows: readonly Int32Array[],
  targets: Targets,
  { batchSize = 64 }: EvaluationBatchOptions,
  window?: number,
): EvaluationBatches {
  const order = bucketBatches(
    rows.map((row) => row.length),
    { batchSize, seed: 0, shuffle: false },
  );
  return {
    kind,
    *batches() {
      for (const { indices } of order.epoch())
        yield batchOf(
          Array.from(indices, (i) => rows[i]!),
          targets(indices),
          window,
        );
    },
  };
}

function batchOf(rows: readonly Int32Array[], targets: Value, window?: number) {
  return {
    feeds: { ...rowFeeds(rows, window), targets },
    rows: rows.length,
    // The loss counts rows, but speed is told in tokens read.
    tokens: rows.reduce((sum, row) => sum + row.length, 0),
  };
}

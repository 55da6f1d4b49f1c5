// Rows of ids with targets, in batches of like length: what the text tasks train and are evaluated on.
import { foldIn, type RandomKey, random, randomKey } from "../../base/index.ts";
import {
  type BpeEncodeOptions,
  bucketBatches,
  encodeRows,
  isStreamed,
  padded,
  type RowsOrList,
  spreadRows,
  sumOf,
  type Tokenizer,
} from "../../data/index.ts";
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

export function rowFacts(texts: Iterable<string>, options: RowOptions): RowFacts {
  const { tokenizer, maxLength } = options;
  const facts: RowFacts = { rows: 0, tokens: 0, longest: 0, unknown: 0, cut: 0 };
  for (const text of texts) {
    facts.rows++;
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

/** A row as the network reads it. */
export interface EncodedRow {
  ids: Int32Array;
  /** A class, or a number. */
  target: number;
  /** Its text, where it is cut otherwise in each epoch. */
  text?: string;
}

/** What may change in how a row is read from epoch to epoch. */
export interface RereadOptions {
  /** Share of merges of a `bpe` tokenizer left out (Provilkov et al., 2020). */
  subwordDropout: number;
  /** Share of tokens read as the unknown one. */
  wordDropout: number;
  seed: number;
}

/** The ids of a row in an epoch. */
export type Reread = (row: EncodedRow, place: number, epoch: number) => Int32Array;

/**
 * Reads rows otherwise in each epoch; undefined where nothing is dropped. What is drawn depends on (seed, epoch, row)
 * only.
 */
export function rereadRows(
  options: RowOptions,
  { subwordDropout, wordDropout, seed }: RereadOptions,
): Reread | undefined {
  if (subwordDropout === 0 && wordDropout === 0) return undefined;
  const [subwords, words] = ["subwords", "words"].map((name) => foldIn(randomKey(seed), name)) as [
    RandomKey,
    RandomKey,
  ];
  const { unk } = options.tokenizer.special;
  return (row, place, epoch) => {
    const ids =
      subwordDropout > 0
        ? rowIds(row.text!, options, { dropout: subwordDropout, random: random(foldIn(subwords, epoch, place)) })
        : row.ids;
    if (wordDropout === 0 || unk === undefined) return ids;
    const r = random(foldIn(words, epoch, place));
    return ids.map((id) => (r.uniform() < wordDropout ? unk : id));
  };
}

/** How rows become those of a network. */
export interface RowEncoding<Row> {
  encode(row: Row): EncodedRow;
  /** Of the targets: classes are whole numbers. */
  dtype: "int" | "float";
  window?: number;
  reread?: Reread;
}

const kind = "rows";
const lengthOf = ({ ids }: EncodedRow) => ids.length;

export function trainingRows<Row>(
  rows: RowsOrList<Row>,
  { encode, dtype, window, reread }: RowEncoding<Row>,
  { batchSize, seed }: BatchOptions,
): TrainingBatches {
  const kept = isStreamed(rows) ? undefined : rows.map(encode);
  const planOf = (epoch: number) => {
    const again = (row: EncodedRow, place: number): EncodedRow =>
      reread ? { ...row, ids: reread(row, place, epoch) } : row;
    const own = kept
      ? encodeRows(kept, again, lengthOf)
      : encodeRows(rows, (row, place) => again(encode(row), place), lengthOf);
    return { epoch, rows: own, order: bucketBatches(own.lengths, { batchSize, seed }) };
  };
  let plan = planOf(0);
  return {
    kind,
    perEpoch: plan.order.perEpoch,
    tokens: sumOf(plan.rows.lengths),
    start: { epoch: 0, batch: 0 },
    at({ epoch, batch = 0 }) {
      // An epoch's rows are read at its start, so that they are batched by the lengths that they have in it.
      if (reread && plan.epoch !== epoch) plan = planOf(epoch);
      const { indices, next } = plan.order.at({ epoch, batch });
      return { ...batchOf(plan.rows.read(indices), dtype, window), next: { ...next } };
    },
  };
}

export function evaluationRows<Row>(
  rows: RowsOrList<Row>,
  { encode, dtype, window }: RowEncoding<Row>,
  { batchSize = 64, share }: EvaluationBatchOptions,
): EvaluationBatches {
  const encoded = encodeRows(spreadRows(rows, share), encode, lengthOf);
  const order = bucketBatches(encoded.lengths, { batchSize, seed: 0, shuffle: false });
  return {
    kind,
    tokens: sumOf(encoded.lengths),
    *batches() {
      for (const { indices } of order.epoch()) yield batchOf(encoded.read(indices), dtype, window);
    },
  };
}

function batchOf(rows: readonly EncodedRow[], dtype: "int" | "float", window?: number) {
  const ids = rows.map((row) => row.ids);
  const targets = rows.map(({ target }) => target);
  const data = dtype === "int" ? Int32Array.from(targets) : Float32Array.from(targets);
  return {
    feeds: { ...rowFeeds(ids, window), targets: { dtype, shape: [rows.length], data } as Value },
    rows: rows.length,
    // The loss counts rows, but speed is told in tokens read.
    tokens: ids.reduce((sum, row) => sum + row.length, 0),
  };
}

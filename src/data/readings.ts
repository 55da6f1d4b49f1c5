// Rows of a reader: a text as the ids of its tokens, or steps of numbers, and what is to be predicted from it.
import { fail, foldIn, type RandomKey, random, randomKey } from "../base/index.ts";
import type { Value } from "../engine/index.ts";
import { floats, ints } from "../engine/values.ts";
import { normalization } from "./series/scale.ts";
import type { BpeEncodeOptions, Tokenizer } from "./tokenizers/index.ts";

/** Measurements: T steps of D numbers each. */
export type NumberSteps = readonly ArrayLike<number>[];

/** Steps of numbers with their label: a gesture, a machine's state. */
export interface LabeledSteps {
  readonly steps: NumberSteps;
  readonly label: string;
  /** All labels of the row, for `multiLabel`; by default `label`, cut at "|". */
  readonly labels?: readonly string[];
  readonly line?: number;
}

/** Mean and deviation of a number over the training part. */
export interface FeatureScale {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Mean and deviation of each of the D numbers of a step, over all steps of the training rows.
 *
 * @example
 * ```ts
 * const model = classifier({ features: stepScales(rows), labels: ["walk", "run"], encoder: gru({ hiddenSize: 32 }) });
 * ```
 */
export function stepScales(rows: Iterable<{ readonly steps: NumberSteps }>): FeatureScale[] {
  const columns: number[][] = [];
  for (const { steps } of rows)
    for (const step of steps)
      for (let d = 0; d < step.length; d++) {
        columns[d] ??= [];
        columns[d]!.push(step[d]!);
      }
  if (columns.length === 0) fail({ where: "stepScales", expected: "steps of numbers", received: "none", code: "data" });
  return columns.map((values) => {
    const { mean, deviation } = normalization(Float64Array.from(values));
    return { mean, deviation: deviation > 1e-9 * Math.abs(mean) ? deviation : 1 }; // a constant has rounding errors only
  });
}

/** Longest row that is read by default; the rest of a longer one is cut off, and the cut is counted in `rowFacts`. */
export const defaultMaxLength = 1000;

export interface RowOptions {
  tokenizer: Tokenizer;
  /** Most tokens of a row. */
  maxLength: number;
}

/** What a reader reads: texts or steps of numbers. */
export type Reads = { readonly maxLength: number } & (
  | { readonly tokenizer: Tokenizer; readonly features?: undefined }
  | { readonly tokenizer?: undefined; readonly features: readonly FeatureScale[] }
);

/** A row as the network reads it: ids, or T * D numbers at mean 0 and deviation 1. */
export interface Reading {
  readonly values: Int32Array | Float32Array;
  readonly length: number;
}

/** At least one step, so that a text without a token has an output too. */
export function readInput(
  input: string | NumberSteps,
  reads: Reads,
  where = "classifier",
  options?: BpeEncodeOptions,
): Reading {
  const { tokenizer, features, maxLength } = reads;
  if ((typeof input === "string") === (tokenizer === undefined))
    return fail({
      where,
      expected: tokenizer ? "a text" : "steps of numbers",
      received: tokenizer ? "steps of numbers" : JSON.stringify(input).slice(0, 60),
      code: "data",
    });
  if (tokenizer) {
    const ids = tokenizer.encode(input as string, options);
    if (ids.length === 0)
      return { values: Int32Array.of(tokenizer.special.unk ?? tokenizer.special.pad ?? 0), length: 1 };
    const length = Math.min(ids.length, maxLength);
    return { values: ids.subarray(0, length), length };
  }
  const D = features.length;
  const steps = (input as NumberSteps).slice(0, maxLength);
  const values = new Float32Array(Math.max(1, steps.length) * D);
  for (const [t, step] of steps.entries()) {
    if (step.length !== D)
      fail({
        where: `${where}: step ${t + 1}`,
        expected: `${D} numbers`,
        received: String(step.length),
        code: "shape",
      });
    for (const [d, { mean, deviation }] of features.entries()) values[t * D + d] = (step[d]! - mean) / deviation;
  }
  return { values, length: Math.max(1, steps.length) };
}

/** The feeds of some rows: `inputs` [B, T] or [B, T, D], and `lengths` [B]. @param window steps to cut or pad each row to */
export function readingFeeds(rows: readonly Reading[], D: number | undefined, window?: number): Record<string, Value> {
  const width = D ?? 1;
  const lengths = Int32Array.from(rows, ({ length }) => Math.min(length, window ?? length));
  const T = window ?? lengths.reduce((a, b) => Math.max(a, b), 0);
  const B = rows.length;
  const fill = <A extends Int32Array | Float32Array>(data: A): A => {
    for (const [b, { values }] of rows.entries()) data.set(values.subarray(0, lengths[b]! * width), b * T * width);
    return data;
  };
  const inputs =
    D === undefined ? ints(fill(new Int32Array(B * T)), B, T) : floats(fill(new Float32Array(B * T * D)), B, T, D);
  return { inputs, lengths: ints(lengths, B) };
}

/** Counts to be printed with a result. */
export interface RowFacts {
  rows: number;
  tokens: number;
  longest: number;
  /** Tokens that the vocabulary does not have. */
  unknown: number;
  /** Texts longer than `maxLength`, which are read up to there. */
  cut: number;
}

export function rowFacts(texts: Iterable<string>, { tokenizer, maxLength }: RowOptions): RowFacts {
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

/** What may change in how a text is read from epoch to epoch. */
export interface RereadOptions {
  /** Share of merges of a `bpe` tokenizer left out (Provilkov et al., 2020). */
  subwordDropout: number;
  /** Share of tokens read as the unknown one. */
  wordDropout: number;
  seed: number;
}

/**
 * Reads a text otherwise in each epoch; undefined where nothing is dropped. What is drawn depends on (seed, epoch, row)
 * only.
 */
export function rereader(reads: Reads, { subwordDropout, wordDropout, seed }: RereadOptions) {
  if (subwordDropout === 0 && wordDropout === 0) return undefined;
  const [subwords, words] = ["subwords", "words"].map((name) => foldIn(randomKey(seed), name)) as [
    RandomKey,
    RandomKey,
  ];
  const unk = reads.tokenizer?.special.unk;
  return (row: Reading, text: string, place: number, epoch: number): Reading => {
    const again =
      subwordDropout > 0
        ? readInput(text, reads, undefined, { dropout: subwordDropout, random: random(foldIn(subwords, epoch, place)) })
        : row;
    if (wordDropout === 0 || unk === undefined) return again;
    const r = random(foldIn(words, epoch, place));
    return { ...again, values: again.values.map((id) => (r.uniform() < wordDropout ? unk : id)) as Int32Array };
  };
}

// Sentences as batches: ids of words, of their characters (or of pairs of neighbors), and of tags. Row-major, batch first.

import type { Value } from "../../engine/index.ts";
import { floats, ints } from "../../engine/values.ts";
import { type EncodedRows, encodeRows, type RowsOrList, spreadRows } from "../index.ts";
import { type FeatureScale, type NumberSteps, readInput } from "../readings.ts";
import { contextPlaces } from "../tags/context.ts";
import { lexiconMatches, lexiconWidth } from "../tags/lexicon.ts";
import {
  characterIds,
  pairIds,
  shapeIds,
  type TaggerRow,
  type TaggerVocabulary,
  tagIds,
  wordIds,
} from "../tags/tagger-vocabulary.ts";
import type { Vocabulary } from "../vocabulary.ts";
import type { Batch, BatchOptions, EvaluationBatches, EvaluationBatchOptions, TrainingBatches } from "./batch.ts";
import { evaluationRows, trainingRows } from "./rows.ts";

/** Longest stretch that is trained on at once, in tokens; a longer sentence is trained on in pieces. */
const longest = 1000;
/** Tokens in a batch of an evaluation, padding included. */
export const evaluationTokens = 4096;

export interface Encoding {
  vocabulary: TaggerVocabulary;
  /** Most characters of a word that are read; 0: none. */
  characterLimit: number;
  /** Whether the words' shapes are read. */
  shapes: boolean;
  /** Scales of the numbers of a step, where steps are tagged. */
  features?: readonly FeatureScale[];
}

/** A token: a word or character, or the D numbers of a step. */
export type Token = string | ArrayLike<number>;

/** A row as the network reads it. */
export interface Sentence {
  readonly tokens: readonly Token[];
  readonly tags: readonly string[];
  readonly line?: number;
}

const sentenceOf = (row: TaggerRow): Sentence => ("steps" in row ? { ...row, tokens: row.steps } : row);

/** Feeds of sentences side by side, without tags: what the network reads. */
export function sentenceFeeds(
  { vocabulary, characterLimit, shapes, features }: Encoding,
  sentences: readonly (readonly Token[])[],
): Record<string, Value> {
  const B = sentences.length;
  const lengths = ints(
    Int32Array.from(sentences, ({ length }) => length),
    B,
  );
  const T = sentences.reduce((most, { length }) => Math.max(most, length), 0);
  if (features) return { steps: stepGrid(features, sentences, B, T), lengths };
  const texts = sentences as readonly (readonly string[])[];
  /** Ids of each sentence's tokens, `width` of them each. */
  const grid = (ids: (tokens: readonly string[]) => Int32Array, ...width: number[]) => {
    const W = width[0] ?? 1;
    const data = new Int32Array(B * T * W);
    for (const [b, tokens] of texts.entries()) data.set(ids(tokens), b * T * W);
    return ints(data, B, T, ...width);
  };
  return {
    words: grid((tokens) => wordIds(vocabulary, tokens)),
    lengths,
    ...(shapes ? { shapes: grid(shapeIds) } : {}),
    ...(vocabulary.lexicon ? lexiconFeeds(vocabulary.lexicon, texts, B, T) : {}),
    ...(vocabulary.context ? contextFeeds(vocabulary.context, vocabulary.characters ? "" : " ", texts, T) : {}),
    ...(characterLimit === 0
      ? {}
      : vocabulary.characters
        ? { pairs: grid((tokens) => pairIds(vocabulary, tokens), 2) }
        : characterFeeds(vocabulary, characterLimit, texts, B, T)),
  };
}

function lexiconFeeds(
  lexicon: Vocabulary,
  sentences: readonly (readonly string[])[],
  B: number,
  T: number,
): Record<string, Value> {
  const ids = new Int32Array(B * T * lexiconWidth);
  const weights = new Float32Array(B * T * lexiconWidth);
  for (const [b, tokens] of sentences.entries()) {
    const found = lexiconMatches(lexicon, tokens);
    ids.set(found.ids, b * T * lexiconWidth);
    weights.set(found.weights, b * T * lexiconWidth);
  }
  return { lexicon: ints(ids, B, T, lexiconWidth), lexiconWeights: floats(weights, B, T, lexiconWidth) };
}

/** The characters of the sentences, [B, C], and the row of each token's state among [C * B], [B, T]. */
function contextFeeds(
  context: Vocabulary,
  separator: string,
  sentences: readonly (readonly string[])[],
  T: number,
): Record<string, Value> {
  const B = sentences.length;
  const read = sentences.map((tokens) => contextPlaces(context, tokens, separator));
  const C = read.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  const ids = new Int32Array(B * C);
  const places = new Int32Array(B * T);
  for (const [b, one] of read.entries()) {
    ids.set(one.ids, b * C);
    for (const [t, end] of one.ends.entries()) places[b * T + t] = end * B + b;
  }
  return { context: ints(ids, B, C), contextPlaces: ints(places, B, T) };
}

function stepGrid(
  features: readonly FeatureScale[],
  sentences: readonly (readonly Token[])[],
  B: number,
  T: number,
): Value {
  const D = features.length;
  const data = new Float32Array(B * T * D);
  for (const [b, steps] of sentences.entries())
    data.set(readInput(steps as NumberSteps, { features, maxLength: Infinity }, "tagger").values, b * T * D);
  return floats(data, B, T, D);
}

/** Each word once, as its characters, in a list of short ones and one of long ones, and where in them each token's is. */
function characterFeeds(
  vocabulary: TaggerVocabulary,
  limit: number,
  sentences: readonly (readonly string[])[],
  B: number,
  T: number,
): Record<string, Value> {
  const forms = new Map<string, number>(); // in the order of first sight
  const places = new Int32Array(B * T);
  for (const [b, tokens] of sentences.entries()) {
    for (const [t, token] of tokens.entries()) {
      const at = forms.get(token) ?? forms.size;
      forms.set(token, at);
      places[b * T + t] = at;
    }
  }
  const words = Array.from(forms.keys(), (form) => characterIds(vocabulary, form, limit));
  const byLength = Array.from(words.keys()).sort((a, b) => words[a]!.length - words[b]!.length || a - b);
  const cut = shortWords(byLength.map((w) => words[w]!.length));
  const rank = new Int32Array(words.length);
  for (const [at, w] of byLength.entries()) rank[w] = at;
  const list = (i: number, members: readonly number[]) => {
    const C = Math.max(1, words[members.at(-1)!]!.length);
    const characters = new Int32Array(members.length * C);
    for (const [at, w] of members.entries()) characters.set(words[w]!, at * C);
    const counts = Int32Array.from(members, (w) => words[w]!.length);
    return {
      [`characters${i}`]: ints(characters, members.length, C),
      [`characterCounts${i}`]: ints(counts, members.length),
    };
  };
  const spread = (place: (rank: number) => number) =>
    ints(
      places.map((w) => place(rank[w]!)),
      B,
      T,
    );
  return {
    ...list(0, byLength.slice(0, cut)),
    ...list(1, cut < words.length ? byLength.slice(cut) : byLength.slice(-1)), // never empty; one word stands in both
    forms0: spread((r) => (r < cut ? r : 0)),
    forms1: spread((r) => Math.max(0, r - cut)),
    long: spread((r) => (r < cut ? 0 : 1)),
  };
}

/**
 * Where to cut a list of lengths, in ascending order, so that both parts, each padded to its own longest, are least work:
 * most words are short, and about half of the characters that would be read in vain are not.
 */
function shortWords(lengths: readonly number[]): number {
  const longest = lengths.at(-1)!;
  let [cut, least] = [1, Infinity];
  for (let n = 1; n < lengths.length; n++) {
    const work = n * lengths[n - 1]! + (lengths.length - n) * longest;
    if (work < least) [cut, least] = [n, work];
  }
  return cut;
}

function batchOf(encoding: Encoding, sentences: readonly Sentence[], tags: { strict: boolean }): Batch {
  let feeds: Record<string, Value> | undefined;
  return {
    get feeds() {
      feeds ??= taggedFeeds(encoding, sentences, tags); // not where only its parts are asked for
      return feeds;
    },
    rows: sentences.length,
    tokens: sentences.reduce((sum, { tokens }) => sum + tokens.length, 0),
    part: (from, to) => taggedFeeds(encoding, sentences.slice(from, to), tags),
  };
}

function taggedFeeds(
  encoding: Encoding,
  sentences: readonly Sentence[],
  options: { strict: boolean },
): Record<string, Value> {
  const feeds = sentenceFeeds(
    encoding,
    sentences.map(({ tokens }) => tokens),
  );
  const [B, T] = (feeds.words ?? feeds.steps)!.shape as [number, number];
  const tags = new Int32Array(B * T);
  for (const [b, sentence] of sentences.entries()) tags.set(tagIds(encoding.vocabulary, sentence, options), b * T);
  return { ...feeds, tags: { dtype: "int", shape: [B, T], data: tags } };
}

/** Batches by length, in an order of (seed, epoch). */
export const trainingBatches = (
  encoding: Encoding,
  data: RowsOrList<TaggerRow>,
  order: BatchOptions,
): TrainingBatches =>
  trainingRows("tagged", piecesOf(data), (rows) => batchOf(encoding, rows, { strict: true }), order);

/** A batch holds `batchSize` sentences, or as many as make 4,096 tokens. */
export const evaluationOf = (
  encoding: Encoding,
  data: RowsOrList<TaggerRow>,
  { batchSize, share }: EvaluationBatchOptions,
): EvaluationBatches =>
  evaluationRows(
    "tagged",
    sentencesOf(spreadRows(data, share)),
    (rows) => batchOf(encoding, rows, { strict: false }),
    batchSize === undefined ? { tokensPerBatch: evaluationTokens } : { batchSize },
  );

const sentencesOf = (data: RowsOrList<TaggerRow>): EncodedRows<Sentence> =>
  encodeRows(data, sentenceOf, ({ tokens }) => tokens.length);

/** Sentences, the long ones in pieces of at most `longest` tokens, the empty ones not at all. */
function piecesOf(data: RowsOrList<TaggerRow>): EncodedRows<Sentence> {
  const all = sentencesOf(data);
  const few = all.lengths.length === 0 || Array.prototype.every.call(all.lengths, (n) => n > 0 && n <= longest);
  if (few) return all;
  const rows: number[] = [];
  const starts: number[] = [];
  const lengths: number[] = [];
  for (let row = 0; row < all.lengths.length; row++) {
    const length = all.lengths[row]!;
    for (let start = 0; start < length; start += longest) {
      rows.push(row);
      starts.push(start);
      lengths.push(Math.min(longest, length - start));
    }
  }
  const pieces = {
    rows: Int32Array.from(rows),
    starts: Int32Array.from(starts),
  };
  return {
    lengths: Int32Array.from(lengths),
    read: (places) =>
      all
        .read(Array.from(places, (place) => pieces.rows[place]!))
        .map((sentence, i) => pieceOf(sentence, pieces.starts[places[i]!]!)),
  };
}

function pieceOf(sentence: Sentence, start: number): Sentence {
  const { tokens, tags, line } = sentence;
  if (tokens.length <= longest) return sentence;
  const end = start + longest;
  return {
    tokens: tokens.slice(start, end),
    tags: tags.slice(start, end),
    ...(line === undefined ? {} : { line: line + start }),
  };
}

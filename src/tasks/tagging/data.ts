// Sentences as batches: ids of words, of their characters (or of pairs of neighbors), and of tags. Row-major, batch first.
import {
  type BatchCursor,
  bucketBatches,
  type EncodedRows,
  encodeRows,
  type RowsOrList,
  spreadRows,
  sumOf,
} from "../../data/index.ts";
import type { Value } from "../../engine/index.ts";
import type {
  Batch,
  BatchOptions,
  EvaluationBatches,
  EvaluationBatchOptions,
  TrainingBatches,
} from "../../train/index.ts";
import { characterIds, pairIds, shapeIds, type Tagged, type TaggerVocabulary, tagIds, wordIds } from "./vocabulary.ts";

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
}

/** Feeds of sentences side by side, without tags: what the network reads. */
export function sentenceFeeds(
  { vocabulary, characterLimit, shapes }: Encoding,
  sentences: readonly (readonly string[])[],
): Record<string, Value> {
  const B = sentences.length;
  const lengths = Int32Array.from(sentences, ({ length }) => length);
  const T = lengths.reduce((a, b) => Math.max(a, b), 0);
  const ints = (data: Int32Array, ...shape: number[]): Value => ({ dtype: "int", shape, data });
  const rows = (width: number, ids: (tokens: readonly string[]) => Int32Array) => {
    const data = new Int32Array(B * T * width);
    for (const [b, tokens] of sentences.entries()) data.set(ids(tokens), b * T * width);
    return data;
  };
  const feeds: Record<string, Value> = {
    words: ints(
      rows(1, (tokens) => wordIds(vocabulary, tokens)),
      B,
      T,
    ),
    lengths: ints(lengths, B),
    ...(shapes ? { shapes: ints(rows(1, shapeIds), B, T) } : {}),
  };
  if (characterLimit === 0) return feeds;
  if (vocabulary.characters)
    return {
      ...feeds,
      pairs: ints(
        rows(2, (tokens) => pairIds(vocabulary, tokens)),
        B,
        T,
        2,
      ),
    };
  const forms = new Map<string, number>(); // each word once, in the order of first sight
  const places = new Int32Array(B * T);
  for (const [b, tokens] of sentences.entries()) {
    for (const [t, token] of tokens.entries()) {
      const at = forms.get(token) ?? forms.size;
      forms.set(token, at);
      places[b * T + t] = at;
    }
  }
  const words = Array.from(forms.keys(), (form) => characterIds(vocabulary, form, characterLimit));
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
  return {
    ...feeds,
    ...list(0, byLength.slice(0, cut)),
    ...list(1, cut < words.length ? byLength.slice(cut) : byLength.slice(-1)), // never empty; one word stands in both
    forms0: ints(
      places.map((w) => (rank[w]! < cut ? rank[w]! : 0)),
      B,
      T,
    ),
    forms1: ints(
      places.map((w) => Math.max(0, rank[w]! - cut)),
      B,
      T,
    ),
    long: ints(
      places.map((w) => (rank[w]! < cut ? 0 : 1)),
      B,
      T,
    ),
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

function batchOf(encoding: Encoding, sentences: readonly Tagged[], tags: { strict: boolean }): Batch {
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
  sentences: readonly Tagged[],
  options: { strict: boolean },
): Record<string, Value> {
  const feeds = sentenceFeeds(
    encoding,
    sentences.map(({ tokens }) => tokens),
  );
  const [B, T] = feeds.words!.shape as [number, number];
  const tags = new Int32Array(B * T);
  for (const [b, sentence] of sentences.entries()) tags.set(tagIds(encoding.vocabulary, sentence, options), b * T);
  return { ...feeds, tags: { dtype: "int", shape: [B, T], data: tags } };
}

/** Batches by length, in an order of (seed, epoch). */
export function trainingBatches(
  encoding: Encoding,
  data: RowsOrList<Tagged>,
  { batchSize, seed }: BatchOptions,
): TrainingBatches {
  const pieces = piecesOf(data);
  const source = bucketBatches(pieces.lengths, { batchSize, seed });
  return {
    kind: "tagged",
    perEpoch: source.perEpoch,
    tokens: sumOf(pieces.lengths),
    start: { epoch: 0, batch: 0 },
    at(cursor) {
      const { indices, next } = source.at(cursor as unknown as BatchCursor);
      return Object.assign(batchOf(encoding, pieces.read(indices), { strict: true }), { next: { ...next } }); // a spread would make the feeds
    },
  };
}

export function evaluationOf(
  encoding: Encoding,
  data: RowsOrList<Tagged>,
  { batchSize, share }: EvaluationBatchOptions,
): EvaluationBatches {
  const { lengths, read } = encodeRows(
    spreadRows(data, share),
    (sentence) => sentence,
    ({ tokens }) => tokens.length,
  );
  const order = evaluationOrder(lengths, batchSize);
  return {
    kind: "tagged",
    tokens: sumOf(lengths),
    *batches() {
      for (const indices of order) yield batchOf(encoding, read(indices), { strict: false });
    },
  };
}

/** Which sentences go side by side, by length; a batch holds `batchSize` of them, or as many as make 4,096 tokens. */
function evaluationOrder(lengths: ArrayLike<number>, batchSize?: number): Int32Array[] {
  if (lengths.length === 0) return [];
  const size = batchSize === undefined ? { tokensPerBatch: evaluationTokens } : { batchSize };
  const source = bucketBatches(lengths, { ...size, seed: 0, shuffle: false });
  return [...source.epoch()].map(({ indices }) => indices);
}

/** Sentences, the long ones in pieces of at most `longest` tokens, the empty ones not at all. */
function piecesOf(data: RowsOrList<Tagged>): EncodedRows<Tagged> {
  const all = encodeRows(
    data,
    (sentence) => sentence,
    ({ tokens }) => tokens.length,
  );
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

function pieceOf(sentence: Tagged, start: number): Tagged {
  const { tokens, tags, line } = sentence;
  if (tokens.length <= longest) return sentence;
  const end = start + longest;
  return {
    tokens: tokens.slice(start, end),
    tags: tags.slice(start, end),
    ...(line === undefined ? {} : { line: line + start }),
  };
}

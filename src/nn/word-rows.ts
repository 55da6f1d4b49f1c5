// From word vectors to the rows of an embedding: each token of a vocabulary is looked up, and what has no vector gets a
// stated start.
import type { Random } from "../base/index.ts";

/** What is needed of word vectors; those of `loadVectors` and `wordVectors` fit. */
export interface WordTable {
  /** Row r belongs to `words[r]`; the most frequent first, where the file goes by frequency. */
  readonly words: readonly string[];
  /** [words.length, dim], row-major. */
  readonly matrix: Float32Array;
  readonly dim: number;
  /** The row of a word; -1 if it has none. */
  indexOf(word: string): number;
  /** Makes vectors of words that have no row, as fastText does from pieces of them. */
  readonly subwords?: { vector(word: string): Float32Array | undefined } | undefined;
}

/** How a word was found: as written, in another case, made from its pieces, or not at all. */
export type WordMatch = "exact" | "folded" | "subwords" | "missing";

export interface FoundWord {
  readonly match: WordMatch;
  /** [dim]; a view where it is a row. */
  readonly vector?: Float32Array;
}

/**
 * Looks words up: as written; else in lower case; else as the first word of the table with the same lower case (`paris`
 * finds `Paris`); else from subwords, where the vectors have them.
 */
export function wordFinder(table: WordTable): (word: string) => FoundWord {
  const { words, matrix, dim, subwords } = table;
  let folded: Map<string, number> | undefined;
  const foldedRow = (word: string): number => {
    const lower = word.toLowerCase();
    if (lower !== word && table.indexOf(lower) >= 0) return table.indexOf(lower);
    if (!folded) {
      folded = new Map();
      for (const [r, other] of words.entries()) {
        const key = other.toLowerCase();
        if (key !== other && !folded.has(key)) folded.set(key, r);
      }
    }
    return folded.get(lower) ?? -1;
  };
  const row = (r: number) => matrix.subarray(r * dim, (r + 1) * dim);
  return (word) => {
    const exact = table.indexOf(word);
    if (exact >= 0) return { match: "exact", vector: row(exact) };
    const other = foldedRow(word);
    if (other >= 0) return { match: "folded", vector: row(other) };
    const made = subwords?.vector(word);
    return made ? { match: "subwords", vector: made } : { match: "missing" };
  };
}

/**
 * Rows for tokens, [tokens.length, dim]. A token without a vector begins normal with the mean and the deviation that
 * each column of the table has, so that it is neither longer nor shorter than the words around it.
 */
export function wordRows(table: WordTable, tokens: readonly string[], random: Random): Float32Array {
  const { dim } = table;
  const find = wordFinder(table);
  const { mean, deviation } = columnMoments(table);
  const rows = new Float32Array(tokens.length * dim);
  for (const [t, token] of tokens.entries()) {
    const { vector } = find(token);
    if (vector) rows.set(vector, t * dim);
    else for (let i = 0; i < dim; i++) rows[t * dim + i] = mean[i]! + deviation[i]! * random.normal();
  }
  return rows;
}

/** Mean and standard deviation of each column. */
function columnMoments({ matrix, dim }: WordTable): { mean: Float64Array; deviation: Float64Array } {
  const count = Math.max(1, matrix.length / dim);
  const [mean, variance] = [new Float64Array(dim), new Float64Array(dim)];
  for (let at = 0; at < matrix.length; at++) mean[at % dim]! += matrix[at]! / count;
  for (let at = 0; at < matrix.length; at++) variance[at % dim]! += (matrix[at]! - mean[at % dim]!) ** 2 / count;
  return { mean, deviation: variance.map(Math.sqrt) };
}

/** How much of a text word vectors know. */
export interface VectorCoverage {
  /** Different words of each kind. */
  readonly words: Readonly<Record<WordMatch, number>>;
  /** Running words (each as often as it occurs) of each kind. */
  readonly running: Readonly<Record<WordMatch, number>>;
  /** Share of the running words that have a vector, from 0 to 1. */
  readonly share: number;
}

/** Counts how the words of a text are found; `counts` says how often each occurs. */
export function vectorCoverage(table: WordTable, counts: Iterable<readonly [string, number]>): VectorCoverage {
  const find = wordFinder(table);
  const none = (): Record<WordMatch, number> => ({ exact: 0, folded: 0, subwords: 0, missing: 0 });
  const [words, running] = [none(), none()];
  let total = 0;
  for (const [word, count] of counts) {
    const { match } = find(word);
    words[match]++;
    running[match] += count;
    total += count;
  }
  return { words, running, share: total === 0 ? 0 : 1 - running.missing / total };
}

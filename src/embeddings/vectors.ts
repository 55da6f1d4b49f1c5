// Word vectors: a vocabulary and its embedding matrix E, with look-ups and queries.

import { checkNumber, fail } from "../base/errors.ts";
import { analogyOver, oddOneOutOver } from "./query/analogy.ts";
import { lengthOf, type Searcher, searcher } from "./query/search.ts";
import { type WordIndex, wordIndex } from "./word-index.ts";
import type { Subwords, WordVectors } from "./word-vectors.ts";

export type { AnalogyQuery, NearestOptions, Neighbor, OddOneOut, Subwords, WordVectors } from "./word-vectors.ts";

export interface WordVectorsOptions {
  words: readonly string[];
  /** [words.length, dim], row-major; not copied. */
  matrix: Float32Array;
  dim: number;
  counts?: Float64Array;
  subwords?: Subwords;
  /** Index from words to rows, if the caller has one; not copied. */
  index?: WordIndex;
}

/**
 * Creates word vectors from a vocabulary and a matrix. The first query builds an index of a quarter of the matrix's size;
 * do not change the matrix afterwards.
 *
 * @throws UnrolledError with code "shape" if the sizes differ, with code "data" if a word occurs twice
 */
export function wordVectors({ words, matrix, dim, counts, subwords, index: given }: WordVectorsOptions): WordVectors {
  checkNumber("wordVectors: dim", dim, { min: 1, integer: true });
  if (matrix.length !== words.length * dim) {
    fail({
      where: "wordVectors",
      expected: `a matrix of ${words.length} x ${dim} numbers`,
      received: String(matrix.length),
      code: "shape",
    });
  }
  let rows = given;
  if (!rows) {
    const made = wordIndex(words);
    if (made.twice !== undefined) {
      fail({ where: "wordVectors", expected: "every word once", received: JSON.stringify(made.twice), code: "data" });
    }
    rows = made;
  }
  const indexOf = rows.get;
  let index: Searcher | undefined;
  const search = () => {
    index ??= searcher(matrix, words.length, dim);
    return index;
  };
  const row = (r: number) => matrix.subarray(r * dim, (r + 1) * dim);
  const get = (word: string) => {
    const r = indexOf(word);
    return r < 0 ? subwords?.vector(word) : row(r);
  };
  const vector = (word: string) => get(word) ?? unknownWord(word, words.length);
  const self: WordVectors = {
    words,
    matrix,
    dim,
    size: words.length,
    counts,
    subwords,
    indexOf,
    has: (word) => indexOf(word) >= 0,
    get,
    vector,
    oneHot(word) {
      const r = indexOf(word);
      if (r < 0) unknownWord(word, words.length);
      const o = new Float32Array(words.length);
      o[r] = 1;
      return o;
    },
    product(o) {
      if (o.length !== words.length) {
        fail({
          where: "product E o",
          expected: `a vector of ${words.length}`,
          received: String(o.length),
          code: "shape",
        });
      }
      const out = new Float64Array(dim);
      for (let r = 0; r < o.length; r++) {
        const weight = o[r]!;
        if (weight !== 0) for (let i = 0; i < dim; i++) out[i]! += weight * matrix[r * dim + i]!;
      }
      return Float32Array.from(out);
    },
    nearest(query, { count = 10, exclude = [], restrict = words.length } = {}) {
      checkNumber("nearest: count", count, { min: 1, integer: true });
      const over = Math.min(words.length, checkNumber("nearest: restrict", restrict, { min: 1, integer: true }));
      const v = typeof query === "string" ? vector(query) : query;
      if (v.length !== dim) {
        fail({ where: "nearest", expected: `a vector of ${dim}`, received: String(v.length), code: "shape" });
      }
      const skip = new Set(exclude.map(indexOf));
      if (typeof query === "string") skip.add(indexOf(query));
      return search()
        .nearest(v, count, skip, over)
        .map(({ row: r, score }) => ({ word: words[r]!, score }));
    },
    similarity: (a, b) => cosine(vector(a), vector(b)),
    analogy: (query) => analogyOver(self, query),
    oddOneOut: (list) => oddOneOutOver(self, list),
    first: (count) =>
      wordVectors({
        words: words.slice(0, count),
        matrix: matrix.subarray(0, Math.min(count, words.length) * dim),
        dim,
        counts: counts?.subarray(0, count),
        subwords,
      }),
    search,
  };
  return self;
}

/** u · v / (|u| |v|); 0 if one of the vectors is zero. */
export function cosine(u: Float32Array, v: Float32Array): number {
  let dot = 0;
  for (let i = 0; i < u.length; i++) dot += u[i]! * v[i]!;
  const lengths = lengthOf(u) * lengthOf(v);
  return lengths > 0 ? dot / lengths : 0;
}

function unknownWord(word: string, size: number): never {
  return fail({
    where: "word vectors",
    expected: `a word of the vocabulary (${size} words)`,
    received: JSON.stringify(word),
    hint:
      word === word.toLowerCase()
        ? "words must be spelled as in the training text, accents included"
        : `try "${word.toLowerCase()}"`,
    code: "data",
  });
}

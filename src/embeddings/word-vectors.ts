// What word vectors are, and what they are asked.
import type { Searcher } from "./query/search.ts";

export interface Neighbor {
  word: string;
  /** Cosine in [-1, 1]; with 3CosMul the value of the product. */
  score: number;
}

export interface NearestOptions {
  /** Number of results. Default: 10. */
  count?: number;
  /** Words to exclude, in addition to the query. */
  exclude?: readonly string[];
  /** Consider only this many rows from the top (the most frequent words). */
  restrict?: number;
}

/** Computes vectors of words outside the vocabulary from their character n-grams, as fastText does. */
export interface Subwords {
  /** The vector [dim]; undefined if the word has no n-gram. */
  vector(word: string): Float32Array | undefined;
}

export interface WordVectors {
  /** The vocabulary: row r of the matrix belongs to `words[r]`. Files are sorted by frequency, most frequent first. */
  readonly words: readonly string[];
  /** The embedding matrix, [words.length, dim], row-major. The lecture's E, [dim, words], is its transpose. */
  readonly matrix: Float32Array;
  readonly dim: number;
  readonly size: number;
  /** Number of occurrences of each word, if known. */
  readonly counts: Float64Array | undefined;
  readonly subwords: Subwords | undefined;
  /** Row of a word; -1 if it is not in the vocabulary. */
  indexOf(word: string): number;
  has(word: string): boolean;
  /** Vector of a word: a view of the matrix, or computed from subwords; undefined if neither exists. */
  get(word: string): Float32Array | undefined;
  /** Like `get`, but throws on an unknown word. */
  vector(word: string): Float32Array;
  /** The one-hot vector o_j, [size]. */
  oneHot(word: string): Float32Array;
  /** The product E · o, for any o of [size]: with a one-hot o_j it is the vector e_j. */
  product(o: Float32Array): Float32Array;
  /** The words with the highest cosine, best first. The search is exact; the query word is excluded. */
  nearest(query: string | Float32Array, options?: NearestOptions): Neighbor[];
  /** Cosine of two words: u · v / (|u| |v|). */
  similarity(a: string, b: string): number;
  /** "a is to b as c is to ...". The three words of the query are never answers. */
  analogy(query: AnalogyQuery): Neighbor[];
  /** The word farthest from the mean of all unit vectors. */
  oddOneOut(words: readonly string[]): OddOneOut;
  /** The first `count` words (the most frequent); shares memory with the original. */
  first(count: number): WordVectors;
  /** The search index, built at first use. */
  search(): Searcher;
}

export interface AnalogyQuery {
  /** a is to b ... */
  a: string;
  b: string;
  /** ... as c is to the answer. */
  c: string;
  /** `3CosAdd` (the default) adds cosines, `3CosMul` multiplies them, which keeps one large term from winning alone. */
  method?: "3CosAdd" | "3CosMul";
  /** Number of answers. Default: 10. */
  count?: number;
  /** Consider only this many rows from the top (the most frequent words). */
  restrict?: number;
}

export interface OddOneOut {
  word: string;
  /** Each word with its cosine to the mean, lowest first. */
  scores: Neighbor[];
}

// Finds a direction of bias and removes it, after Bolukbasi et al. (2016), "Man is to computer
// programmer as woman is to homemaker?".

import { fail } from "../../base/errors.ts";
import { type WordVectors, wordVectors } from "../vectors.ts";
import { unit } from "./analogy.ts";

/** g = mean over pairs of (e_a - e_b), over unit vectors: for the pair (woman, man) the direction of gender. [dim] */
export function biasDirection(vectors: WordVectors, pairs: readonly (readonly [string, string])[]): Float32Array {
  if (pairs.length === 0) fail({ where: "biasDirection", expected: "at least one pair", received: "none" });
  const g = new Float32Array(vectors.dim);
  for (const [a, b] of pairs) {
    const u = unit(vectors.vector(a));
    const v = unit(vectors.vector(b));
    for (let i = 0; i < g.length; i++) g[i]! += (u[i]! - v[i]!) / pairs.length;
  }
  return g;
}

/** e - (e · g / |g|^2) g: the vector without its part along g. */
export function neutralize(e: Float32Array, g: Float32Array): Float32Array {
  const share = dot(e, g) / squared(g);
  return e.map((x, i) => x - share * g[i]!);
}

/**
 * Makes two vectors differ only along g, at equal distance from everything neutral. With unit vectors e1, e2,
 * mu = (e1 + e2) / 2, and x_B, x_perp the parts along and across g:
 *   e_i = mu_perp + sqrt(|1 - |mu_perp|^2|) (e_iB - mu_B) / |e_iB - mu_B|
 */
export function equalize(e1: Float32Array, e2: Float32Array, g: Float32Array): [Float32Array, Float32Array] {
  const [u, v] = [unit(e1), unit(e2)];
  const along = (x: Float32Array) => {
    const share = dot(x, g) / squared(g);
    return g.map((y) => share * y);
  };
  const mu = u.map((x, i) => (x + v[i]!) / 2);
  const muB = along(mu);
  const across = mu.map((x, i) => x - muB[i]!);
  const size = Math.sqrt(Math.abs(1 - squared(across)));
  const corrected = (e: Float32Array) => {
    const part = along(e).map((x, i) => x - muB[i]!);
    const length = Math.sqrt(squared(part)) || 1;
    return across.map((x, i) => x + (size * part[i]!) / length);
  };
  return [corrected(u), corrected(v)];
}

export interface DebiasOptions {
  /** Pairs that differ in what the direction means: (woman, man). */
  readonly pairs: readonly (readonly [string, string])[];
  /** Words to neutralize; those without a vector are skipped. Default: all words that are in no pair. */
  readonly neutral?: readonly string[];
  /** Pairs to equalize. Default: `pairs`. */
  readonly equalize?: readonly (readonly [string, string])[];
}

/**
 * New vectors without the direction of the pairs: neutral words lose their part along it, and pairs are equalized.
 *
 * @returns also how many words were neutralized, and how many of `neutral` have no vector
 * @throws UnrolledError where a word of a pair to equalize has no vector of its own
 */
export function debias(
  vectors: WordVectors,
  { pairs, neutral: listed, equalize: even = pairs }: DebiasOptions,
): { vectors: WordVectors; neutralized: number; unknown: number } {
  const { words, dim, counts } = vectors;
  const g = biasDirection(vectors, pairs);
  const paired = new Set([...pairs, ...even].flat());
  const neutral = listed ? listed.filter((word) => vectors.has(word)) : words.filter((word) => !paired.has(word));
  const matrix = Float32Array.from(vectors.matrix);
  const put = (word: string, vector: Float32Array) => matrix.set(vector, vectors.indexOf(word) * dim);
  for (const word of neutral) put(word, neutralize(vectors.vector(word), g));
  for (const [a, b] of even) {
    // A vector made from subwords has no row to write to: `oneHot` throws.
    for (const word of [a, b]) if (!vectors.has(word)) vectors.oneHot(word);
    const [u, v] = equalize(vectors.vector(a), vectors.vector(b), g);
    put(a, u);
    put(b, v);
  }
  const unknown = (listed?.length ?? neutral.length) - neutral.length;
  return { vectors: wordVectors({ words, matrix, dim, counts }), neutralized: neutral.length, unknown };
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function squared(a: Float32Array): number {
  return dot(a, a);
}

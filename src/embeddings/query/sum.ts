// Words added and subtracted: king - man + woman.
import type { NearestOptions, Neighbor, WordVectors } from "../vectors.ts";

/**
 * The words nearest to a sum of unit vectors; those of words with a minus are subtracted. The words of the sum are no answers.
 *
 * @throws UnrolledError for a word without a vector
 *
 * @example
 * ```ts
 * nearestToSum(vectors, ["king", "-man", "woman"]); // queen
 * ```
 */
export function nearestToSum(
  vectors: WordVectors,
  words: readonly string[],
  options: Omit<NearestOptions, "exclude"> = {},
): Neighbor[] {
  const sum = new Float32Array(vectors.dim);
  const plain = words.map((word) => (word.startsWith("-") && !vectors.has(word) ? word.slice(1) : word));
  for (const [w, word] of plain.entries()) {
    const v = vectors.vector(word);
    const scale = (word === words[w] ? 1 : -1) / (Math.hypot(...v) || 1);
    for (let i = 0; i < sum.length; i++) sum[i]! += scale * v[i]!;
  }
  return vectors.nearest(sum, { ...options, exclude: plain });
}

// The best path through a chain: the tag sequence with the highest sum of emissions and transitions (Viterbi, 1967).
import { fail } from "../base/index.ts";

type Floats = Float32Array | Float64Array | readonly number[];

/**
 * The best tag sequence of a linear chain. Its score is
 * start[y<1>] + sum_t emissions[t, y<t>] + sum_t transitions[y<t-1>, y<t>] + end[y<T>].
 *
 * `emissions` [T, K] and `transitions` [K, K] (from, to) are flat, row by row; `start` and `end` [K] default to zeros.
 * -Infinity forbids. Equal paths are settled for the lowest tags. No emissions: no tags, score 0.
 */
export function viterbi(options: { emissions: Floats; transitions: Floats; start?: Floats; end?: Floats }): {
  tags: number[];
  score: number;
} {
  const { emissions, transitions, start, end } = options;
  const K = Math.round(Math.sqrt(transitions.length));
  const T = emissions.length / K;
  if (K * K !== transitions.length || K === 0 || !Number.isInteger(T))
    fail({
      where: "viterbi",
      expected: "transitions [K, K] and emissions [T, K]",
      received: `${transitions.length} and ${emissions.length} numbers`,
      code: "shape",
    });
  for (const edge of [start, end])
    if (edge && edge.length !== K)
      fail({ where: "viterbi(start, end)", expected: `${K} numbers`, received: `${edge.length}`, code: "shape" });
  if (T === 0) return { tags: [], score: 0 };

  let best = Float64Array.from({ length: K }, (_, k) => (start?.[k] ?? 0) + emissions[k]!); // best path that ends in k
  const from = new Int32Array(T * K); // the tag before k on that path
  for (let t = 1; t < T; t++) {
    const next = new Float64Array(K).fill(-Infinity);
    for (let k = 0; k < K; k++) {
      for (let j = 0; j < K; j++) {
        const score = best[j]! + transitions[j * K + k]!;
        if (score > next[k]!) {
          next[k] = score;
          from[t * K + k] = j;
        }
      }
      next[k]! += emissions[t * K + k]!;
    }
    best = next;
  }
  let last = 0;
  for (let k = 0; k < K; k++) {
    best[k]! += end?.[k] ?? 0;
    if (best[k]! > best[last]!) last = k;
  }
  const score = best[last]!;
  const tags = new Array<number>(T);
  for (let t = T - 1; t >= 0; t--) {
    tags[t] = last;
    last = from[t * K + last]!;
  }
  return { tags, score };
}

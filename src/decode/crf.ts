// The linear-chain CRF in plain float64: what the trained one has to agree with, and what serves marginals at prediction.
import { fail } from "../base/index.ts";

type Floats = Float32Array | Float64Array | readonly number[];

/** Scores of a chain: the layout of {@link viterbi}. */
export interface ChainScores {
  /** [T, K], row by row. */
  emissions: Floats;
  /** [K, K]: from, to. -Infinity forbids. */
  transitions: Floats;
  /** [K]; default zeros. */
  start?: Floats;
  end?: Floats;
}

/** Score of one path: start[y<1>] + sum emissions[t, y<t>] + sum transitions[y<t-1>, y<t>] + end[y<T>]. */
export function pathScore({ emissions, transitions, start, end }: ChainScores, tags: ArrayLike<number>): number {
  const { T, K } = sizes(emissions, transitions);
  if (tags.length !== T)
    fail({ where: "pathScore", expected: `${T} tags`, received: String(tags.length), code: "shape" });
  let score = 0;
  for (let t = 0; t < T; t++) {
    const tag = tags[t]!;
    score += emissions[t * K + tag]!;
    score += t === 0 ? (start?.[tag] ?? 0) : transitions[tags[t - 1]! * K + tag]!;
  }
  return T > 0 ? score + (end?.[tags[T - 1]!] ?? 0) : score;
}

/**
 * log Z: the log of the sum over all paths of exp(score), by the forward algorithm (Lafferty et al. 2001). The negative
 * log-likelihood of a path is logPartition - pathScore.
 */
export function logPartition(chain: ChainScores): number {
  const { T, K } = sizes(chain.emissions, chain.transitions);
  if (T === 0) return 0;
  const alpha = forward(chain, T, K);
  return logSumExp(K, (k) => alpha[(T - 1) * K + k]! + (chain.end?.[k] ?? 0));
}

export interface Marginals {
  logZ: number;
  /** [T, K]: the probability of each tag at each step; rows sum to 1. */
  tags: Float64Array;
  /** [T-1, K, K]: the probability of each pair of neighbors. Their sums are the transitions' expected counts. */
  pairs: Float64Array;
}

/**
 * Probabilities of tags for one chain and any emissions [T, K], as `marginals` gives them, many times as fast: the passes
 * multiply probabilities, scaled at each step. Where these are too small for float64, `marginals` answers.
 */
export function tagMarginals(chain: Omit<ChainScores, "emissions">): (emissions: Floats) => Float64Array {
  const K = Math.round(Math.sqrt(chain.transitions.length));
  const exp = (scores: Floats | undefined) => Float64Array.from({ length: K }, (_, k) => Math.exp(scores?.[k] ?? 0));
  const [start, end] = [exp(chain.start), exp(chain.end)];
  const moves = Float64Array.from(chain.transitions, Math.exp); // [from, to]
  return (emissions) => {
    const T = emissions.length / K;
    const own = new Float64Array(T * K); // e^(emission - the step's largest)
    for (let t = 0; t < T; t++) {
      let most = -Infinity;
      for (let k = 0; k < K; k++) most = Math.max(most, emissions[t * K + k]!);
      for (let k = 0; k < K; k++) own[t * K + k] = Math.exp(emissions[t * K + k]! - most);
    }
    const alpha = new Float64Array(T * K);
    const beta = new Float64Array(T * K);
    const scale = (row: Float64Array) => {
      const total = row.reduce((a, b) => a + b, 0);
      for (let k = 0; k < K; k++) row[k]! /= total;
      return total > 1e-280 && total < Infinity;
    };
    let safe = true;
    for (let t = 0; t < T; t++) {
      for (let k = 0; k < K; k++) {
        let into = t === 0 ? start[k]! : 0;
        if (t > 0) for (let j = 0; j < K; j++) into += alpha[(t - 1) * K + j]! * moves[j * K + k]!;
        alpha[t * K + k] = into * own[t * K + k]!;
      }
      safe &&= scale(alpha.subarray(t * K, (t + 1) * K));
    }
    for (let t = T - 1; t >= 0; t--) {
      for (let j = 0; j < K; j++) {
        let after = t === T - 1 ? end[j]! : 0;
        if (t < T - 1)
          for (let k = 0; k < K; k++) after += moves[j * K + k]! * own[(t + 1) * K + k]! * beta[(t + 1) * K + k]!;
        beta[t * K + j] = after;
      }
      safe &&= scale(beta.subarray(t * K, (t + 1) * K));
    }
    for (let t = 0; t < T; t++) {
      const row = alpha.subarray(t * K, (t + 1) * K);
      for (let k = 0; k < K; k++) row[k]! *= beta[t * K + k]!;
      safe &&= scale(row);
    }
    return safe ? alpha : marginals({ ...chain, emissions }).tags;
  };
}

/** Probabilities of tags and of neighboring pairs, by forward and backward passes. */
export function marginals(chain: ChainScores): Marginals {
  const { emissions, transitions, end } = chain;
  const { T, K } = sizes(emissions, transitions);
  if (T === 0) return { logZ: 0, tags: new Float64Array(0), pairs: new Float64Array(0) };
  const alpha = forward(chain, T, K);
  // beta<t>[j] = log of the sum over what comes after tag j at step t
  const beta = new Float64Array(T * K);
  for (let j = 0; j < K; j++) beta[(T - 1) * K + j] = end?.[j] ?? 0;
  for (let t = T - 2; t >= 0; t--) {
    for (let j = 0; j < K; j++) {
      const after = (k: number) => transitions[j * K + k]! + emissions[(t + 1) * K + k]! + beta[(t + 1) * K + k]!;
      beta[t * K + j] = logSumExp(K, after);
    }
  }
  const logZ = logSumExp(K, (k) => alpha[(T - 1) * K + k]! + beta[(T - 1) * K + k]!);
  if (logZ === -Infinity) fail({ where: "marginals", problem: "every path is forbidden", code: "numeric" });
  const tags = alpha.map((a, i) => Math.exp(a + beta[i]! - logZ));
  const pairs = new Float64Array((T - 1) * K * K);
  for (let t = 0; t + 1 < T; t++) {
    for (let j = 0; j < K; j++) {
      for (let k = 0; k < K; k++) {
        const next = (t + 1) * K + k;
        pairs[(t * K + j) * K + k] = Math.exp(
          alpha[t * K + j]! + transitions[j * K + k]! + emissions[next]! + beta[next]! - logZ,
        );
      }
    }
  }
  return { logZ, tags, pairs };
}

/** alpha<t>[k] = log of the sum over all paths that end in tag k at step t. [T, K] */
function forward({ emissions, transitions, start }: ChainScores, T: number, K: number): Float64Array {
  const alpha = new Float64Array(T * K);
  for (let k = 0; k < K; k++) alpha[k] = (start?.[k] ?? 0) + emissions[k]!;
  for (let t = 1; t < T; t++) {
    for (let k = 0; k < K; k++) {
      const before = (j: number) => alpha[(t - 1) * K + j]! + transitions[j * K + k]!;
      alpha[t * K + k] = emissions[t * K + k]! + logSumExp(K, before);
    }
  }
  return alpha;
}

/** log sum exp of K terms, the greatest taken out first; -Infinity where all are. */
function logSumExp(K: number, term: (k: number) => number): number {
  let most = -Infinity;
  for (let k = 0; k < K; k++) most = Math.max(most, term(k));
  if (most === -Infinity) return most;
  let sum = 0;
  for (let k = 0; k < K; k++) sum += Math.exp(term(k) - most);
  return most + Math.log(sum);
}

function sizes(emissions: Floats, transitions: Floats): { T: number; K: number } {
  const K = Math.round(Math.sqrt(transitions.length));
  const T = emissions.length / K;
  if (K > 0 && K * K === transitions.length && Number.isInteger(T)) return { T, K };
  return fail({
    where: "crf",
    expected: "transitions [K, K] and emissions [T, K]",
    received: `${transitions.length} and ${emissions.length} numbers`,
    code: "shape",
  });
}

// The probabilities that t-SNE keeps: how likely row i would pick row j as its neighbor (van der Maaten, Hinton 2008).
import { type Graph, symmetric } from "./graph.ts";
import type { Neighbors } from "./neighbors.ts";

/**
 * p_j|i = exp(-beta_i d_ij^2) / sum over the k neighbors, with beta_i such that the row's perplexity (2 to the power of
 * its entropy in bits) is the one asked for; then p_ij = (p_j|i + p_i|j) / 2n: all entries sum to 1.
 */
export function affinities(neighbors: Neighbors, perplexity: number): Graph {
  const { k, distances } = neighbors;
  const rows = distances.length / k;
  const conditional = new Float32Array(rows * k);
  const p = new Float64Array(k);
  for (let i = 0; i < rows; i++) {
    rowAffinities(distances.subarray(i * k, (i + 1) * k), Math.log(perplexity), p);
    conditional.set(p, i * k);
  }
  return symmetric(neighbors, conditional, (forth, back) => (forth + back) / (2 * rows));
}

/**
 * Finds beta by Newton's method on the entropy in nats, dH/dbeta = -beta Var(d^2), with bisection where a step would leave
 * the bracket (H falls as beta grows); fills `p`.
 */
export function rowAffinities(distances: Float32Array, target: number, p: Float64Array): void {
  const nearest = distances[0]! ** 2; // taken off all: the largest exponent is 0, and the ratio stays
  const spread = distances[distances.length - 1]! ** 2 - nearest;
  let beta = spread > 0 ? 3 / spread : 1;
  let low = 0;
  let high = Infinity;
  for (let round = 0; round < 64; round++) {
    let sum = 0;
    let first = 0;
    let second = 0;
    for (let r = 0; r < p.length; r++) {
      const d = distances[r]! ** 2 - nearest;
      const value = Math.exp(-beta * d);
      p[r] = value;
      sum += value;
      first += value * d;
      second += value * d * d;
    }
    const mean = first / sum;
    const excess = Math.log(sum) + beta * mean - target;
    for (let r = 0; r < p.length; r++) p[r] = p[r]! / sum;
    if (Math.abs(excess) < 1e-5 || spread === 0) return;
    if (excess > 0) low = beta;
    else high = beta;
    const next = beta + excess / (beta * (second / sum - mean * mean));
    beta = next > low && next < high ? next : high === Infinity ? beta * 2 : (low + high) / 2;
  }
}

// The fuzzy graph of UMAP (McInnes, Healy, Melville 2018, sections 2 and 3), and the curve that turns distances on the plane
// into memberships.
import { type Graph, symmetric } from "./graph.ts";
import type { Neighbors } from "./neighbors.ts";

/**
 * Membership of an edge from row i: exp(-(d - rho_i) / sigma_i), where rho_i is the nearest distance above 0 and sigma_i
 * makes the row's memberships sum to log2(neighbors + 1) (the paper counts the row itself). Both directions are joined as
 * a + b - a b: the edge exists if either says so.
 */
export function fuzzyGraph(neighbors: Neighbors): Graph {
  const { k, distances } = neighbors;
  const weights = new Float32Array(distances.length);
  const meanOfAll = distances.reduce((sum, d) => sum + d, 0) / distances.length;
  for (let start = 0; start < distances.length; start += k) {
    const row = distances.subarray(start, start + k);
    const rho = row.find((d) => d > 0) ?? 0;
    const mean = row.reduce((sum, d) => sum + d, 0) / k;
    const sigma = Math.max(findSigma(row, rho, Math.log2(k + 1)), 1e-3 * (rho > 0 ? mean : meanOfAll));
    for (let r = 0; r < k; r++) {
      const beyond = row[r]! - rho;
      weights[start + r] = beyond <= 0 ? 1 : Math.exp(-beyond / sigma);
    }
  }
  return symmetric(neighbors, weights, (forth, back) => forth + back - forth * back);
}

function findSigma(row: Float32Array, rho: number, target: number): number {
  let low = 0;
  let high = Infinity;
  let sigma = 1;
  for (let round = 0; round < 64; round++) {
    let sum = 0;
    for (let r = 0; r < row.length; r++) sum += row[r]! > rho ? Math.exp(-(row[r]! - rho) / sigma) : 1;
    if (Math.abs(sum - target) < 1e-5) break;
    if (sum > target) high = sigma;
    else low = sigma;
    sigma = high === Infinity ? sigma * 2 : (low + high) / 2;
  }
  return sigma;
}

/**
 * a and b such that 1 / (1 + a d^(2b)) comes closest, in least squares over 0 to 3 * spread, to a curve that is 1 up to
 * `minDist` and then falls as exp(-(d - minDist) / spread). Gauss-Newton with damping (Levenberg-Marquardt).
 */
export function fitCurve(minDist: number, spread: number): { a: number; b: number } {
  const xs = Array.from({ length: 299 }, (_, i) => ((i + 1) / 299) * 3 * spread);
  const ys = xs.map((x) => (x < minDist ? 1 : Math.exp(-(x - minDist) / spread)));
  const error = (a: number, b: number) => xs.reduce((sum, x, i) => sum + (1 / (1 + a * x ** (2 * b)) - ys[i]!) ** 2, 0);
  let [a, b, damping] = [1, 1, 1e-3];
  let least = error(a, b);
  for (let round = 0; round < 200; round++) {
    // The normal equations (J'J + damping diag) step = J' residual.
    let [aa, ab, bb, ra, rb] = [0, 0, 0, 0, 0];
    for (const [i, x] of xs.entries()) {
      const power = x ** (2 * b);
      const f = 1 / (1 + a * power);
      const da = -f * f * power;
      const db = -f * f * a * power * 2 * Math.log(x);
      aa += da * da;
      ab += da * db;
      bb += db * db;
      ra += da * (ys[i]! - f);
      rb += db * (ys[i]! - f);
    }
    aa *= 1 + damping;
    bb *= 1 + damping;
    const determinant = aa * bb - ab * ab;
    const nextA = a + (bb * ra - ab * rb) / determinant;
    const nextB = b + (aa * rb - ab * ra) / determinant;
    const next = nextA > 0 && nextB > 0 ? error(nextA, nextB) : Infinity;
    if (next <= least) {
      const settled = Math.abs(nextA - a) + Math.abs(nextB - b) < 1e-10;
      [a, b, least, damping] = [nextA, nextB, next, damping / 10];
      if (settled) break;
    } else damping *= 10;
  }
  return { a, b };
}

// Eigenvalues and eigenvectors of a real symmetric matrix: Householder reflections to tridiagonal form, then implicit QL
// with Wilkinson's shift (Golub and Van Loan, "Matrix Computations", sections 8.3.1 and 8.3.3). O(n^3), exact to rounding.
import { fail } from "../../base/errors.ts";

export interface Eigen {
  /** Descending. */
  values: Float64Array;
  /** Row k is the unit eigenvector of `values[k]`: [n, n]. */
  vectors: Float64Array;
}

/** Decomposes a symmetric matrix `a` ([n, n], row after row; only its lower triangle is read). */
export function symmetricEigen(a: Float64Array, n: number): Eigen {
  const { diagonal, off, q } = tridiagonalize(a, n);
  qlIterations(diagonal, off, q, n);
  const order = Array.from({ length: n }, (_, k) => k).sort((i, j) => diagonal[j]! - diagonal[i]! || i - j);
  const vectors = new Float64Array(n * n);
  for (const [k, column] of order.entries()) vectors.set(q.subarray(column * n, (column + 1) * n), k * n);
  return { values: Float64Array.from(order, (k) => diagonal[k]!), vectors };
}

/** A = Q T Q': T as diagonal and off-diagonal (`off[k]` joins k and k + 1), Q' in rows, so that row k is a column of Q. */
function tridiagonalize(
  input: Float64Array,
  n: number,
): { diagonal: Float64Array; off: Float64Array; q: Float64Array } {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = input[i * n + j]!;
  const off = new Float64Array(n);
  const v = new Float64Array(n);
  const p = new Float64Array(n);
  const reflections: { v: Float64Array; beta: number }[] = [];

  for (let k = 0; k < n - 2; k++) {
    // Reflect column k below the diagonal onto its first entry: H = I - beta v v'.
    let norm = 0;
    for (let i = k + 1; i < n; i++) norm += a[k * n + i]! ** 2;
    norm = Math.sqrt(norm);
    const first = a[k * n + k + 1]!;
    const alpha = first > 0 ? -norm : norm;
    off[k] = alpha;
    v.fill(0, 0, k + 1);
    for (let i = k + 1; i < n; i++) v[i] = a[k * n + i]!;
    v[k + 1] = first - alpha;
    const beta = norm > 0 ? 1 / (norm * (norm + Math.abs(first))) : 0; // 2 / v'v
    reflections.push({ v: v.slice(), beta });
    if (beta === 0) continue;
    // A <- H A H = A - v w' - w v', with p = beta A v and w = p - (beta/2)(p'v) v.
    let dot = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j]! * v[j]!;
      p[i] = beta * sum;
      dot += p[i]! * v[i]!;
    }
    for (let i = k + 1; i < n; i++) p[i] = p[i]! - (beta / 2) * dot * v[i]!;
    for (let i = k + 1; i < n; i++) {
      const vi = v[i]!;
      const wi = p[i]!;
      for (let j = k + 1; j < n; j++) a[i * n + j] = a[i * n + j]! - vi * p[j]! - wi * v[j]!;
    }
  }
  if (n > 1) off[n - 2] = a[(n - 2) * n + n - 1]!;
  const diagonal = Float64Array.from({ length: n }, (_, k) => a[k * n + k]!);

  // Q' = H_last ... H_0 applied to the identity; kept transposed, so that the QL rotations below mix whole rows.
  const q = new Float64Array(n * n);
  for (let k = 0; k < n; k++) q[k * n + k] = 1;
  for (let k = reflections.length - 1; k >= 0; k--) {
    const { v: u, beta } = reflections[k]!;
    for (let row = k + 1; row < n; row++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += q[row * n + j]! * u[j]!;
      const scale = beta * sum;
      for (let j = k + 1; j < n; j++) q[row * n + j] = q[row * n + j]! - scale * u[j]!;
    }
  }
  return { diagonal, off, q };
}

/** Diagonalizes T in place by chasing a bulge upwards; every rotation is applied to two rows of q. */
function qlIterations(d: Float64Array, e: Float64Array, q: Float64Array, n: number): void {
  for (let low = 0; low < n; low++) {
    for (let round = 0; ; round++) {
      let end = low; // the block [low, end] does not split
      while (end < n - 1 && Math.abs(e[end]!) > Number.EPSILON * (Math.abs(d[end]!) + Math.abs(d[end + 1]!))) end++;
      if (end === low) break;
      if (round === 60) fail({ where: "symmetricEigen", problem: "no convergence after 60 sweeps", code: "numeric" });
      const half = (d[low + 1]! - d[low]!) / (2 * e[low]!);
      let g = d[end]! - d[low]! + e[low]! / (half + Math.sign(half || 1) * Math.hypot(half, 1));
      let s = 1;
      let c = 1;
      let p = 0;
      let split = false;
      for (let i = end - 1; i >= low; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        const r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] = d[i + 1]! - p;
          e[end] = 0;
          split = true;
          break;
        }
        s = f / r;
        c = g / r;
        const shifted = d[i + 1]! - p;
        const t = (d[i]! - shifted) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = shifted + p;
        g = c * t - b;
        rotate(q, i * n, (i + 1) * n, n, c, s);
      }
      if (split) continue;
      d[low] = d[low]! - p;
      e[low] = g;
      e[end] = 0;
    }
  }
}

function rotate(q: Float64Array, lower: number, upper: number, n: number, c: number, s: number): void {
  for (let k = 0; k < n; k++) {
    const x = q[lower + k]!;
    const y = q[upper + k]!;
    q[upper + k] = s * x + c * y;
    q[lower + k] = c * x - s * y;
  }
}

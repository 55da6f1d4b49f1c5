// Principal component analysis: the directions along which the rows vary most (Pearson 1901), from the exact covariance.
import { checkNumber } from "../../base/errors.ts";
import { symmetricEigen } from "./eigen.ts";
import { checkMatrix, type Matrix } from "./matrix.ts";

export interface PcaOptions {
  /** How many directions to keep; 2 by default: a picture. */
  components?: number;
}

export interface Pca {
  /** The rows in the new axes: [rows, components]. */
  points: Float32Array;
  /** Unit directions, the one of greatest variance first: [components, dim]. */
  components: Float64Array;
  /** The mean row, taken off before projecting: [dim]. */
  mean: Float64Array;
  /** Variance along each direction (divisor rows - 1), descending: [components]. */
  explainedVariance: Float64Array;
  /** The same as a share of the variance of all `dim` directions, 0 to 1. */
  explainedVarianceRatio: Float64Array;
}

/**
 * Projects the rows on their principal components. Nothing is random, so it takes no seed; the sign of a direction, which
 * the data leave open, is chosen so that its entry of greatest size is positive. Cost: rows * dim^2 + dim^3.
 */
export function pca(matrix: Matrix, { components = 2 }: PcaOptions = {}): Pca {
  const { data, rows, dim } = checkMatrix("pca", matrix, { minRows: 2 });
  checkNumber("pca(components)", components, { min: 1, max: dim, integer: true });
  const mean = meanRow(matrix);
  const { values, vectors } = symmetricEigen(covariance(matrix, mean), dim);
  const directions = vectors.slice(0, components * dim);
  for (let c = 0; c < components; c++) orient(directions.subarray(c * dim, (c + 1) * dim));

  const points = new Float32Array(rows * components);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < components; c++) {
      let sum = 0;
      for (let j = 0; j < dim; j++) sum += (data[i * dim + j]! - mean[j]!) * directions[c * dim + j]!;
      points[i * components + c] = sum;
    }
  }
  const total = values.reduce((sum, value) => sum + Math.max(value, 0), 0);
  const explainedVariance = values.slice(0, components).map((value) => Math.max(value, 0));
  const explainedVarianceRatio = explainedVariance.map((value) => (total > 0 ? value / total : 0));
  return { points, components: directions, mean, explainedVariance, explainedVarianceRatio };
}

function meanRow({ data, rows, dim }: Matrix): Float64Array {
  const mean = new Float64Array(dim);
  for (let i = 0; i < rows; i++) for (let j = 0; j < dim; j++) mean[j] = mean[j]! + data[i * dim + j]!;
  return mean.map((sum) => sum / rows);
}

/** The lower triangle of X'X / (rows - 1) of the centered rows, four rows at a time to spare the loads and stores. */
function covariance({ data, rows, dim }: Matrix, mean: Float64Array): Float64Array {
  const out = new Float64Array(dim * dim);
  const block = new Float64Array(4 * dim);
  const [a, b, c, d] = [0, 1, 2, 3].map((k) => block.subarray(k * dim, (k + 1) * dim)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let start = 0; start < rows; start += 4) {
    block.fill(0);
    const count = Math.min(4, rows - start);
    for (let k = 0; k < count * dim; k++) block[k] = data[start * dim + k]! - mean[k % dim]!;
    for (let i = 0; i < dim; i++) {
      const [ai, bi, ci, di] = [a[i]!, b[i]!, c[i]!, d[i]!];
      const row = i * dim;
      for (let j = 0; j <= i; j++) out[row + j] = out[row + j]! + ai * a[j]! + bi * b[j]! + ci * c[j]! + di * d[j]!;
    }
  }
  return out.map((sum) => sum / (rows - 1));
}

function orient(direction: Float64Array): void {
  let greatest = 0;
  for (const value of direction) if (Math.abs(value) > Math.abs(greatest) + 1e-12) greatest = value;
  if (greatest < 0) for (let j = 0; j < direction.length; j++) direction[j] = -direction[j]!;
}

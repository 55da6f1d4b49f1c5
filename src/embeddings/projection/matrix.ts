// The matrix that projections take: rows of numbers behind one another in one typed array.
import { fail } from "../../base/errors.ts";

/** A dense matrix, row after row: entry (i, j) is `data[i * dim + j]`. */
export interface Matrix {
  data: Float32Array;
  rows: number;
  dim: number;
}

/** Checks that the sizes agree and that every entry is a finite number; returns its argument. */
export function checkMatrix(where: string, matrix: Matrix, { minRows = 1 } = {}): Matrix {
  const { data, rows, dim } = matrix;
  if (!Number.isInteger(rows) || !Number.isInteger(dim) || dim < 1 || data.length !== rows * dim) {
    fail({ where, expected: `rows * dim = ${rows} * ${dim} numbers`, received: `${data.length}`, code: "shape" });
  }
  if (rows < minRows) fail({ where, expected: `at least ${minRows} rows`, received: `${rows}`, code: "shape" });
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) {
      const at = `row ${Math.floor(i / dim)}, column ${i % dim}`;
      fail({ where, expected: "finite numbers", received: `${data[i]} at ${at}`, code: "numeric" });
    }
  }
  return matrix;
}

/** The rows scaled to length 1 (rows of zeros stay), so that Euclidean distance orders them as cosine does. */
export function unitRows({ data, rows, dim }: Matrix): Matrix {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = i * dim; j < (i + 1) * dim; j++) sum += data[j]! * data[j]!;
    const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
    for (let j = i * dim; j < (i + 1) * dim; j++) out[j] = data[j]! * scale;
  }
  return { data: out, rows, dim };
}

/** The named rows, in that order, as a matrix of their own. */
export function takeRows({ data, dim }: Matrix, rows: ArrayLike<number>): Matrix {
  const out = new Float32Array(rows.length * dim);
  for (let i = 0; i < rows.length; i++) out.set(data.subarray(rows[i]! * dim, (rows[i]! + 1) * dim), i * dim);
  return { data: out, rows: rows.length, dim };
}

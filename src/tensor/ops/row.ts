// What the meanings of row-wise operations share.
import { type Numbers, wrong } from "../op.ts";
import { sizeOf } from "../strides.ts";

/** Calls back with each row along the last axis. */
export function eachRow(x: Numbers, use: (row: Float64Array, index: number) => void): void {
  const width = x.shape.at(-1)!;
  const count = sizeOf(x.shape.slice(0, -1));
  for (let i = 0; i < count; i++) use(Float64Array.from(x.data.subarray(i * width, (i + 1) * width)), i);
}

/** Each row replaced by another. */
export function mapRows(x: Numbers, change: (row: Float64Array, index: number) => Float64Array): Float64Array {
  const out = new Float64Array(x.data.length);
  eachRow(x, (row, i) => out.set(change(row, i), i * row.length));
  return out;
}

/** log(sum(exp(row))); the largest element is taken out, so that no exponential overflows. */
export function logSumExp(row: Float64Array): number {
  const top = Math.max(...row);
  return top + Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/** The id, if it names one of `size` rows or elements. */
export function checkId(where: string, id: number, size: number): number {
  return id >= 0 && id < size ? id : wrong(where, `ids from 0 to ${size - 1}`, String(id));
}

// Rows of a batch: cutting values into shards, joining them again, and the balanced binary tree of sums.
import { fail } from "../base/index.ts";
import { dimValue } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Value } from "./engine.ts";

/** The rows [from, to) of each shard. Shards differ by at most one row; a batch of fewer rows than shards leaves some empty. */
export function shardRows(rows: number, count: number): (readonly [number, number])[] {
  return Array.from({ length: count }, (_, i) => [Math.ceil((i * rows) / count), Math.ceil(((i + 1) * rows) / count)]);
}

/** Some rows of a value: those along the axis "B" of the tensor that it belongs to; the whole value if it has none. */
export function takeRows(value: Value, { shape: symbolic }: Tensor, from: number, to: number): Value {
  const axis = symbolic.indexOf("B");
  const { shape, dtype, data } = value;
  if (axis < 0 || (from === 0 && to === shape[axis])) return value;
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const part = shape.map((length, i) => (i === axis ? to - from : length));
  const rows = shape[axis]!;
  if (outer === 1) return { shape: part, dtype, data: data.subarray(from * inner, to * inner) };
  const out = data.slice(0, outer * (to - from) * inner);
  for (let i = 0; i < outer; i++)
    out.set(data.subarray((i * rows + from) * inner, (i * rows + to) * inner), i * (to - from) * inner);
  return { shape: part, dtype, data: out };
}

/** Values of shards one after another along the axis "B" of the tensor that they belong to. */
export function joinRows(parts: readonly Value[], { shape: symbolic }: Tensor): Value {
  const first = parts[0]!;
  if (parts.length === 1) return first;
  const axis = symbolic.indexOf("B");
  const inner = first.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = first.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const rows = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const data = new (first.data.constructor as Float32ArrayConstructor)(outer * rows * inner);
  let at = 0;
  for (let o = 0; o < outer; o++)
    for (const part of parts) {
      const width = part.shape[axis]! * inner;
      data.set(part.data.subarray(o * width, (o + 1) * width), at);
      at += width;
    }
  return { shape: first.shape.map((length, i) => (i === axis ? rows : length)), dtype: first.dtype, data };
}

/**
 * Adds values as a balanced binary tree over their places: ((0 + 1) + (2 + 3)) + ... . Empty places add nothing. The
 * order of additions depends on the number of places alone, not on who adds. Scalars are added in float64.
 */
export function treeSum(values: readonly (Value | undefined)[]): Value {
  const half = values.length / 2;
  if (half < 1) {
    const [value] = values;
    if (!value) return fail({ where: "run", expected: "a batch with rows", received: "none", code: "data" });
    const { dtype, data } = value;
    return { ...value, data: dtype === "float" && data.length === 1 ? Float64Array.from(data) : data.slice() };
  }
  const [left, right] = [values.slice(0, half), values.slice(half)];
  if (right.every((value) => !value)) return treeSum(left);
  if (left.every((value) => !value)) return treeSum(right);
  const [sum, { data }] = [treeSum(left), treeSum(right)];
  for (let k = 0; k < data.length; k++) sum.data[k]! += data[k]!;
  return sum;
}

/** Zeros of a tensor's shape, once the named axes are known. */
export function zerosFor({ shape: symbolic, dtype }: Tensor, lengths: Readonly<Record<string, number>>): Value {
  const shape = symbolic.map((dim) => dimValue(dim, lengths));
  const size = shape.reduce((a, b) => a * b, 1);
  const data =
    dtype === "float" ? new Float32Array(size) : dtype === "int" ? new Int32Array(size) : new Uint8Array(size);
  return { shape, dtype, data };
}

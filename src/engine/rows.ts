// Rows of a batch: cutting values into shards, joining them again, and the balanced binary tree of sums.
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
 * order of additions depends on the number of places alone, not on who adds.
 */
export function treeSum(values: readonly (Value | undefined)[]): Value {
  let level = [...values];
  let copied = new Set<Value>();
  while (level.length > 1) {
    const next: (Value | undefined)[] = [];
    const sums = new Set<Value>();
    for (let i = 0; i < level.length; i += 2) {
      const [a, b] = [level[i], level[i + 1]];
      if (!a || !b) {
        next.push(a ?? b);
        continue;
      }
      const sum = copied.has(a) ? a : { ...a, data: a.data.slice() };
      for (let k = 0; k < sum.data.length; k++) sum.data[k]! += b.data[k]!;
      sums.add(sum);
      next.push(sum);
    }
    level = next;
    copied = sums;
  }
  return level[0]!;
}

/** Zeros of a tensor's shape, once the named axes are known. */
export function zerosFor({ shape: symbolic, dtype }: Tensor, lengths: Readonly<Record<string, number>>): Value {
  const shape = symbolic.map((dim) => dimValue(dim, lengths));
  const size = shape.reduce((a, b) => a * b, 1);
  const data =
    dtype === "float" ? new Float32Array(size) : dtype === "int" ? new Int32Array(size) : new Uint8Array(size);
  return { shape, dtype, data };
}

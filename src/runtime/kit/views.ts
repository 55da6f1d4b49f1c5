// Values in memory, and copies between layouts: broadcasting, transposing and slicing differ only in their strides.
import type { Memory } from "./memory.ts";

/** Row-major floats from `at` on. Whole numbers and truth values are floats, too: exact up to 2^24. */
export interface View {
  readonly at: number;
  readonly shape: readonly number[];
  readonly size: number;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export const viewAt = (at: number, shape: readonly number[]): View => ({ at, shape, size: sizeOf(shape) });

export function stridesOf(shape: readonly number[]): number[] {
  let step = 1;
  const strides: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}

/** Strides that read `from` as if it had the shape `to`: 0 along repeated axes. */
export function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const strides = stridesOf(from);
  const lead = to.length - from.length;
  return to.map((length, axis) => (axis < lead || from[axis - lead] !== length ? 0 : strides[axis - lead]!));
}

/** Copies elements at these strides from `from` to a row-major block of this shape at `to`. */
export function copy(
  { floats }: Memory,
  from: number,
  strides: readonly number[],
  to: number,
  shape: readonly number[],
): void {
  const f = floats();
  const last = shape.length - 1;
  const width = shape[last] ?? 1;
  const step = strides[last] ?? 1;
  let y = to;
  const walk = (axis: number, x: number): void => {
    if (axis < last) {
      for (let i = 0; i < shape[axis]!; i++) walk(axis + 1, x + i * strides[axis]!);
      return;
    }
    if (step === 1) f.copyWithin(y, x, x + width);
    else for (let i = 0; i < width; i++) f[y + i] = f[x + i * step]!;
    y += width;
  };
  walk(0, from);
}

// Row-major arithmetic: the offsets of the elements of a view. Broadcasting, transposing, slicing and reducing
// differ only in their strides.
import { fail } from "../base/index.ts";

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Elements from one index of an axis to the next. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
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
  return to.map((length, axis) => {
    const own = axis < lead ? 1 : from[axis - lead]!;
    if (own === length) return axis < lead ? 0 : strides[axis - lead]!;
    if (own === 1) return 0;
    return fail({
      where: "broadcast",
      code: "shape",
      expected: `axes of length 1 or ${length} for [${to.join(", ")}]`,
      received: `[${from.join(", ")}]`,
    });
  });
}

/** The offset of each element of a view of this shape, in row-major order. */
export function offsets(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  let places = Int32Array.of(start);
  for (let axis = 0; axis < shape.length; axis++) {
    const length = shape[axis]!;
    const longer = new Int32Array(places.length * length);
    let at = 0;
    for (const place of places) for (let i = 0; i < length; i++) longer[at++] = place + i * strides[axis]!;
    places = longer;
  }
  return places;
}

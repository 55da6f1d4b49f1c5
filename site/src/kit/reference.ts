// Small computations of the figures: the library's float64 reference engine, in the page's own thread.
import { referenceEngine } from "unrolled";
import type { Session, Value, Values } from "unrolled/engine";
import type { Tensor } from "unrolled/tensor";

export const floats = (shape: readonly number[], data: ArrayLike<number>): Value => ({
  shape,
  dtype: "float",
  data: Float64Array.from(data),
});

export const ints = (shape: readonly number[], data: ArrayLike<number>): Value => ({
  shape,
  dtype: "int",
  data: Int32Array.from(data),
});

/** A graph that is compiled once, at its first run. */
export function program(
  make: () => Readonly<Record<string, Tensor>>,
): (feeds: Values) => Promise<Record<string, number[]>> {
  let session: Promise<Session> | undefined;
  return async (feeds) => {
    session ??= referenceEngine().compile({ outputs: make() });
    const found = await (await session).run(feeds);
    return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, Array.from(data)]));
  };
}

/** Rows of a matrix that is stored row by row. */
export const rowsOf = (values: readonly number[], width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));

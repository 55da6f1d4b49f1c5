// Which element of a tensor a thread is at: as one number (row-major), as one number for each axis, or both. One is
// computed from the other only when an operation needs it.
import { type Dim, type Shape, sameShape } from "../../tensor/shape.ts";
import type { Code, Parameters } from "./code.ts";

/** A coordinate: an expression plus a constant, kept apart so that parts of an axis can be recognized. */
export interface Coordinate {
  readonly base: string;
  readonly add: number;
}

export interface Index {
  readonly shape: Shape;
  readonly flat?: string;
  readonly coordinates?: readonly Coordinate[];
}

export const at = (base: string, add = 0): Coordinate => ({ base, add });

export const coordinateText = ({ base, add }: Coordinate): string =>
  add === 0 ? base : base === "0u" ? `${add}u` : add < 0 ? `(${base} - ${-add}u)` : `(${base} + ${add}u)`;

export const indexKey = ({ flat, coordinates }: Index): string => flat ?? coordinates!.map(coordinateText).join();

/** One coordinate for each axis. */
export function coordinatesOf(index: Index, code: Code, parameters: Parameters): readonly Coordinate[] {
  if (index.coordinates) return index.coordinates;
  const { shape } = index;
  const long = shape.map((dim, i) => (dim === 1 ? -1 : i)).filter((i) => i >= 0);
  const result = shape.map(() => at("0u"));
  let rest = index.flat!;
  for (const [k, axis] of [...long].reverse().entries()) {
    const length = parameters.dim(shape[axis]!);
    const first = k === long.length - 1;
    result[axis] = at(first ? rest : code.let(`(${rest} % ${length})`));
    if (!first) rest = code.let(`(${rest} / ${length})`);
  }
  return result;
}

/** The row-major place. */
export function flatOf(index: Index, code: Code, parameters: Parameters): string {
  if (index.flat !== undefined) return index.flat;
  const { shape } = index;
  let text = "0u";
  for (const [axis, coordinate] of index.coordinates!.entries()) {
    const own = coordinateText(coordinate);
    const scaled = text === "0u" ? "0u" : shape[axis] === 1 ? text : `(${text} * ${parameters.dim(shape[axis]!)})`;
    text = scaled === "0u" ? own : own === "0u" ? scaled : `(${scaled} + ${own})`;
  }
  return code.let(text);
}

/** The index at which an operand that broadcasts to the index's shape is read. */
export function broadcastIndex(index: Index, shape: Shape, code: Code, parameters: Parameters): Index {
  if (sameShape(index.shape, shape)) return index;
  if (shape.every((dim) => dim === 1)) return { shape, flat: "0u" };
  const all = coordinatesOf(index, code, parameters);
  const lead = all.length - shape.length;
  return { shape, coordinates: shape.map((dim: Dim, i) => (dim === 1 ? at("0u") : all[lead + i]!)) };
}

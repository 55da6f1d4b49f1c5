// A Tensor is a node of a graph: an operation over other tensors, with a shape but no values. Values exist only when
// an engine runs the graph.
import type { DType, Shape } from "./shape.ts";

/** The role of an input. The runner fills each kind differently. */
export type InputKind =
  | "data" // fed by the caller at each run
  | "parameter" // a trained value, kept in the flat parameter buffer
  | "mask" // dropout mask, drawn anew at each run from (seed, step): 1 kept, 0 dropped
  | "body"; // a placeholder inside a scan: a state or the slice of one time step

/** No attributes. */
export type None = Record<never, never>;

/** Attributes of each operation: the list of all operations. Each family in `ops/` adds its own. */
export interface OpAttrs {
  input: { name: string; kind: InputKind; keep?: number };
  /** One number, or a small array with its shape. */
  constant: { value: number | readonly number[] };
  /** The one time loop. Its values are read through scanFinal and scanStacked. */
  scan: { body: ScanBody; reverse: boolean };
  /** The last value of a state. */
  scanFinal: { index: number };
  /** The values of a tensor of the body at each time step, [T, ...]. */
  scanStacked: { tensor: Tensor };
}

export type OpName = keyof OpAttrs;

/** The body of a scan. Tensors that do not depend on the placeholders are captured from outside. */
export interface ScanBody {
  /** Placeholders for the state before the step. */
  readonly states: readonly Tensor[];
  /** Placeholders for the slices of the scanned inputs. */
  readonly xs: readonly Tensor[];
  /** The state after the step, one for each placeholder. */
  readonly next: readonly Tensor[];
}

/** A symbolic tensor: what it is computed from, and its shape. Immutable. */
export interface Tensor<K extends OpName = OpName> {
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly Tensor[];
  readonly attrs: OpAttrs[K];
  readonly shape: Shape;
  readonly dtype: DType;
}

let nextId = 1; // names nodes apart; no behavior depends on its value

/** Makes a node. Use the functions of `ops.ts`, which compute the shape. */
export function makeTensor<K extends OpName>(
  op: K,
  inputs: readonly Tensor[],
  attrs: OpAttrs[K],
  shape: Shape,
  dtype: DType,
): Tensor<K> {
  return { id: nextId++, op, inputs, attrs, shape, dtype };
}

export function isOp<K extends OpName>(tensor: Tensor, op: K): tensor is Tensor<K> {
  return tensor.op === op;
}

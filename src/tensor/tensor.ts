// A Tensor is a node of a graph: an operation over other tensors, with a shape but no values. Values exist only when
// an engine runs the graph.
import type { Dim, DType, Shape } from "./shape.ts";

/** What an input of a graph is for; the runner fills each kind in its own way. */
export type InputKind =
  | "data" // fed by the caller at each run
  | "parameter" // a trained value, kept in the flat parameter buffer
  | "mask" // dropout mask, drawn anew at each run from (seed, step): 1 kept, 0 dropped
  | "body"; // a placeholder inside a scan: a state or the slice of one time step

type None = Record<never, never>;

/** Attributes of each operation. This is the list of all operations: each table over it must be total. */
export interface OpAttrs {
  input: { name: string; kind: InputKind; keep?: number };
  /** One number, or a small array with its shape. */
  constant: { value: number | readonly number[] };
  // Element-wise, one operand.
  neg: None;
  exp: None;
  log: None;
  sqrt: None;
  abs: None;
  sign: None;
  erf: None;
  tanh: None;
  sigmoid: None;
  relu: None;
  // Element-wise, two operands, broadcast as numpy does.
  add: None;
  sub: None;
  mul: None;
  div: None;
  maximum: None;
  minimum: None;
  less: None;
  equal: None;
  /** (condition, a, b) -> a where the condition holds, else b. */
  select: None;
  cast: { to: DType };
  // Reductions.
  sum: { axes: readonly number[]; keepDims: boolean };
  max: { axes: readonly number[]; keepDims: boolean };
  /** Index of the greatest element along the last axis. */
  argMax: None;
  // Products.
  /** Over the last two axes; either operand may be read transposed. Leading axes broadcast. */
  matmul: { transA: boolean; transB: boolean };
  // Shapes.
  reshape: { shape: Shape };
  transpose: { perm: readonly number[] };
  broadcastTo: { shape: Shape };
  slice: { axis: number; start: number; end: number };
  concat: { axis: number };
  /** 0, 1, 2, ... along a possibly named axis. */
  range: { dim: Dim };
  // Tables.
  /** (table [V, ...], ids) -> ids.shape + [...] */
  gather: None;
  /** (ids, updates) -> [rows, ...]: row r is the sum of the updates whose id is r. The gradient of gather. */
  scatterAdd: { rows: Dim };
  /** (x [..., V], ids [...]) -> [...]: the element of each row that its id names. */
  pick: None;
  /** (g [...], ids [...]) -> [..., size]: g at the id's place, 0 elsewhere. The gradient of pick. */
  place: { size: Dim };
  // Last axis.
  softmax: None;
  logSoftmax: None;
  /** (logits [N, V], targets [N]) -> [N], nats: -log softmax at the target; the share `smoothing` of it at all V alike. */
  crossEntropy: { smoothing: number };
  /** (logits, targets, g [N]) -> [N, V]: (softmax - (1 - smoothing) one-hot - smoothing / V) * g. */
  crossEntropyGrad: { smoothing: number };
  // Time.
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

// What each operation is, as far as passes need to know it. Total: an operation without a row does not compile, and
// none is taken for something by default.
import type { Dim } from "./shape.ts";
import type { OpAttrs, OpName } from "./tensor.ts";

/**
 * - `leaf`: has no operands and no work: inputs and constants.
 * - `elementwise`: an element of the result depends on the elements at its place; operands broadcast.
 * - `rows`: works along the last axis; all operands have the same leading axes, which do not mix.
 * - `axes`: names axes by number or shape in its attributes; `shift` moves them.
 * - `product`: over the last two axes; leading axes broadcast.
 * - `lookup`: rows of a table.
 * - `whole`: none of these. It stays where it is.
 * - `loop`: a scan and what is read of it.
 */
export type OpKind = "leaf" | "elementwise" | "rows" | "axes" | "product" | "lookup" | "whole" | "loop";

export interface OpTraits<K extends OpName> {
  readonly kind: OpKind;
  /** Costs less to compute again than its result costs to store and load. */
  readonly cheap?: true;
  /** Costs less outside a loop, for all steps at once. Element-wise work does not: inside, its operands are in the cache. */
  readonly sinks?: true;
  /** The attributes of the same operation once its operands and its result have time as a new first axis. */
  readonly shift?: (attrs: OpAttrs[K], time: Dim) => OpAttrs[K];
}

const leaf = { kind: "leaf" } as const;
const elementwise = { kind: "elementwise" } as const;
const cheap = { kind: "elementwise", cheap: true } as const;
const rows = { kind: "rows" } as const;
const whole = { kind: "whole" } as const;
const loop = { kind: "loop" } as const;

const next = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);

export const traits: { readonly [K in OpName]: OpTraits<K> } = {
  input: leaf,
  constant: leaf,
  neg: cheap,
  exp: elementwise,
  log: elementwise,
  sqrt: elementwise,
  abs: elementwise,
  sign: elementwise,
  erf: elementwise,
  tanh: elementwise,
  sigmoid: elementwise,
  relu: cheap,
  add: cheap,
  sub: cheap,
  mul: cheap,
  div: elementwise,
  maximum: elementwise,
  minimum: elementwise,
  less: cheap,
  equal: elementwise,
  select: cheap,
  cast: cheap,
  sum: { kind: "axes", sinks: true, shift: (attrs) => ({ ...attrs, axes: next(attrs.axes) }) },
  max: { kind: "axes", shift: (attrs) => ({ ...attrs, axes: next(attrs.axes) }) },
  argMax: rows,
  matmul: { kind: "product", sinks: true },
  reshape: { kind: "axes", cheap: true, sinks: true, shift: ({ shape }, time) => ({ shape: [time, ...shape] }) },
  transpose: { kind: "axes", cheap: true, sinks: true, shift: ({ perm }) => ({ perm: [0, ...next(perm)] }) },
  broadcastTo: { kind: "axes", cheap: true, sinks: true, shift: ({ shape }, time) => ({ shape: [time, ...shape] }) },
  slice: { kind: "axes", cheap: true, sinks: true, shift: (attrs) => ({ ...attrs, axis: attrs.axis + 1 }) },
  concat: { kind: "axes", cheap: true, shift: ({ axis }) => ({ axis: axis + 1 }) },
  range: whole,
  gather: { kind: "lookup", sinks: true },
  scatterAdd: whole,
  pick: rows,
  place: rows,
  softmax: rows,
  logSoftmax: rows,
  crossEntropy: whole,
  crossEntropyGrad: whole,
  scan: loop,
  scanFinal: loop,
  scanStacked: loop,
};

// What each operation of a graph does. The meaning is that of `src/tensor/ops`; every one that an inference graph can
// hold is here (a test compares the lists).
import { arithmetic, compare, select, unary } from "./elementwise.ts";
import type { Operation } from "./operation.ts";
import { matmul } from "./products.ts";
import { argMax, pick, place, reduce, rowwise } from "./rows.ts";
import { broadcastStrides, copy, sizeOf, stridesOf, type View, viewAt } from "./views.ts";

/** The same elements under another shape: no work. */
const as = ({ at }: View, shape: readonly number[]): View => viewAt(at, shape);

/** Elements read at these strides, as a block of their own. */
const gathered = (
  planner: Parameters<Operation>[0],
  from: number,
  strides: readonly number[],
  shape: readonly number[],
): View => {
  const y = planner.fresh(shape);
  planner.call(() => copy(planner.memory, from, strides, y.at, shape));
  return y;
};

/** A view of the operand in the shape of the result, repeated in memory where it must be. */
export const expanded: Operation = (planner, [x], shape) =>
  x!.size === sizeOf(shape) ? as(x!, shape) : gathered(planner, x!.at, broadcastStrides(x!.shape, shape), shape);

const transpose: Operation = (planner, [x], shape, { perm }) => {
  const long = perm!.filter((axis) => x!.shape[axis] !== 1);
  if (long.every((axis, i) => i === 0 || axis > long[i - 1]!)) return as(x!, shape);
  const strides = stridesOf(x!.shape);
  return gathered(
    planner,
    x!.at,
    perm!.map((axis) => strides[axis]!),
    shape,
  );
};

const slice: Operation = (planner, [x], shape, { axis, start }) => {
  const strides = stridesOf(x!.shape);
  const from = x!.at + start! * strides[axis!]!;
  return sizeOf(x!.shape.slice(0, axis)) === 1 ? viewAt(from, shape) : gathered(planner, from, strides, shape);
};

const concat: Operation = ({ fresh, call, memory }, inputs, shape, { axis }) => {
  const y = fresh(shape);
  const row = sizeOf(shape.slice(axis));
  const count = sizeOf(shape.slice(0, axis));
  call(() => {
    const f = memory.floats();
    let at = y.at;
    for (const x of inputs) {
      const width = x.size / count;
      for (let i = 0; i < count; i++) f.copyWithin(at + i * row, x.at + i * width, x.at + (i + 1) * width);
      at += width;
    }
  });
  return y;
};

const constant: Operation = ({ fresh, call, memory }, _, shape, { value }) => {
  const y = fresh(shape);
  call(() => {
    const f = memory.floats();
    if (typeof value === "number") f.fill(value, y.at, y.at + y.size);
    else f.set(value!, y.at);
  });
  return y;
};

const range: Operation = ({ fresh, call, memory }, _, shape) => {
  const y = fresh(shape);
  call(() => {
    const f = memory.floats();
    for (let i = 0; i < y.size; i++) f[y.at + i] = i;
  });
  return y;
};

const gather: Operation = ({ fresh, call, memory }, [table, ids], shape) => {
  const y = fresh(shape);
  const width = table!.size / table!.shape[0]!;
  call(() => {
    const f = memory.floats();
    for (let i = 0; i < ids!.size; i++) {
      const from = table!.at + f[ids!.at + i]! * width;
      f.copyWithin(y.at + i * width, from, from + width);
    }
  });
  return y;
};

const cast: Operation = (planner, inputs, shape, attributes) =>
  attributes.to === "float"
    ? as(inputs[0]!, shape)
    : unary(attributes.to === "int" ? Math.trunc : (x) => Number(x !== 0))(planner, inputs, shape, attributes);

export const operations: Readonly<Record<string, Operation>> = {
  constant,
  range,
  cast,
  select,
  reshape: (_, [x], shape) => as(x!, shape),
  broadcastTo: expanded,
  transpose,
  slice,
  concat,
  gather,
  matmul,
  neg: unary((x) => -x),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  abs: unary(Math.abs),
  sign: unary(Math.sign),
  relu: unary((x) => Math.max(x, 0)),
  erf: unary(errorFunction),
  exp: unary(0),
  tanh: unary(2),
  sigmoid: unary(1),
  add: arithmetic(0),
  sub: arithmetic(1),
  mul: arithmetic(2),
  div: arithmetic(3),
  maximum: compare(Math.max),
  minimum: compare(Math.min),
  less: compare((a, b) => Number(a < b)),
  equal: compare((a, b) => Number(a === b)),
  sum: reduce(0, (a, b) => a + b),
  max: reduce(-Infinity, Math.max),
  softmax: rowwise((e, _, sum) => e / sum),
  logSoftmax: rowwise((_, x, sum) => x - Math.log(sum)),
  argMax,
  pick,
  place,
};

/** As in src/tensor/ops/elementwise.ts: the series, whose terms have one sign. */
function errorFunction(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

// Element-wise operations. Operands broadcast as in numpy; numbers stand for scalar constants: `sub(1, z)`.
import { allocate, like, makerOf, type NumberArray, type Numbers, type Ops, wrong } from "../op.ts";
import { broadcastShapes, type DType } from "../shape.ts";
import { broadcastStrides, offsets, sizeOf } from "../strides.ts";
import type { None, OpName, Tensor } from "../tensor.ts";
import { sumTo } from "./axes.ts";
import { constant } from "./leaves.ts";

interface ElementwiseAttrs {
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
}
declare module "../tensor.ts" {
  interface OpAttrs extends ElementwiseAttrs {}
}

/** Of one operand. */
const one = (f: (x: number) => number) => ({
  kind: "elementwise" as const,
  shape: like,
  compute: ([x]: readonly Numbers[]): NumberArray => x!.data.map(f),
});

/** Of two operands of one type. */
const two = (op: OpName, f: (a: number, b: number) => number, dtype?: DType) => ({
  kind: "elementwise" as const,
  shape: ([a, b]: readonly Tensor[]) => {
    if (a!.dtype !== b!.dtype) wrong(op, `two ${a!.dtype} tensors`, b!.dtype);
    return { shape: broadcastShapes(op, a!.shape, b!.shape), dtype: dtype ?? a!.dtype };
  },
  compute: ([a, b]: readonly Numbers[], node: Tensor, shape: readonly number[]): NumberArray => {
    const out = allocate(node.dtype, sizeOf(shape));
    const [atA, atB] = [placesIn(a!, shape), placesIn(b!, shape)];
    for (let i = 0; i < out.length; i++) out[i] = f(a!.data[atA ? atA[i]! : i]!, b!.data[atB ? atB[i]! : i]!);
    return out;
  },
});

const elementwise: Ops<keyof ElementwiseAttrs> = {
  neg: { ...one((x) => -x), cheap: true, gradient: (_, g) => [neg(g)] },
  exp: { ...one(Math.exp), gradient: (y, g) => [mul(g, y)] },
  log: { ...one(Math.log), gradient: ({ inputs: [x] }, g) => [div(g, x!)] },
  sqrt: { ...one(Math.sqrt), gradient: (y, g) => [div(mul(g, 0.5), y)] },
  abs: { ...one(Math.abs), gradient: ({ inputs: [x] }, g) => [mul(g, sign(x!))] },
  sign: { ...one(Math.sign), gradient: null },
  // d erf(x) = 2 / sqrt(pi) exp(-x^2)
  erf: {
    ...one(errorFunction),
    gradient: ({ inputs: [x] }, g) => [mul(g, mul(exp(neg(mul(x!, x!))), 2 / Math.sqrt(Math.PI)))],
  },
  tanh: { ...one(Math.tanh), gradient: (y, g) => [mul(g, sub(1, mul(y, y)))] },
  sigmoid: { ...one((x) => 1 / (1 + Math.exp(-x))), gradient: (y, g) => [mul(g, mul(y, sub(1, y)))] },
  relu: { ...one((x) => Math.max(x, 0)), cheap: true, gradient: (y, g) => [mul(g, cast(less(0, y), "float"))] },
  add: {
    ...two("add", (a, b) => a + b),
    cheap: true,
    gradient: ({ inputs: [a, b] }, g) => [sumTo(g, a!), sumTo(g, b!)],
  },
  sub: {
    ...two("sub", (a, b) => a - b),
    cheap: true,
    gradient: ({ inputs: [a, b] }, g, [, needB]) => [sumTo(g, a!), needB ? neg(sumTo(g, b!)) : null],
  },
  mul: {
    ...two("mul", (a, b) => a * b),
    cheap: true,
    gradient: ({ inputs: [a, b] }, g, [needA, needB]) =>
      a === b
        ? [mul(mul(g, 2), a!), null]
        : [needA ? sumTo(mul(g, b!), a!) : null, needB ? sumTo(mul(g, a!), b!) : null],
  },
  div: {
    ...two("div", (a, b) => a / b),
    gradient: (y, g, [needA, needB]) => {
      const [a, b] = y.inputs as [Tensor, Tensor];
      const quotient = div(g, b);
      return [needA ? sumTo(quotient, a) : null, needB ? neg(sumTo(mul(quotient, y), b)) : null];
    },
  },
  maximum: { ...two("maximum", Math.max), gradient: ({ inputs: [a, b] }, g) => chosen(a!, b!, g, less(b!, a!)) },
  minimum: { ...two("minimum", Math.min), gradient: ({ inputs: [a, b] }, g) => chosen(a!, b!, g, less(a!, b!)) },
  less: { ...two("less", (a, b) => Number(a < b), "bool"), cheap: true, gradient: null },
  equal: { ...two("equal", (a, b) => Number(a === b), "bool"), gradient: null },
  select: {
    kind: "elementwise",
    cheap: true,
    shape: ([condition, a, b]) => ({
      shape: broadcastShapes("select", condition!.shape, a!.shape, b!.shape),
      dtype: a!.dtype,
    }),
    compute: (inputs, { dtype }, shape) => {
      const out = allocate(dtype, sizeOf(shape));
      const [condition, a, b] = inputs.map(({ data }) => data);
      const [atC, atA, atB] = inputs.map((x) => placesIn(x, shape));
      for (let i = 0; i < out.length; i++)
        out[i] = condition![atC ? atC[i]! : i] ? a![atA ? atA[i]! : i]! : b![atB ? atB[i]! : i]!;
      return out;
    },
    gradient: ({ inputs: [condition, a, b] }, g, [, needA, needB]) => [
      null,
      needA ? sumTo(select(condition!, g, 0), a!) : null,
      needB ? sumTo(select(condition!, 0, g), b!) : null,
    ],
  },
  cast: {
    kind: "elementwise",
    cheap: true,
    shape: ([x], { to }) => ({ shape: x!.shape, dtype: to }),
    compute: ([x], { dtype }) => {
      const out = allocate(dtype, x!.data.length);
      for (let i = 0; i < out.length; i++) out[i] = dtype === "bool" ? Number(x!.data[i] !== 0) : x!.data[i]!;
      return out;
    },
    gradient: null,
  },
};
export default elementwise;
const make = makerOf(elementwise);

export type Operand = Tensor | number;
const operand = (x: Operand, dtype: DType = "float"): Tensor => (typeof x === "number" ? constant(x, [], dtype) : x);
type Plain = { [K in keyof ElementwiseAttrs]: ElementwiseAttrs[K] extends None ? K : never }[keyof ElementwiseAttrs];

function binary(op: Exclude<Plain, "select" | "cast">, a: Operand, b: Operand): Tensor {
  const dtype = typeof a === "number" ? (typeof b === "number" ? "float" : b.dtype) : a.dtype;
  return make(op, [operand(a, dtype), operand(b, dtype)], {});
}

export const neg = (x: Tensor): Tensor => make("neg", [x], {});
export const exp = (x: Tensor): Tensor => make("exp", [x], {});
export const log = (x: Tensor): Tensor => make("log", [x], {});
export const sqrt = (x: Tensor): Tensor => make("sqrt", [x], {});
export const abs = (x: Tensor): Tensor => make("abs", [x], {});
export const sign = (x: Tensor): Tensor => make("sign", [x], {});
export const erf = (x: Tensor): Tensor => make("erf", [x], {});
export const tanh = (x: Tensor): Tensor => make("tanh", [x], {});
export const sigmoid = (x: Tensor): Tensor => make("sigmoid", [x], {});
export const relu = (x: Tensor): Tensor => make("relu", [x], {});

/** The sum of all operands, from left to right. */
export const add = (a: Operand, b: Operand, ...more: Operand[]): Tensor =>
  more.reduce<Tensor>((sum, x) => binary("add", sum, x), binary("add", a, b));
/** The element-wise product of all operands, from left to right. */
export const mul = (a: Operand, b: Operand, ...more: Operand[]): Tensor =>
  more.reduce<Tensor>((all, x) => binary("mul", all, x), binary("mul", a, b));
export const sub = (a: Operand, b: Operand): Tensor => binary("sub", a, b);
export const div = (a: Operand, b: Operand): Tensor => binary("div", a, b);
export const maximum = (a: Operand, b: Operand): Tensor => binary("maximum", a, b);
export const minimum = (a: Operand, b: Operand): Tensor => binary("minimum", a, b);
export const less = (a: Operand, b: Operand): Tensor => binary("less", a, b);
export const equal = (a: Operand, b: Operand): Tensor => binary("equal", a, b);
/** a where the condition holds, else b. */
export const select = (condition: Tensor, a: Operand, b: Operand): Tensor =>
  make("select", [condition, operand(a), operand(b)], {});
export const cast = (x: Tensor, to: DType): Tensor => (x.dtype === to ? x : make("cast", [x], { to }));

/** maximum and minimum: the winner gets the gradient, a tie shares it. */
function chosen(a: Tensor, b: Tensor, g: Tensor, aWins: Tensor): Tensor[] {
  const shareA = select(aWins, constant(1), mul(cast(equal(a, b), "float"), 0.5));
  return [sumTo(mul(g, shareA), a), sumTo(mul(g, sub(1, shareA)), b)];
}

/** Where the operand's element for each element of the result lies; undefined if at the same place. */
const placesIn = (x: Numbers, shape: readonly number[]): Int32Array | undefined =>
  x.data.length === sizeOf(shape) ? undefined : offsets(shape, broadcastStrides(x.shape, shape));

/** erf(x) = 2 / sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!!: all terms have one sign, so nothing cancels. */
function errorFunction(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x); // 1 - erf(6) is 2e-17
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

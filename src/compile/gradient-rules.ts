// The gradient of each operation, written with operations. `g` is d loss / d result; a rule returns d loss / d operand
// for each operand (null where there is none, or where it is not needed). Total: an operation without a rule does not compile.
import { fail } from "../base/index.ts";
import {
  add,
  apply,
  broadcastTo,
  cast,
  concat,
  constant,
  div,
  equal,
  exp,
  less,
  matmul,
  mean,
  mul,
  neg,
  reshape,
  select,
  slice,
  softmax,
  sub,
  sum,
  transpose,
  zeros,
} from "../tensor/ops.ts";
import { type Dim, type Shape, sameShape } from "../tensor/shape.ts";
import type { OpName, Tensor } from "../tensor/tensor.ts";

type Gradient<K extends OpName> = (y: Tensor<K>, g: Tensor, needed: readonly boolean[]) => (Tensor | null)[];

const none = () => [null, null, null];
const handled = (y: Tensor): never =>
  fail({ where: "gradient", code: "internal", problem: `${y.op} has its gradient elsewhere` });

export const gradientRules: { [K in OpName]: Gradient<K> } = {
  input: none,
  constant: none,
  neg: (_, g) => [neg(g)],
  exp: (y, g) => [mul(g, y)],
  log: ({ inputs: [x] }, g) => [div(g, x!)],
  sqrt: (y, g) => [div(mul(g, 0.5), y)],
  abs: ({ inputs: [x] }, g) => [mul(g, apply("sign", [x!], {}))],
  sign: none,
  // d erf(x) = 2 / sqrt(pi) exp(-x^2)
  erf: ({ inputs: [x] }, g) => [mul(g, mul(exp(neg(mul(x!, x!))), 2 / Math.sqrt(Math.PI)))],
  tanh: (y, g) => [mul(g, sub(1, mul(y, y)))],
  sigmoid: (y, g) => [mul(g, mul(y, sub(1, y)))],
  relu: (y, g) => [mul(g, cast(less(0, y), "float"))],
  add: ({ inputs: [a, b] }, g) => [sumTo(g, a!), sumTo(g, b!)],
  sub: ({ inputs: [a, b] }, g, [, needB]) => [sumTo(g, a!), needB ? neg(sumTo(g, b!)) : null],
  mul: ({ inputs: [a, b] }, g, [needA, needB]) => [
    needA ? sumTo(mul(g, b!), a!) : null,
    needB ? sumTo(mul(g, a!), b!) : null,
  ],
  div: (y, g, [needA, needB]) => {
    const [a, b] = y.inputs as [Tensor, Tensor];
    const quotient = div(g, b);
    return [needA ? sumTo(quotient, a) : null, needB ? neg(sumTo(mul(quotient, y), b)) : null];
  },
  maximum: ({ inputs: [a, b] }, g) => chosen(a!, b!, g, less(b!, a!)),
  minimum: ({ inputs: [a, b] }, g) => chosen(a!, b!, g, less(a!, b!)),
  less: none,
  equal: none,
  select: ({ inputs: [condition, a, b] }, g, [, needA, needB]) => [
    null,
    needA ? sumTo(select(condition!, g, 0), a!) : null,
    needB ? sumTo(select(condition!, 0, g), b!) : null,
  ],
  cast: none,
  sum: (y, g) => {
    const x = y.inputs[0]!;
    return [broadcastTo(reshape(g, keptShape(x.shape, y.attrs.axes)), x.shape)];
  },
  // Equal maxima share the gradient.
  max: (y, g) => {
    const x = y.inputs[0]!;
    const kept = keptShape(x.shape, y.attrs.axes);
    const hit = cast(equal(x, reshape(y, kept)), "float");
    return [mul(hit, div(reshape(g, kept), sum(hit, { axes: y.attrs.axes, keepDims: true })))];
  },
  argMax: none,
  // y = A B: dA = g B', dB = A' g. With a flag, the operand is read transposed, and so is its gradient.
  matmul: ({ inputs: [a, b], attrs: { transA, transB } }, g, [needA, needB]) => [
    needA
      ? sumTo(transA ? matmul(b!, g, { transA: transB, transB: true }) : matmul(g, b!, { transB: !transB }), a!)
      : null,
    needB
      ? sumTo(transB ? matmul(g, a!, { transA: true, transB: transA }) : matmul(a!, g, { transA: !transA }), b!)
      : null,
  ],
  reshape: ({ inputs: [x] }, g) => [reshape(g, x!.shape)],
  transpose: ({ attrs: { perm } }, g) => {
    const inverse = new Array<number>(perm.length);
    perm.forEach((axis, i) => {
      inverse[axis] = i;
    });
    return [transpose(g, inverse)];
  },
  broadcastTo: ({ inputs: [x] }, g) => [sumTo(g, x!)],
  slice: ({ inputs: [x], attrs: { axis, start, end } }, g) => {
    const length = x!.shape[axis];
    if (typeof length !== "number") {
      return fail({
        where: "gradient(slice)",
        code: "shape",
        expected: "an axis of known length",
        received: String(length),
      });
    }
    const around = (size: number) => zeros(x!.shape.map((dim, i): Dim => (i === axis ? size : dim)));
    const parts = [start > 0 ? around(start) : null, g, end < length ? around(length - end) : null];
    return [
      concat(
        parts.filter((part) => part !== null),
        axis,
      ),
    ];
  },
  concat: ({ inputs, attrs: { axis } }, g) => {
    let at = 0;
    return inputs.map(({ shape }) => {
      const start = at;
      at += shape[axis] as number;
      return slice(g, axis, start, at);
    });
  },
  range: none,
  gather: ({ inputs: [table, ids] }, g) => [apply("scatterAdd", [ids!, g], { rows: table!.shape[0]! }), null],
  scatterAdd: ({ inputs: [ids] }, g) => [null, apply("gather", [g, ids!], {})],
  pick: ({ inputs: [x, ids] }, g) => [apply("place", [g, ids!], { size: x!.shape.at(-1)! }), null],
  place: ({ inputs: [, ids] }, g) => [apply("pick", [g, ids!], {}), null],
  // d softmax: y (g - sum(g y))
  softmax: (y, g) => [mul(y, sub(g, sum(mul(g, y), { axes: -1, keepDims: true })))],
  logSoftmax: (y, g) => [sub(g, mul(exp(y), sum(g, { axes: -1, keepDims: true })))],
  crossEntropy: ({ inputs: [logits, targets], attrs }, g) => [
    apply("crossEntropyGrad", [logits!, targets!, g], attrs),
    null,
  ],
  // Only the second derivative needs this: h = (p - (1 - s) onehot - s / V) * w.
  crossEntropyGrad: ({ inputs: [logits, targets, w], attrs: { smoothing } }, g) => {
    const p = softmax(logits!);
    const weighted = mul(g, reshape(w!, [...w!.shape, 1]));
    const inner = sum(mul(weighted, p), { axes: -1, keepDims: true });
    const wanted = add(mul(apply("pick", [g, targets!], {}), 1 - smoothing), mul(mean(g, { axes: -1 }), smoothing));
    const gw = sub(sum(mul(g, p), { axes: -1 }), wanted);
    return [mul(p, sub(weighted, inner)), null, gw];
  },
  scan: handled,
  scanFinal: handled,
  scanStacked: handled,
};

/** Undoes broadcasting: sums the axes along which the operand was repeated. */
export function sumTo(g: Tensor, like: Tensor): Tensor {
  if (sameShape(g.shape, like.shape)) return g;
  const lead = g.shape.length - like.shape.length;
  const axes = g.shape.map((_, i) => i).filter((i) => i < lead || (like.shape[i - lead] === 1 && g.shape[i] !== 1));
  if (axes.length === 0) return broadcastTo(g, like.shape);
  return reshape(sum(g, { axes }), like.shape);
}

function keptShape(shape: Shape, axes: readonly number[]): Dim[] {
  return shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
}

/** maximum and minimum: the winner gets the gradient, a tie shares it. */
function chosen(a: Tensor, b: Tensor, g: Tensor, aWins: Tensor): Tensor[] {
  const shareA = select(aWins, constant(1), mul(cast(equal(a, b), "float"), 0.5));
  return [sumTo(mul(g, shareA), a), sumTo(mul(g, sub(1, shareA)), b)];
}

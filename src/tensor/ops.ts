// The operations, as functions of tensors. Numbers stand for scalar constants: `sub(1, z)`.
import { fail } from "../base/index.ts";
import { axisOf, type Dim, type DType, product, type Shape, sameShape, showShape } from "./shape.ts";
import { shapeRules } from "./shape-rules.ts";
import { type InputKind, isOp, makeTensor, type OpAttrs, type OpName, type Tensor } from "./tensor.ts";

export type Operand = Tensor | number;

/** Applies an operation: computes the shape, makes the node. */
export function apply<K extends OpName>(op: K, inputs: readonly Tensor[], attrs: OpAttrs[K]): Tensor {
  const { shape, dtype } = shapeRules[op](inputs, attrs);
  return makeTensor(op, inputs, attrs, shape, dtype);
}

/** An input of a graph. */
export function input(
  name: string,
  shape: Shape,
  { dtype = "float" as DType, kind = "data" as InputKind } = {},
): Tensor {
  return makeTensor("input", [], { name, kind }, shape, dtype);
}

/** A dropout mask, drawn by the runner at each run: 1 with probability `keep`, else 0. */
export function maskInput(name: string, shape: Shape, keep: number): Tensor {
  return makeTensor("input", [], { name, kind: "mask", keep }, shape, "bool");
}

/** A number, or a small array with its shape. */
export function constant(
  value: number | readonly number[],
  shape: readonly number[] = [],
  dtype: DType = "float",
): Tensor {
  return makeTensor("constant", [], { value }, shape, dtype);
}

const operand = (x: Operand, dtype: DType = "float"): Tensor => (typeof x === "number" ? constant(x, [], dtype) : x);

const unary =
  (op: "neg" | "exp" | "log" | "sqrt" | "abs" | "sign" | "erf" | "tanh" | "sigmoid" | "relu") => (x: Tensor) =>
    apply(op, [x], {});

export const neg = unary("neg");
export const exp = unary("exp");
export const log = unary("log");
export const sqrt = unary("sqrt");
export const abs = unary("abs");
export const sign = unary("sign");
export const erf = unary("erf");
export const tanh = unary("tanh");
export const sigmoid = unary("sigmoid");
export const relu = unary("relu");

function binary(op: "add" | "sub" | "mul" | "div" | "maximum" | "minimum" | "less" | "equal", a: Operand, b: Operand) {
  const dtype = typeof a === "number" ? (typeof b === "number" ? "float" : b.dtype) : a.dtype;
  return apply(op, [operand(a, dtype), operand(b, dtype)], {});
}

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
  apply("select", [condition, operand(a), operand(b)], {});
export const cast = (x: Tensor, to: DType): Tensor => (x.dtype === to ? x : apply("cast", [x], { to }));

interface ReduceOptions {
  /** All by default. May be negative. */
  axes?: number | readonly number[];
  keepDims?: boolean;
}

function reduce(op: "sum" | "max", x: Tensor, { axes, keepDims = false }: ReduceOptions): Tensor {
  const list = axes === undefined ? x.shape.map((_, i) => i) : typeof axes === "number" ? [axes] : axes;
  const sorted = list.map((axis) => axisOf(op, axis, x.shape.length)).sort((a, b) => a - b);
  return sorted.length === 0 ? x : apply(op, [x], { axes: sorted, keepDims });
}
export const sum = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce("sum", x, options);
export const max = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce("max", x, options);
/** Index of the greatest element along the last axis; the first one if several are equal. */
export const argMax = (x: Tensor): Tensor => apply("argMax", [x], {});

/** The mean over axes (all by default); a named axis counts with its length at run time. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const total = sum(x, options);
  const list = options.axes === undefined ? x.shape.map((_, i) => i) : [options.axes].flat();
  const count = product(list.map((axis) => x.shape[axisOf("mean", axis, x.shape.length)]!));
  return div(total, dimension(count));
}

/** The length of an axis as a scalar float: a constant if known, else found at run time. */
export function dimension(dim: Dim): Tensor {
  if (typeof dim === "number") return constant(dim);
  return sum(broadcastTo(constant(1), [dim]));
}

/** Product over the last two axes: `matmul(a [.., m, k], b [.., k, n]) -> [.., m, n]`; `transB` reads b as [.., n, k]. */
export const matmul = (a: Tensor, b: Tensor, { transA = false, transB = false } = {}): Tensor =>
  apply("matmul", [a, b], { transA, transB });

/** x [.., D], weight [H, D] (PyTorch's layout) -> [.., H]; plus bias [H] if given. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const width = x.shape.at(-1);
  if (weight.shape.length !== 2 || weight.shape[1] !== width) {
    const name = isOp(weight, "input") ? `linear(${weight.attrs.name})` : "linear";
    fail({
      where: name,
      code: "shape",
      expected: `input with last axis ${weight.shape[1]}, as the weight ${showShape(weight.shape)} has`,
      received: showShape(x.shape),
    });
  }
  const product = matmul(x, weight, { transB: true });
  return bias ? add(product, bias) : product;
}

export const reshape = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply("reshape", [x], { shape });

/** Reorders the axes; without `perm`, swaps the last two. */
export function transpose(x: Tensor, perm?: readonly number[]): Tensor {
  const rank = x.shape.length;
  const order = perm ?? [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
  return order.every((axis, i) => axis === i) ? x : apply("transpose", [x], { perm: order });
}

export const broadcastTo = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply("broadcastTo", [x], { shape });
export const zeros = (shape: Shape, dtype: DType = "float"): Tensor => broadcastTo(constant(0, [], dtype), shape);

/** Elements start (inclusive) to end (exclusive) along an axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const at = axisOf("slice", axis, x.shape.length);
  return start === 0 && end === x.shape[at] ? x : apply("slice", [x], { axis: at, start, end });
}

export function concat(parts: readonly Tensor[], axis = -1): Tensor {
  const first = parts[0] ?? fail({ where: "concat", expected: "at least one tensor", received: "none" });
  return parts.length === 1 ? first : apply("concat", parts, { axis: axisOf("concat", axis, first.shape.length) });
}

/** Cuts an axis (the last by default) into equal parts: `const [i, f, g, o] = split(gates, 4)`. */
export function split<N extends number>(x: Tensor, parts: N, axis = -1): Parts<N> {
  const at = axisOf("split", axis, x.shape.length);
  const length = x.shape[at];
  if (typeof length !== "number" || length % parts !== 0) {
    fail({ where: "split", code: "shape", expected: `an axis that ${parts} divides`, received: showShape(x.shape) });
  }
  const size = (length as number) / parts;
  return Array.from({ length: parts }, (_, i) => slice(x, at, i * size, (i + 1) * size)) as Parts<N>;
}
type Parts<N extends number> = N extends 2
  ? [Tensor, Tensor]
  : N extends 3
    ? [Tensor, Tensor, Tensor]
    : N extends 4
      ? [Tensor, Tensor, Tensor, Tensor]
      : Tensor[];

/** 0, 1, 2, ... along an axis: [dim], int. */
export const range = (dim: Dim): Tensor => apply("range", [], { dim });

/** Rows of a table [V, D] by ids [...]: [..., D]. */
export const gather = (table: Tensor, ids: Tensor): Tensor => apply("gather", [table, ids], {});
/** The element of each row of x [..., V] that ids [...] name: [...]. */
export const pick = (x: Tensor, ids: Tensor): Tensor => apply("pick", [x, ids], {});

/** Over the last axis. */
export const softmax = (x: Tensor): Tensor => apply("softmax", [x], {});
/** Over the last axis. */
export const logSoftmax = (x: Tensor): Tensor => apply("logSoftmax", [x], {});

/**
 * -log softmax(logits) at the target, nats. logits [.., V], int targets [..] -> [..]. The share `smoothing` of each target
 * is spread evenly over all V.
 */
export function crossEntropy(logits: Tensor, targets: Tensor, smoothing = 0): Tensor {
  const rows = product(targets.shape);
  const operands = [reshape(logits, [rows, logits.shape.at(-1)!]), reshape(targets, [rows])];
  const flat = apply("crossEntropy", operands, { smoothing });
  return reshape(flat, targets.shape);
}

// Simplify: algebraic identities, each of which removes work.
import { keptShape } from "../../tensor/ops/axes.ts";
import { table } from "../../tensor/ops/table.ts";
import { add, broadcastTo, concat, matmul, neg, reshape, slice, sum, transpose, zeros } from "../../tensor/ops.ts";
import { product, sameShape } from "../../tensor/shape.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import { rewriter, withInputs } from "../rewrite.ts";

export function simplify(outputs: readonly Tensor[]): Tensor[] {
  const { visit } = rewriter({ after: simpler });
  return outputs.map(visit);
}

function simpler(tensor: Tensor): Tensor | undefined {
  const [a, b] = tensor.inputs as [Tensor, Tensor];
  const whole = (x: Tensor) => (sameShape(x.shape, tensor.shape) ? x : broadcastTo(x, tensor.shape));
  if (isOp(tensor, "add")) {
    if (isNumber(a, 0)) return whole(b);
    if (isNumber(b, 0)) return whole(a);
    return addConcats(a, b) ?? unrepeated(tensor);
  }
  if (isOp(tensor, "sub")) {
    if (isNumber(b, 0)) return whole(a);
    if (isNumber(a, 0)) return neg(whole(b));
  }
  if (isOp(tensor, "mul")) {
    if (isNumber(a, 0) || isNumber(b, 0)) return zeros(tensor.shape, tensor.dtype);
    if (isNumber(a, 1)) return whole(b);
    if (isNumber(b, 1)) return whole(a);
  }
  if (isOp(tensor, "div") && isNumber(b, 1)) return whole(a);
  if (isOp(tensor, "div") && isNumber(a, 0)) return zeros(tensor.shape, tensor.dtype);
  if (isOp(tensor, "neg")) return isNumber(a, 0) ? a : isOp(a, "neg") ? a.inputs[0] : undefined;
  if (isOp(tensor, "select") && tensor.inputs[1] === tensor.inputs[2]) return whole(b);
  if (isOp(tensor, "matmul") && (isNumber(a, 0) || isNumber(b, 0))) return zeros(tensor.shape, tensor.dtype);
  if (isOp(tensor, "reshape")) {
    if (sameShape(a.shape, tensor.shape)) return a;
    if (isOp(a, "reshape")) return reshape(a.inputs[0]!, tensor.shape);
    if (isNumber(a, 0)) return zeros(tensor.shape, tensor.dtype);
    if (isOp(a, "sum")) return reshapedSum(a, tensor);
  }
  if (isOp(tensor, "broadcastTo")) {
    if (sameShape(a.shape, tensor.shape)) return a;
    if (isOp(a, "broadcastTo") && a.inputs[0]!.shape.length === 0) return broadcastTo(a.inputs[0]!, tensor.shape);
  }
  if (isOp(tensor, "transpose") && isOp(a, "transpose")) {
    const inner = a.attrs.perm;
    return transpose(
      a.inputs[0]!,
      tensor.attrs.perm.map((axis) => inner[axis]!),
    );
  }
  if (isOp(tensor, "slice")) {
    if (isNumber(a, 0)) return zeros(tensor.shape, tensor.dtype);
    return sliceOfConcat(tensor);
  }
  if (isOp(tensor, "concat") && tensor.inputs.every((part) => isNumber(part, 0)))
    return zeros(tensor.shape, tensor.dtype);
  if (isOp(tensor, "sum")) return simplerSum(tensor);
  return table[tensor.op].kind === "elementwise" ? unrepeated(tensor) : undefined;
}

/** Operands are repeated by the operation itself, or after it where all of them are. */
function unrepeated(tensor: Tensor): Tensor | undefined {
  if (!tensor.inputs.some((x) => isOp(x, "broadcastTo"))) return undefined;
  const plain = withInputs(
    tensor,
    tensor.inputs.map((x) => (isOp(x, "broadcastTo") ? x.inputs[0]! : x)),
  );
  return sameShape(plain.shape, tensor.shape) ? plain : broadcastTo(plain, tensor.shape);
}

/** A sum whose axes are put back with length 1, or taken away again, has them so at once. */
function reshapedSum(inner: Tensor<"sum">, { shape }: Tensor): Tensor | undefined {
  const [x] = inner.inputs as [Tensor];
  const { axes } = inner.attrs;
  if (sameShape(keptShape(x.shape, axes), shape)) return sum(x, { axes, keepDims: true });
  const left = x.shape.filter((_, i) => !axes.includes(i));
  return sameShape(left, shape) ? sum(x, { axes }) : undefined;
}

/** A constant of this value, however broadcast. */
function isNumber(tensor: Tensor, value: number): boolean {
  if (isOp(tensor, "constant")) return tensor.attrs.value === value;
  return isOp(tensor, "broadcastTo") && isNumber(tensor.inputs[0]!, value);
}

/** Sums over the time axis that a product can do itself; nested sums; sums of zeros. */
function simplerSum(tensor: Tensor<"sum">): Tensor | undefined {
  const [x] = tensor.inputs as [Tensor];
  const { axes, keepDims } = tensor.attrs;
  if (isNumber(x, 0)) return zeros(tensor.shape, tensor.dtype);
  if (isOp(x, "sum") && !keepDims && !x.attrs.keepDims) {
    const left = x.inputs[0]!.shape.map((_, i) => i).filter((i) => !x.attrs.axes.includes(i));
    return sum(x.inputs[0]!, { axes: [...x.attrs.axes, ...axes.map((axis) => left[axis]!)] });
  }
  // sum over t of A<t>' B<t>, both [T, K, .]  ->  one product over T*K rows
  if (isOp(x, "matmul") && axes.length === 1 && axes[0] === 0 && !keepDims && x.attrs.transA && !x.attrs.transB) {
    const [a, b] = x.inputs as [Tensor, Tensor];
    if (a.shape.length !== 3 || b.shape.length !== 3) return undefined;
    const flat = (y: Tensor) => reshape(y, [product(y.shape.slice(0, 2)), y.shape[2]!]);
    return matmul(flat(a), flat(b), { transA: true });
  }
  return undefined;
}

/** The sum of two concatenations in which one is zero where the other is not: the gradient of a split. */
function addConcats(a: Tensor, b: Tensor): Tensor | undefined {
  if (!isOp(a, "concat") || !isOp(b, "concat") || a.attrs.axis !== b.attrs.axis || !sameShape(a.shape, b.shape))
    return undefined;
  if (!a.inputs.some((part) => isNumber(part, 0)) || !b.inputs.some((part) => isNumber(part, 0))) return undefined;
  const { axis } = a.attrs;
  const cuts = [...new Set([...edges(a, axis), ...edges(b, axis)])].sort((x, y) => x - y);
  const parts: Tensor[] = [];
  for (let i = 0; i + 1 < cuts.length; i++) {
    const [left, right] = [a, b].map((side) => segment(side, axis, cuts[i]!, cuts[i + 1]!)) as [Tensor, Tensor];
    const part = isNumber(left, 0) ? right : isNumber(right, 0) ? left : add(left, right);
    const last = parts.at(-1);
    if (last && isNumber(last, 0) && isNumber(part, 0)) {
      parts[parts.length - 1] = zeros(
        part.shape.map((dim, k) => (k === axis ? (dim as number) + (last.shape[axis] as number) : dim)),
        part.dtype,
      );
    } else parts.push(part);
  }
  return concat(parts, axis);
}

function edges(tensor: Tensor, axis: number): number[] {
  let at = 0;
  return [0, ...tensor.inputs.map(({ shape }) => (at += shape[axis] as number))];
}

/** Elements from start to end of a concatenation. */
function segment(tensor: Tensor, axis: number, start: number, end: number): Tensor {
  const at = edges(tensor, axis);
  const i = at.findLastIndex((edge) => edge <= start);
  const part = tensor.inputs[i]!;
  const size = end - start;
  if (isNumber(part, 0))
    return zeros(
      part.shape.map((dim, k) => (k === axis ? size : dim)),
      part.dtype,
    );
  return slice(part, axis, start - at[i]!, end - at[i]!);
}

function sliceOfConcat(tensor: Tensor<"slice">): Tensor | undefined {
  const { axis, start, end } = tensor.attrs;
  const x = tensor.inputs[0]!;
  if (isOp(x, "slice") && x.attrs.axis === axis)
    return slice(x.inputs[0]!, axis, x.attrs.start + start, x.attrs.start + end);
  if (!isOp(x, "concat") || x.attrs.axis !== axis) return undefined;
  const at = edges(x, axis);
  const i = at.findLastIndex((edge) => edge <= start);
  return i < x.inputs.length && end <= at[i + 1]! ? segment(x, axis, start, end) : undefined;
}

// What each operation computes, as plain loops over float64 numbers: the definition of right, with no regard for
// speed. A total table: an operation without a kernel does not compile.
import { fail } from "../../base/index.ts";
import type { DType } from "../../tensor/shape.ts";
import type { OpName, Tensor } from "../../tensor/tensor.ts";
import type { Value } from "../engine.ts";
import { broadcastStrides, offsets, sizeOf, stridesOf } from "./strides.ts";

/** Fed by the caller, or run by the time loop of `evaluate.ts`. */
type Elsewhere = "input" | "scan" | "scanFinal" | "scanStacked";
type Data = Value["data"];

/** Computes the result's elements; `shape` is the result's. */
type Kernel<K extends OpName> = (inputs: readonly Value[], node: Tensor<K>, shape: readonly number[]) => Data;

/** An empty array for elements of a type. */
export function allocate(dtype: DType, length: number): Data {
  return dtype === "float"
    ? new Float64Array(length)
    : dtype === "int"
      ? new Int32Array(length)
      : new Uint8Array(length);
}

const unary =
  (f: (x: number) => number): Kernel<OpName> =>
  ([x]) =>
    x!.data.map(f);

/** Element-wise over operands that broadcast together. */
const elementwise =
  (f: (...values: number[]) => number): Kernel<OpName> =>
  (inputs, node, shape) => {
    const out = allocate(node.dtype, sizeOf(shape));
    const places = inputs.map((x) => offsets(shape, broadcastStrides(x.shape, shape)));
    for (let i = 0; i < out.length; i++) out[i] = f(...inputs.map((x, k) => x.data[places[k]![i]!]!));
    return out;
  };

const reduce =
  (start: number, f: (sofar: number, value: number) => number): Kernel<"sum"> & Kernel<"max"> =>
  ([x], node: Tensor<"sum"> | Tensor<"max">, shape: readonly number[]) => {
    const out = allocate(node.dtype, sizeOf(shape)).fill(start);
    const kept = stridesOf(x!.shape.map((length, axis) => (node.attrs.axes.includes(axis) ? 1 : length)));
    const places = offsets(
      x!.shape,
      kept.map((stride, axis) => (node.attrs.axes.includes(axis) ? 0 : stride)),
    );
    for (let i = 0; i < places.length; i++) out[places[i]!] = f(out[places[i]!]!, x!.data[i]!);
    return out;
  };

export const kernels: { [K in Exclude<OpName, Elsewhere>]: Kernel<K> } = {
  constant: (_, { attrs: { value }, dtype }, shape) => {
    const out = allocate(dtype, sizeOf(shape));
    if (typeof value === "number") out.fill(value);
    else out.set(value);
    return out;
  },
  neg: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  abs: unary(Math.abs),
  sign: unary(Math.sign),
  erf: unary(erf),
  tanh: unary(Math.tanh),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  relu: unary((x) => Math.max(x, 0)),
  add: elementwise((a, b) => a! + b!),
  sub: elementwise((a, b) => a! - b!),
  mul: elementwise((a, b) => a! * b!),
  div: elementwise((a, b) => a! / b!),
  maximum: elementwise((a, b) => Math.max(a!, b!)),
  minimum: elementwise((a, b) => Math.min(a!, b!)),
  less: elementwise((a, b) => Number(a! < b!)),
  equal: elementwise((a, b) => Number(a! === b!)),
  select: elementwise((condition, a, b) => (condition ? a! : b!)),
  cast: ([x], { dtype }) => {
    const out = allocate(dtype, x!.data.length);
    for (let i = 0; i < out.length; i++) out[i] = dtype === "bool" ? Number(x!.data[i] !== 0) : x!.data[i]!;
    return out;
  },
  sum: reduce(0, (a, b) => a + b),
  max: reduce(-Infinity, Math.max),
  argMax: ([x], node, shape) => {
    const out = allocate(node.dtype, sizeOf(shape));
    rows(x!, (row, at) => {
      let best = 0;
      for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
      out[at] = best;
    });
    return out;
  },
  matmul: ([a, b], { attrs: { transA, transB } }, shape) => {
    const [left, k] = operandPlaces(a!, transA, shape);
    const [right] = operandPlaces(b!, !transB, shape);
    const [m, n] = shape.slice(-2) as [number, number];
    const out = new Float64Array(sizeOf(shape));
    for (let i = 0; i < out.length; i++) {
      const matrix = Math.floor(i / (m * n));
      const row = (matrix * m + Math.floor((i % (m * n)) / n)) * k;
      const column = (matrix * n + (i % n)) * k;
      for (let j = 0; j < k; j++) out[i]! += a!.data[left[row + j]!]! * b!.data[right[column + j]!]!;
    }
    return out;
  },
  reshape: ([x]) => x!.data.slice(),
  transpose: ([x], { attrs: { perm } }, shape) => {
    const strides = stridesOf(x!.shape);
    return read(
      x!,
      offsets(
        shape,
        perm.map((axis) => strides[axis]!),
      ),
    );
  },
  broadcastTo: ([x], _, shape) => read(x!, offsets(shape, broadcastStrides(x!.shape, shape))),
  slice: ([x], { attrs: { axis, start, end } }, shape) => {
    if (end > x!.shape[axis]!) wrong("slice", `an end of at most ${x!.shape[axis]}`, String(end));
    const strides = stridesOf(x!.shape);
    return read(x!, offsets(shape, strides, start * strides[axis]!));
  },
  concat: (inputs, { attrs: { axis }, dtype }, shape) => {
    const out = allocate(dtype, sizeOf(shape));
    const strides = stridesOf(shape);
    let start = 0;
    for (const x of inputs) {
      const places = offsets(x.shape, strides, start * strides[axis]!);
      for (let i = 0; i < places.length; i++) out[places[i]!] = x.data[i]!;
      start += x.shape[axis]!;
    }
    return out;
  },
  range: (_, __, [length]) => Int32Array.from({ length: length! }, (___, i) => i),
  gather: ([table, ids], { dtype }, shape) => {
    const width = sizeOf(table!.shape.slice(1));
    const out = allocate(dtype, sizeOf(shape));
    ids!.data.forEach((id, i) => {
      checkId("gather", id, table!.shape[0]!);
      out.set(table!.data.subarray(id * width, (id + 1) * width), i * width);
    });
    return out;
  },
  scatterAdd: ([ids, updates], _, shape) => {
    const width = sizeOf(shape.slice(1));
    const out = new Float64Array(sizeOf(shape));
    ids!.data.forEach((id, i) => {
      checkId("scatterAdd", id, shape[0]!);
      for (let j = 0; j < width; j++) out[id * width + j]! += updates!.data[i * width + j]!;
    });
    return out;
  },
  pick: ([x, ids], { dtype }, shape) => {
    const out = allocate(dtype, sizeOf(shape));
    rows(x!, (row, i) => {
      out[i] = row[checkId("pick", ids!.data[i]!, row.length)]!;
    });
    return out;
  },
  place: ([g, ids], { dtype }, shape) => {
    const out = allocate(dtype, sizeOf(shape));
    const size = shape.at(-1)!;
    g!.data.forEach((value, i) => {
      out[i * size + checkId("place", ids!.data[i]!, size)] = value;
    });
    return out;
  },
  softmax: ([x]) => overRows(x!, (row) => row.map((value) => Math.exp(value - logSumExp(row)))),
  logSoftmax: ([x]) => overRows(x!, (row) => row.map((value) => value - logSumExp(row))),
  crossEntropy: ([logits, targets], { attrs: { smoothing } }, shape) => {
    const out = new Float64Array(sizeOf(shape));
    rows(logits!, (row, i) => {
      const right = row[checkId("crossEntropy", targets!.data[i]!, row.length)]!;
      const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
      out[i] = logSumExp(row) - (1 - smoothing) * right - smoothing * mean;
    });
    return out;
  },
  crossEntropyGrad: ([logits, targets, g], { attrs: { smoothing } }) =>
    overRows(logits!, (row, i) => {
      const target = checkId("crossEntropyGrad", targets!.data[i]!, row.length);
      const wanted = (j: number) => (1 - smoothing) * Number(j === target) + smoothing / row.length;
      return row.map((value, j) => (Math.exp(value - logSumExp(row)) - wanted(j)) * g!.data[i]!);
    }),
};

/** Runs the kernel of a node. */
export function compute(node: Tensor, inputs: readonly Value[], shape: readonly number[]): Data {
  const kernel = kernels[node.op as keyof typeof kernels] as Kernel<OpName>;
  return kernel(inputs, node, shape);
}

function read({ data, dtype }: Value, places: Int32Array): Data {
  const out = allocate(dtype, places.length);
  for (let i = 0; i < out.length; i++) out[i] = data[places[i]!]!;
  return out;
}

/** The places of matrices [.., m, k] (read transposed if asked), leading axes broadcast to those of the product; and k. */
function operandPlaces(x: Value, transposed: boolean, product: readonly number[]): [Int32Array, number] {
  const [rowLength, columnLength] = x.shape.slice(-2) as [number, number];
  const view = [...product.slice(0, -2), rowLength, columnLength];
  const strides = broadcastStrides(x.shape, view);
  if (transposed) {
    view.push(...view.splice(-2, 1));
    strides.push(...strides.splice(-2, 1));
  }
  return [offsets(view, strides), view.at(-1)!];
}

/** Calls back with each row along the last axis. */
function rows(x: Value, use: (row: Float64Array, index: number) => void): void {
  const width = x.shape.at(-1)!;
  const count = sizeOf(x.shape.slice(0, -1));
  for (let i = 0; i < count; i++) use(Float64Array.from(x.data.subarray(i * width, (i + 1) * width)), i);
}

function overRows(x: Value, f: (row: Float64Array, index: number) => Float64Array): Float64Array {
  const out = new Float64Array(x.data.length);
  rows(x, (row, i) => out.set(f(row, i), i * row.length));
  return out;
}

/** log(sum(exp(row))); the largest element is taken out, so that no exponential overflows. */
function logSumExp(row: Float64Array): number {
  const top = Math.max(...row);
  return top + Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/** erf(x) = 2 / sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!!: all terms have one sign, so nothing cancels. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x); // 1 - erf(6) is 2e-17
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

function checkId(where: string, id: number, size: number): number {
  return id >= 0 && id < size ? id : wrong(where, `ids from 0 to ${size - 1}`, String(id));
}

function wrong(where: string, expected: string, received: string): never {
  return fail({ where, code: "shape", expected, received });
}

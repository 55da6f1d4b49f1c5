// The shape and type of each operation's result. A total table: an operation without a rule does not compile.
import { fail } from "../base/index.ts";
import { broadcastShapes, type Dim, type DType, product, type Shape, sameShape, showShape } from "./shape.ts";
import type { OpAttrs, OpName, Tensor } from "./tensor.ts";

export interface Result {
  shape: Shape;
  dtype: DType;
}
type ShapeRule<K extends OpName> = (inputs: readonly Tensor[], attrs: OpAttrs[K]) => Result;

const same: ShapeRule<OpName> = ([x]) => ({ shape: x!.shape, dtype: x!.dtype });

const binary =
  (op: OpName, dtype?: DType): ShapeRule<OpName> =>
  ([a, b]) => {
    if (a!.dtype !== b!.dtype) wrong(op, `two ${a!.dtype} tensors`, b!.dtype);
    return { shape: broadcastShapes(op, a!.shape, b!.shape), dtype: dtype ?? a!.dtype };
  };

const reduce: ShapeRule<"sum"> & ShapeRule<"max"> = ([x], { axes, keepDims }) => ({
  shape: x!.shape.flatMap((dim, i): Dim[] => (axes.includes(i) ? (keepDims ? [1] : []) : [dim])),
  dtype: x!.dtype,
});

const declared: ShapeRule<OpName> = () => wrong("tensor", "a shape", "none");

export const shapeRules: { [K in OpName]: ShapeRule<K> } = {
  input: declared,
  constant: declared,
  scan: () => ({ shape: [], dtype: "float" }),
  neg: same,
  exp: same,
  log: same,
  sqrt: same,
  abs: same,
  sign: same,
  erf: same,
  tanh: same,
  sigmoid: same,
  relu: same,
  add: binary("add"),
  sub: binary("sub"),
  mul: binary("mul"),
  div: binary("div"),
  maximum: binary("maximum"),
  minimum: binary("minimum"),
  less: binary("less", "bool"),
  equal: binary("equal", "bool"),
  select: ([condition, a, b]) => ({
    shape: broadcastShapes("select", condition!.shape, a!.shape, b!.shape),
    dtype: a!.dtype,
  }),
  cast: ([x], { to }) => ({ shape: x!.shape, dtype: to }),
  sum: reduce,
  max: reduce,
  argMax: ([x]) => ({ shape: x!.shape.slice(0, -1), dtype: "int" }),
  matmul: ([a, b], { transA, transB }) => {
    if (a!.shape.length < 2 || b!.shape.length < 2) {
      wrong("matmul", "two tensors with at least 2 axes", `${showShape(a!.shape)} and ${showShape(b!.shape)}`);
    }
    const [m, k] = lastTwo(a!.shape, transA);
    const [k2, n] = lastTwo(b!.shape, transB);
    if (k !== k2) {
      wrong("matmul", `inner axes of one length, left [.., ${m}, ${k}] times right [${k}, ..]`, `right [${k2}, ${n}]`);
    }
    return {
      shape: [...broadcastShapes("matmul", a!.shape.slice(0, -2), b!.shape.slice(0, -2)), m, n],
      dtype: "float",
    };
  },
  reshape: ([x], { shape }) => {
    if (product(x!.shape) !== product(shape)) {
      wrong("reshape", `a shape with ${product(x!.shape)} elements, as ${showShape(x!.shape)} has`, showShape(shape));
    }
    return { shape, dtype: x!.dtype };
  },
  transpose: ([x], { perm }) => ({ shape: perm.map((axis) => x!.shape[axis]!), dtype: x!.dtype }),
  broadcastTo: ([x], { shape }) => {
    if (!sameShape(broadcastShapes("broadcastTo", x!.shape, shape), shape)) {
      wrong("broadcastTo", `a shape that broadcasts to ${showShape(shape)}`, showShape(x!.shape));
    }
    return { shape, dtype: x!.dtype };
  },
  slice: ([x], { axis, start, end }) => {
    const length = x!.shape[axis];
    if (start < 0 || end < start || (typeof length === "number" && end > length)) {
      wrong("slice", `a range inside axis ${axis} of ${showShape(x!.shape)}`, `${start} to ${end}`);
    }
    return { shape: x!.shape.map((dim, i) => (i === axis ? end - start : dim)), dtype: x!.dtype };
  },
  concat: (inputs, { axis }) => {
    const first = inputs[0]!;
    let total = 0;
    for (const { shape } of inputs) {
      const length = shape[axis];
      const fits = shape.length === first.shape.length && shape.every((dim, i) => i === axis || dim === first.shape[i]);
      if (!fits || typeof length !== "number") {
        wrong("concat", `shapes like ${showShape(first.shape)} but for axis ${axis}`, showShape(shape));
      }
      total += length as number;
    }
    return { shape: first.shape.map((dim, i) => (i === axis ? total : dim)), dtype: first.dtype };
  },
  range: (_, { dim }) => ({ shape: [dim], dtype: "int" }),
  gather: ([table, ids]) => {
    if (ids!.dtype !== "int") wrong("gather", "int ids", ids!.dtype);
    return { shape: [...ids!.shape, ...table!.shape.slice(1)], dtype: table!.dtype };
  },
  scatterAdd: ([ids, updates], { rows }) => ({
    shape: [rows, ...updates!.shape.slice(ids!.shape.length)],
    dtype: updates!.dtype,
  }),
  pick: ([x, ids]) => {
    if (!sameShape(x!.shape.slice(0, -1), ids!.shape)) {
      wrong("pick", `ids of shape ${showShape(x!.shape.slice(0, -1))}`, showShape(ids!.shape));
    }
    return { shape: ids!.shape, dtype: x!.dtype };
  },
  place: ([g], { size }) => ({ shape: [...g!.shape, size], dtype: g!.dtype }),
  softmax: same,
  logSoftmax: same,
  crossEntropy: ([logits, targets]) => {
    if (
      logits!.shape.length !== 2 ||
      targets!.dtype !== "int" ||
      !sameShape(logits!.shape.slice(0, 1), targets!.shape)
    ) {
      wrong(
        "crossEntropy",
        "logits [N, V] and int targets [N]",
        `${showShape(logits!.shape)} and ${showShape(targets!.shape)}`,
      );
    }
    return { shape: targets!.shape, dtype: "float" };
  },
  crossEntropyGrad: same,
  scanFinal: ([scan], { index }) => {
    const { shape, dtype } = (scan as Tensor<"scan">).attrs.body.states[index]!;
    return { shape, dtype };
  },
  scanStacked: ([scan], { tensor }) => {
    const { body } = (scan as Tensor<"scan">).attrs;
    const time = scan!.inputs[body.states.length]!.shape[0]!;
    return { shape: [time, ...tensor.shape], dtype: tensor.dtype };
  },
};

function lastTwo(shape: Shape, transposed: boolean): [Dim, Dim] {
  const [a, b] = shape.slice(-2) as [Dim, Dim];
  return transposed ? [b, a] : [a, b];
}

function wrong(where: string, expected: string, received: string): never {
  return fail({ where, code: "shape", expected, received });
}

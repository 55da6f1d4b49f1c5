// The ONNX form of each operation. Total: an operation without a rule does not compile.
import { fail } from "../../base/index.ts";
import { product, type Shape } from "../../tensor/shape.ts";
import type { OpName, Tensor } from "../../tensor/tensor.ts";
import type { Lowering } from "./lower-context.ts";

export type LoweringRule<K extends OpName> = (tensor: Tensor<K>, context: Lowering) => string;

const simple =
  (type: string): LoweringRule<OpName> =>
  ({ inputs }, context) =>
    context.emit(type, inputs.map(context.name));

const handled: LoweringRule<OpName> = ({ op }) =>
  fail({ where: "lower", code: "internal", problem: `${op} is lowered with its scan` });

const onnxType = { float: 1, int: 6, bool: 9 } as const;

/** Up to this many classes, (softmax - one-hot) is dense; beyond, only the element of the target is updated. */
const denseClasses = 512;

export const loweringRules: { [K in OpName]: LoweringRule<K> } = {
  input: ({ attrs }) => attrs.name,
  constant: ({ attrs: { value }, shape, dtype }, context) => context.constant(dtype, shape as number[], [value].flat()),
  neg: simple("Neg"),
  exp: simple("Exp"),
  log: simple("Log"),
  sqrt: simple("Sqrt"),
  abs: simple("Abs"),
  sign: simple("Sign"),
  erf: simple("Erf"),
  tanh: simple("Tanh"),
  sigmoid: simple("Sigmoid"),
  relu: simple("Relu"),
  // A product that only this sum reads takes the other operand into its Gemm.
  add: (tensor, context) => {
    const inner = context.absorbed(tensor);
    if (!inner) return context.emit("Add", tensor.inputs.map(context.name));
    return gemm(inner, context, context.name(tensor.inputs.find((operand) => operand !== inner)!));
  },
  sub: simple("Sub"),
  mul: simple("Mul"),
  div: simple("Div"),
  maximum: simple("Max"),
  minimum: simple("Min"),
  less: simple("Less"),
  equal: simple("Equal"),
  select: simple("Where"),
  cast: ({ inputs, attrs }, context) => context.emit("Cast", inputs.map(context.name), { to: onnxType[attrs.to] }),
  sum: ({ inputs: [x], attrs: { axes, keepDims } }, context) =>
    context.emit("ReduceSum", [context.name(x!), context.constant("int64", [axes.length], axes)], {
      keepdims: keepDims ? 1 : 0,
    }),
  max: ({ inputs: [x], attrs: { axes, keepDims } }, context) =>
    context.emit("ReduceMax", [context.name(x!)], { axes, keepdims: keepDims ? 1 : 0 }),
  argMax: ({ inputs: [x] }, context) =>
    context.emit("Cast", [context.emit("ArgMax", [context.name(x!)], { axis: -1, keepdims: 0 })], { to: onnxType.int }),
  matmul: (tensor, context) => gemm(tensor, context),
  reshape: ({ inputs: [x], shape }, context) => reshaped(context.name(x!), shape, context),
  transpose: ({ inputs: [x], attrs: { perm } }, context) => context.emit("Transpose", [context.name(x!)], { perm }),
  broadcastTo: ({ inputs: [x], shape }, context) => context.emit("Expand", [context.name(x!), context.shape(shape)]),
  slice: ({ inputs: [x], attrs: { axis, start, end } }, context) =>
    context.emit("Slice", [context.name(x!), ...[start, end, axis].map((n) => context.constant("int64", [1], [n]))]),
  concat: ({ inputs, attrs: { axis } }, context) => context.emit("Concat", inputs.map(context.name), { axis }),
  range: ({ attrs: { dim } }, context) => {
    const limit = context.emit("Cast", [context.emit("Squeeze", [context.dim(dim)])], { to: onnxType.int });
    return context.emit("Range", [context.constant("int", [], [0]), limit, context.constant("int", [], [1])]);
  },
  gather: ({ inputs }, context) => context.emit("Gather", inputs.map(context.name), { axis: 0 }),
  // ScatterND is the fastest, but with several threads ONNX Runtime 1.30 adds to one row from two threads at once and
  // loses updates; then a product with one-hot rows does it, or ScatterElements where the table is large.
  scatterAdd: ({ inputs: [ids, updates], attrs: { rows }, shape }, context) => {
    const width = shape.slice(1);
    const columns = product(width) as number;
    const flat = context.emit("Reshape", [context.name(updates!), context.shape([-1, columns])]);
    const flatIds = context.once(`flat ${ids!.id}`, () =>
      context.emit("Reshape", [context.name(ids!), context.constant("int64", [1], [-1])]),
    );
    if (context.oneThread) {
      const zero = context.emit("Expand", [context.constant("float", [], [0]), context.shape([rows, columns])]);
      const column = context.emit("Unsqueeze", [flatIds, context.constant("int64", [1], [1])]);
      const places = context.emit("Cast", [column], { to: 7 });
      const sums = context.emit("ScatterND", [zero, places, flat], { reduction: "add" });
      return width.length === 1 ? sums : reshaped(sums, shape, context);
    }
    if (typeof rows === "number" && rows <= denseClasses) {
      const dense = context.emit("Gemm", [oneHotRows(ids!, flatIds, rows, context), flat], { transA: 1 });
      return width.length === 1 ? dense : reshaped(dense, shape, context);
    }
    const zero = context.emit("Expand", [context.constant("float", [], [0]), context.shape([rows, columns])]);
    const column = context.emit("Unsqueeze", [flatIds, context.constant("int64", [1], [1])]);
    const everywhere = context.emit("Expand", [column, context.emit("Shape", [flat])]);
    const sums = context.emit("ScatterElements", [zero, everywhere, flat], { axis: 0, reduction: "add" });
    return width.length === 1 ? sums : reshaped(sums, shape, context);
  },
  pick: ({ inputs: [x, ids] }, context) => {
    const last = context.constant("int64", [1], [-1]);
    const column = context.emit("Unsqueeze", [context.name(ids!), last]);
    return context.emit("Squeeze", [context.emit("GatherElements", [context.name(x!), column], { axis: -1 }), last]);
  },
  place: ({ inputs: [g, ids], attrs: { size } }, context) => {
    const column = context.emit("Unsqueeze", [context.name(g!), context.constant("int64", [1], [-1])]);
    return context.emit("Mul", [oneHot(ids!, size as number, context), column]);
  },
  softmax: ({ inputs: [x] }, context) => context.emit("Softmax", [context.name(x!)], { axis: -1 }),
  logSoftmax: ({ inputs: [x] }, context) => logProbabilities(x!, context),
  crossEntropy: ({ inputs: [logits, targets], attrs: { smoothing } }, context) => {
    const last = context.constant("int64", [1], [-1]);
    const column = context.emit("Unsqueeze", [context.name(targets!), last]);
    const logs = logProbabilities(logits!, context);
    const right = context.emit("Squeeze", [context.emit("GatherElements", [logs, column], { axis: 1 }), last]);
    if (smoothing === 0) return context.emit("Neg", [right]);
    const share = (of: string, weight: number) => context.emit("Mul", [of, context.constant("float", [], [weight])]);
    const spread = context.emit("ReduceMean", [logs], { axes: [-1], keepdims: 0 });
    return context.emit("Add", [share(right, smoothing - 1), share(spread, -smoothing)]);
  },
  // (p - (1 - s) onehot - s / V) * g, row by row; the softmax is that of the loss, not computed twice.
  crossEntropyGrad: ({ inputs: [logits, targets, g], attrs: { smoothing }, shape }, context) => {
    const last = context.constant("int64", [1], [-1]);
    const number = (value: number) => context.constant("float", [], [value]);
    const classes = shape[1] as number;
    const p = context.emit("Exp", [logProbabilities(logits!, context)]);
    const more = smoothing === 0 ? p : context.emit("Sub", [p, number(smoothing / classes)]);
    const column = context.emit("Unsqueeze", [context.name(g!), last]);
    if (classes <= denseClasses) {
      const hot = oneHot(targets!, classes, context);
      const wanted = smoothing === 0 ? hot : context.emit("Mul", [hot, number(1 - smoothing)]);
      return context.emit("Mul", [context.emit("Sub", [more, wanted]), column]);
    }
    const ids = context.emit("Unsqueeze", [context.name(targets!), last]);
    const taken = context.emit("Mul", [column, number(smoothing - 1)]);
    return context.emit("ScatterElements", [context.emit("Mul", [more, column]), ids, taken], {
      axis: 1,
      reduction: "add",
    });
  },
  scan: handled,
  scanFinal: handled,
  scanStacked: handled,
};

const logProbabilities = (x: Tensor, context: Lowering): string =>
  context.once(`logSoftmax ${x.id}`, () => context.emit("LogSoftmax", [context.name(x)], { axis: -1 }));

const oneHotRows = (ids: Tensor, flat: string, size: number, context: Lowering): string =>
  context.once(`oneHotRows ${ids.id} ${size}`, () =>
    context.emit("OneHot", [flat, context.constant("int", [1], [size]), context.constant("float", [2], [0, 1])], {
      axis: -1,
    }),
  );

const oneHot = (ids: Tensor, size: number, context: Lowering): string =>
  context.once(`oneHot ${ids.id} ${size}`, () =>
    context.emit(
      "OneHot",
      [context.name(ids), context.constant("int", [1], [size]), context.constant("float", [2], [0, 1])],
      { axis: -1 },
    ),
  );

function reshaped(name: string, shape: Shape, context: Lowering): string {
  const named = shape.filter((dim) => typeof dim === "string").length;
  const target =
    named === 1
      ? context.constant(
          "int64",
          [shape.length],
          shape.map((dim) => (typeof dim === "number" ? dim : -1)),
        )
      : context.shape(shape);
  return context.emit("Reshape", [name, target]);
}

/** Both operands are matrices: a Gemm. */
export const isPlain = (tensor: Tensor): boolean => tensor.inputs.every(({ shape }) => shape.length === 2);

/** A stack of rows times a matrix: one Gemm over all rows. */
export const isStack = ({ inputs: [a, b], attrs: { transA } }: Tensor<"matmul">): boolean =>
  a!.shape.length > 2 && b!.shape.length === 2 && !transA;

/** A matmul as Gemm where it is one (or a stack of rows times a matrix), else as a batched MatMul. */
function gemm(tensor: Tensor<"matmul">, context: Lowering, addend?: string): string {
  const [a, b] = tensor.inputs as [Tensor, Tensor];
  const { transA, transB } = tensor.attrs;
  const flags = { transA: transA ? 1 : 0, transB: transB ? 1 : 0 };
  const more = addend ? [addend] : [];
  if (isPlain(tensor)) return context.emit("Gemm", [context.name(a), context.name(b), ...more], flags);
  if (isStack(tensor)) {
    const rows = context.emit("Reshape", [context.name(a), context.shape([-1, a.shape.at(-1)!])]);
    return reshaped(context.emit("Gemm", [rows, context.name(b), ...more], flags), tensor.shape, context);
  }
  return context.emit("MatMul", [batched(a, transA, context), batched(b, transB, context)]);
}

function batched(x: Tensor, transposed: boolean, context: Lowering): string {
  if (!transposed) return context.name(x);
  const rank = x.shape.length;
  const perm = [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
  return context.once(`transpose ${x.id}`, () => context.emit("Transpose", [context.name(x)], { perm }));
}

// Each operation with each of its options: what the gradient checks differentiate, and what every engine must compute
// as the reference does. The table is total: an operation without a case does not compile.
import type { Value } from "../../src/engine/index.ts";
import {
  abs,
  add,
  apply,
  argMax,
  broadcastTo,
  cast,
  concat,
  constant,
  crossEntropy,
  div,
  equal,
  erf,
  exp,
  gather,
  input,
  less,
  log,
  logSoftmax,
  matmul,
  max,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  pick,
  range,
  relu,
  reshape,
  select,
  sigmoid,
  sign,
  slice,
  softmax,
  split,
  sqrt,
  sub,
  sum,
  tanh,
  transpose,
} from "../../src/tensor/ops.ts";
import { finalOf, type State, scan } from "../../src/tensor/scan.ts";
import type { Shape } from "../../src/tensor/shape.ts";
import type { OpName, Tensor } from "../../src/tensor/tensor.ts";
import { bools, contract, ints, noise } from "../gradient-check.ts";

/** Inputs by name, and the expression to differentiate. */
export interface OperationCase {
  feeds: Record<string, Value>;
  /** Shapes with named axes, for the inputs that have any. */
  named?: Record<string, Shape>;
  build: (inputs: Record<string, Tensor>) => Tensor;
  /** The second derivative too. */
  twice?: boolean;
}

const row = (build: (x: Tensor) => Tensor, feed: Value = noise([2, 3]), twice = false): OperationCase => ({
  feeds: { x: feed },
  build: ({ x }) => build(x!),
  twice,
});
const pair = (build: (a: Tensor, b: Tensor) => Tensor, a: number[], b: number[], twice = false): OperationCase => ({
  feeds: { a: noise(a, 1, { low: 0.5, high: 2 }), b: noise(b, 2, { low: 0.5, high: 2 }) },
  build: ({ a, b }) => build(a!, b!),
  twice,
});
const positive = noise([2, 3], 3, { low: 0.3, high: 2 });
const broadcasts: [number[], number[]][] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [
    [2, 1],
    [2, 3],
  ],
  [[], [2, 3]],
  [
    [2, 1, 3],
    [4, 1],
  ],
];
const pairs = (build: (a: Tensor, b: Tensor) => Tensor) =>
  broadcasts.flatMap(([a, b]) => [pair(build, a, b), pair(build, b, a)]);
const product = (transA: boolean, transB: boolean) => (a: Tensor, b: Tensor) => matmul(a, b, { transA, transB });
const ids = ints([2, 2], [0, 3, 3, 1]);
const withIds = (build: (x: Tensor, ids: Tensor) => Tensor, x: Value, places = ids, twice = false): OperationCase => ({
  feeds: { x, ids: places },
  build: ({ x, ids }) => build(x!, ids!),
  twice,
});
const logits = noise([3, 4], 5, { low: -3, high: 3 });
const targets = ints([3], [1, 0, 3]);

export const operations: { [K in OpName]: OperationCase[] } = {
  input: [row((x) => x)],
  constant: [row((x) => mul(x, constant([1, -2, 3], [3]))), row((x) => add(x, 2))],
  neg: [row(neg)],
  exp: [row(exp, undefined, true)],
  log: [row(log, positive, true)],
  sqrt: [row(sqrt, positive, true)],
  abs: [row(abs)],
  sign: [row(sign)],
  erf: [row(erf, undefined, true)],
  tanh: [row(tanh, undefined, true)],
  sigmoid: [row(sigmoid, undefined, true)],
  relu: [row(relu)],
  add: pairs((a, b) => add(a, b)),
  sub: pairs(sub),
  mul: [...pairs((a, b) => mul(a, b)), row((x) => mul(x, x, x), undefined, true)],
  div: [...pairs(div), pair(div, [2, 3], [3], true)],
  maximum: pairs(maximum),
  minimum: pairs(minimum),
  less: [pair((a, b) => mul(cast(less(a, b), "float"), a), [2, 3], [3])],
  equal: [pair((a, b) => mul(cast(equal(a, b), "float"), a), [2, 3], [3])],
  select: [
    ...broadcasts.map(([a, b]) => pair((x, y) => select(less(x, y), mul(x, x), y), a, b)),
    { feeds: { c: bools([2, 1], [1, 0]), a: noise([2, 3]) }, build: ({ c, a }) => select(c!, a!, 1) },
    { feeds: { c: bools([2, 1], [1, 0]), a: noise([3]) }, build: ({ c, a }) => select(c!, 0, a!) },
  ],
  cast: [row((x) => mul(cast(cast(x, "int"), "float"), x))],
  sum: [
    row((x) => sum(x)),
    row((x) => sum(x, { axes: 0 })),
    row((x) => sum(x, { axes: -1, keepDims: true })),
    row((x) => sum(mul(x, x), { axes: [0, 2] }), noise([2, 3, 2]), true),
    row((x) => mean(x, { axes: 1 })),
  ],
  max: [
    row((x) => max(x)),
    row((x) => max(x, { axes: 0 })),
    row((x) => max(x, { axes: [0, 2], keepDims: true }), noise([2, 3, 2])),
  ],
  argMax: [row((x) => mul(cast(argMax(x), "float"), sum(x)))],
  matmul: [
    pair(product(false, false), [2, 3], [3, 4], true),
    pair(product(true, false), [3, 2], [3, 4], true),
    pair(product(false, true), [2, 3], [4, 3], true),
    pair(product(true, true), [3, 2], [4, 3], true),
    pair(product(false, true), [2, 2, 3], [4, 3]),
    pair(product(true, false), [2, 3, 2], [3, 4]),
    pair(product(true, true), [3, 2], [2, 4, 3]),
    pair(product(false, false), [2, 1, 2, 3], [2, 3, 2]),
  ],
  reshape: [row((x) => reshape(x, [3, 2])), row((x) => reshape(x, [1, 6]))],
  transpose: [row((x) => transpose(x)), row((x) => transpose(x, [2, 0, 1]), noise([2, 3, 4]))],
  broadcastTo: [
    row((x) => broadcastTo(x, [4, 2, 3])),
    row((x) => broadcastTo(x, [2, 2, 3]), noise([2, 1, 3])),
    row((x) => broadcastTo(x, [2, 3]), noise([])),
  ],
  slice: [
    row((x) => slice(x, 1, 1, 2)),
    row((x) => slice(x, 0, 0, 1)),
    row((x) => slice(x, -1, 1, 3)),
    row((x) => mul(...(split(x, 2) as [Tensor, Tensor])), noise([2, 4]), true),
  ],
  concat: [
    pair((a, b) => concat([a, b, a], 0), [2, 3], [1, 3]),
    pair((a, b) => concat([a, b]), [2, 3], [2, 1]),
    row((x) => concat([x])),
  ],
  range: [row((x) => mul(x, cast(range(3), "float")))],
  gather: [
    withIds(gather, noise([4, 3])),
    withIds(gather, noise([4])),
    // a table as long as the batch makes it
    { ...withIds((x, i) => gather(tanh(x), i), noise([4, 3])), named: { x: ["R", 3] } },
    withIds((x, i) => mul(gather(x, i), gather(x, i)), noise([4, 2, 2]), undefined, true),
  ],
  scatterAdd: [
    withIds((x, i) => apply("scatterAdd", [i, x], { rows: 5 }), noise([2, 2, 3])),
    withIds((x, i) => exp(apply("scatterAdd", [i, x], { rows: 4 })), noise([2, 2]), undefined, true),
    withIds((x, i) => apply("scatterAdd", [i, x], { rows: 600 }), noise([2, 2, 3])), // a large table goes another way
  ],
  pick: [withIds(pick, noise([2, 2, 4])), withIds((x, i) => exp(pick(x, i)), noise([2, 2, 4]), undefined, true)],
  place: [
    withIds((x, i) => apply("place", [x, i], { size: 5 }), noise([2, 2])),
    withIds((x, i) => exp(apply("place", [x, i], { size: 4 })), noise([2, 2]), undefined, true),
  ],
  softmax: [row(softmax, logits, true), row(softmax, noise([2, 2, 3]))],
  logSoftmax: [row(logSoftmax, logits, true)],
  crossEntropy: [
    withIds(crossEntropy, logits, targets, true),
    withIds(crossEntropy, noise([2, 2, 4]), ids),
    withIds((x, i) => crossEntropy(x, i, 0.2), logits, targets, true),
    withIds((x, i) => crossEntropy(x, i, 0.2), noise([2, 600]), ints([2], [599, 4])), // as many classes as take the other road
  ],
  crossEntropyGrad: [0, 0.2].map((smoothing) => ({
    feeds: { x: logits, ids: targets, g: noise([3]) },
    build: ({ x, ids, g }) => apply("crossEntropyGrad", [x!, ids!, g!], { smoothing }),
    twice: true,
  })),
  scan: scanCases(),
  scanFinal: [
    recurrence(({ final }) => final.h!),
    recurrence(({ final }) => mul(final.h!, finalOf(final.h!.inputs[0]!, 0))), // read twice
  ],
  scanStacked: [recurrence(({ outputs }) => outputs[0]!)],
};

/** h' = tanh(W h + U x + b) over "T" steps of a "B" batch, read in various ways. */
function recurrence(
  read: (result: { outputs: Tensor[]; final: State }) => Tensor,
  { reverse = false, lengths, twice = false }: { reverse?: boolean; lengths?: number[]; twice?: boolean } = {},
): OperationCase {
  return {
    feeds: {
      x: noise([4, 2, 3], 1),
      h: noise([2, 2], 2),
      W: noise([2, 2], 3),
      U: noise([2, 3], 4),
      b: noise([2], 5),
      ...(lengths ? { lengths: ints([2], lengths) } : {}),
    },
    named: { x: ["T", "B", 3], h: ["B", 2], lengths: ["B"] },
    twice,
    build: ({ x, h, W, U, b, lengths: counts }) =>
      read(
        scan(
          ([x], { h }) => {
            const next = tanh(add(matmul(h!, W!, { transB: true }), matmul(x!, U!, { transB: true }), b!));
            return { outputs: [next], state: { h: next } };
          },
          { initial: { h: h! } as State, xs: [x!], lengths: counts, reverse },
        ),
      ),
  };
}

function scanCases(): OperationCase[] {
  const both = ({ outputs, final }: { outputs: Tensor[]; final: State }) =>
    add(outputs[0]!, reshape(final.h!, [1, "B", 2]));
  return [
    recurrence(both, { twice: true }),
    recurrence(both, { reverse: true, twice: true }),
    recurrence(both, { lengths: [4, 2] }),
    recurrence(both, { lengths: [1, 3], reverse: true, twice: true }),
    recurrence(both, { lengths: [0, 4] }),
    severalStates(),
    outputApart(),
    nested(),
    chained(),
    unusedState(),
    running(),
    nestedByOutput(),
    readout(),
  ];
}

/** Two float states and an int state; two scanned inputs, one of them ids. */
function severalStates(): OperationCase {
  return {
    feeds: {
      x: noise([3, 2], 1),
      ids: ints([3, 2], [0, 1, 1, 2, 0, 0]),
      h: noise([2], 2),
      c: noise([2], 3),
      table: noise([3], 4),
    },
    named: { x: ["T", 2], ids: ["T", 2] },
    build: ({ x, ids, h, c, table }) => {
      const { outputs, final } = scan(
        ([x, id], { h, c, n }) => {
          const seen = cast(n!, "float"); // counts the steps
          const nextC = add(mul(sigmoid(h!), c!), mul(gather(table!, id!), x!));
          const nextH = tanh(add(mul(nextC, seen), h!));
          return {
            outputs: [mul(nextH, x!), nextC],
            state: { h: nextH, c: nextC, n: add(n!, constant(1, [], "int")) },
          };
        },
        { initial: { h: h!, c: c!, n: broadcastTo(constant(1, [], "int"), [2]) } as State, xs: [x!, ids!] },
      );
      return add(outputs[0]!, mul(outputs[1]!, outputs[1]!), final.h!, mul(final.c!, cast(final.n!, "float")));
    },
    twice: true,
  };
}

/** The output is computed beside the state and the state does not need it; one output does not depend on the state. */
function outputApart(): OperationCase {
  return {
    feeds: { x: noise([3, 2], 1), h: noise([2], 2), w: noise([2], 3) },
    build: ({ x, h, w }) => {
      const { outputs } = scan(
        ([x], { h }) => {
          const next = tanh(add(h!, x!));
          return { outputs: [mul(exp(mul(next, w!)), h!), mul(x!, sigmoid(w!))], state: { h: next } };
        },
        { initial: { h: h! } as State, xs: [x!] },
      );
      return mul(outputs[0]!, outputs[1]!);
    },
    twice: true,
  };
}

/** A loop inside a loop: the inner one captures the outer state, a weight, and stacks its own values. */
function nested(): OperationCase {
  return {
    feeds: { x: noise([3, 2], 1), y: noise([2, 2], 2), h: noise([2], 3), w: noise([2], 4) },
    named: { x: ["T", 2], y: ["S", 2] },
    build: ({ x, y, h, w }) => {
      const { outputs, final } = scan(
        ([x], { h }) => {
          const inner = scan(
            ([y], { g }) => {
              const next = tanh(add(mul(g!, w!), mul(y!, h!)));
              return { outputs: [mul(next, exp(x!))], state: { g: next } };
            },
            { initial: { g: x! } as State, xs: [y!] },
          );
          const next = tanh(add(h!, inner.final.g!, sum(inner.outputs[0]!, { axes: 0 })));
          return { outputs: [next], state: { h: next } };
        },
        { initial: { h: h! } as State, xs: [x!] },
      );
      return add(outputs[0]!, final.h!);
    },
    twice: true,
  };
}

/** One loop over the outputs of another, starting from its final state. */
function chained(): OperationCase {
  return {
    feeds: { x: noise([3, 2], 1), h: noise([2], 2), w: noise([2], 3) },
    build: ({ x, h, w }) => {
      const loop = (xs: Tensor, h: Tensor, reverse: boolean) =>
        scan(
          ([x], { h }) => {
            const next = tanh(add(mul(h!, w!), x!));
            return { outputs: [next], state: { h: next } };
          },
          { initial: { h } as State, xs: [xs], reverse },
        );
      const first = loop(x!, h!, false);
      const second = loop(first.outputs[0]!, first.final.h!, true);
      return add(second.outputs[0]!, second.final.h!);
    },
    twice: true,
  };
}

/** The state is a sum: the backward step reads no forward value. */
function running(): OperationCase {
  return {
    feeds: { x: noise([3, 2], 1), h: noise([2], 2) },
    named: { x: ["T", 2] },
    build: ({ x, h }) =>
      scan(([x], { h }) => ({ outputs: [], state: { h: sub(mul(h!, 0.5), x!) } }), {
        initial: { h: h! } as State,
        xs: [x!],
      }).final.h!,
  };
}

/** Only the output reads a trained value: the loop itself runs over fixed ones, as in a reservoir. */
function readout(): OperationCase {
  return {
    feeds: { w: noise([2], 1), ids: ints([3, 2], [0, 1, 1, 2, 0, 0]) },
    named: { ids: ["T", 2] },
    build: ({ w, ids }) =>
      scan(
        ([id], { h }) => {
          const next = tanh(add(mul(h!, 0.5), cast(id!, "float")));
          return { outputs: [mul(next, w!)], state: { h: next } };
        },
        { initial: { h: constant([0.1, 0.2], [2]) } as State, xs: [ids!] },
      ).outputs[0]!,
  };
}

/** A loop inside a body that only its output connects to that body. */
function nestedByOutput(): OperationCase {
  return {
    feeds: { x: noise([3, 2], 1), y: noise([2, 2], 2), h: noise([2], 3), g: noise([2], 4) },
    named: { x: ["T", 2], y: ["S", 2] },
    build: ({ x, y, h, g }) =>
      scan(
        ([x], { h }) => {
          const inner = scan(([y], { g }) => ({ outputs: [mul(g!, h!)], state: { g: tanh(add(g!, y!)) } }), {
            initial: { g: g! } as State,
            xs: [y!],
          });
          const next = tanh(add(x!, sum(inner.outputs[0]!, { axes: [0, 1] })));
          return { outputs: [next], state: { h: next } };
        },
        { initial: { h: h! } as State, xs: [x!] },
      ).outputs[0]!,
    twice: true,
  };
}

/** A state that no result depends on, and one that never changes. */
function unusedState(): OperationCase {
  return {
    feeds: { x: noise([3, 2], 1), h: noise([2], 2), idle: noise([2], 3), still: noise([2], 4) },
    build: ({ x, h, idle, still }) =>
      scan(
        ([x], { h, idle, still }) => {
          const next = tanh(add(mul(h!, still!), x!));
          return { outputs: [next], state: { h: next, idle: mul(idle!, x!), still: still! } };
        },
        { initial: { h: h!, idle: idle!, still: still! } as State, xs: [x!] },
      ).outputs[0]!,
  };
}

/** The case as a graph: its inputs, its result, and a scalar that depends on every element of the result. */
export function traceOperation({ feeds, named, build }: OperationCase) {
  const inputs: Record<string, Tensor> = {};
  for (const [name, { shape, dtype }] of Object.entries(feeds)) {
    inputs[name] = input(name, named?.[name] ?? shape, { dtype });
  }
  const result = build(inputs);
  return { inputs: Object.values(inputs), result, loss: contract(result) };
}

// Passes: each fires on what it is for, and the schedules leave values and gradients of every cell unchanged.
// `random-bodies.test.ts` holds them to bodies that nobody wrote, `schedules.test.ts` to what they make of known models.
import { describe, expect, it } from "vitest";
import { gradient } from "../../src/compile/gradient.ts";
import { forwardPasses, type Pass, runPasses, stepPasses } from "../../src/compile/passes/index.ts";
import { graphSize, printGraph } from "../../src/compile/print.ts";
import { onnxPasses } from "../../src/engine/onnx/passes.ts";
import { bidirectional, type Layer, lstm, recurrent, stacked } from "../../src/nn/index.ts";
import { add, gather, input, linear, mul, scan, type Tensor, tanh } from "../../src/tensor/index.ts";
import { evaluate, ints, noise } from "../gradient-check.ts";
import { cells, hiddenSizeOf } from "./cells.ts";
import { expectClose, type Values } from "./subject.ts";
import { maskFeeds, sample, trace } from "./traced.ts";
import { writtenOutLstm } from "./written-out.ts";

type Outputs = Readonly<Record<string, Tensor>>;

const tolerance = 1e-11;
const D = 3;

const layers: Record<string, Layer> = {
  ...Object.fromEntries(
    Object.entries(cells).map(([name, one]) => [name, recurrent(one.cell, { hiddenSize: hiddenSizeOf(one, D, 4) })]),
  ),
  "a deep network that reads both ways": stacked([
    bidirectional(recurrent(cells.lstm!.cell, { hiddenSize: 3 })),
    recurrent(cells.gru!.cell, { hiddenSize: 2 }),
  ]),
};

describe.each(Object.entries(layers))("%s", (_, layer) => {
  it.each([
    ["rows of one length", {}],
    ["rows of unlike lengths", { ragged: true }],
    ["documents in rows of unlike lengths", { ragged: true, resets: true }],
    ["training, with masks", { ragged: true, training: true }],
  ])("is unchanged by the schedule of training: %s", async (_, options) => {
    const { forward, gradients, loss, inputs } = trace(layer, D, options);
    const feeds = {
      ...sample(layer, D, { T: 4, B: 2 }),
      lengths: ints([2], [4, 2]),
      resetAt: ints([4, 2], [0, 1, 0, 0, 1, 0, 0, 1]),
      ...maskFeeds(forward, { T: 4, B: 2 }),
    };
    const before = runPasses({ ...forward, loss }, forwardPasses);
    const cotangents = gradient(before.loss!, inputs);
    const named = Object.fromEntries(Object.keys(gradients).map((name, i) => [name, cotangents[i]!]));
    const { loss: __, ...outputs } = runPasses({ ...before, ...named }, onnxPasses);
    expectClose(await evaluate(outputs, feeds), await evaluate({ ...forward, ...gradients }, feeds), tolerance);
  });
});

/** Operations outside loops, then operations and products of each loop. */
const counts = (outputs: Outputs): number[] => {
  const { outside, loops } = graphSize(outputs);
  return [outside, ...loops.flatMap(({ operations, products }) => [operations, products])];
};

/** What a pass is for: a program, its size before and after, and what its text shows only afterwards. */
interface Purpose {
  outputs: Outputs;
  feeds: Values;
  before: number[];
  after: number[];
  shows?: RegExp;
}

const traced = (layer: Layer, what: "forward" | "gradients", T: number): Pick<Purpose, "outputs" | "feeds"> => ({
  outputs: trace(layer, D)[what],
  feeds: sample(layer, D, { T, B: 2 }),
});
const rnn = recurrent(cells["a user's own"]!.cell, { hiddenSize: 4 });

/** E[ids] W' + b. */
const lookUp = (rows: number): Pick<Purpose, "outputs" | "feeds"> => {
  const [E, W, b] = [input("E", [rows, 3]), input("W", [2, 3]), input("b", [2])];
  const ids = input("ids", ["T", "B"], { dtype: "int" });
  return {
    outputs: { y: linear(gather(E, ids), W, b) },
    feeds: { E: noise([rows, 3]), W: noise([2, 3], 2), b: noise([2], 3), ids: ints([2, 2], [0, 4, 4, 1]) },
  };
};

const a = input("a", ["B", 3]);
const purposes: Record<string, Purpose> = {
  singleStep: {
    outputs: oneStep(),
    feeds: { x: noise([1, 2, 3]), h: noise([2, 3], 2), W: noise([3, 3], 3) },
    before: [0, 3, 1],
    after: [5],
  },
  simplify: { outputs: { y: add(mul(a, 1), mul(a, 0)) }, feeds: { a: noise([2, 3]) }, before: [3], after: [0] },
  fuse: {
    ...traced(recurrent(writtenOutLstm, { hiddenSize: 4 }), "forward", 3),
    before: [0, 25, 8],
    after: [3, 17, 2],
    shows: /concat\(U/,
  },
  hoist: { ...traced(rnn, "forward", 3), before: [0, 5, 2], after: [2, 3, 1], shows: /hoisted of/ },
  gatherFirst: { ...lookUp(5), before: [3], after: [3], shows: /gather\(t\d, ids\)/ },
  gatherBaked: { ...lookUp(4096), before: [3], after: [3], shows: /gather\(t\d, ids\)/ },
  // the product of the weight's gradient leaves, and that of the input
  sink: { ...traced(rnn, "gradients", 3), before: [9, 5, 2, 9, 4], after: [13, 5, 2, 5, 1] },
  handOutLess: {
    outputs: twiceScaled(),
    feeds: {
      x: noise([3, 2, 3]),
      u: noise([3, 2, 3], 2),
      v: noise([3, 2, 3], 3),
      h: noise([2, 3], 4),
      W: noise([3, 3], 5),
    },
    before: [0, 5, 1],
    after: [2, 3, 1],
  },
  layout: {
    ...traced(lstm({ hiddenSize: 4 }), "forward", 3),
    before: [0, 17, 2],
    after: [5, 19, 2],
    shows: /matmul\(weight_hh_l0, state\)/,
  },
};

/** a<t> = tanh(a<t-1> W' + x<t>) over one step. */
function oneStep(): Outputs {
  const { outputs, final } = scan(
    ([x], { h }) => {
      const next = tanh(add(linear(h, input("W", [3, 3])), x!));
      return { outputs: [next], state: { h: next } };
    },
    { initial: { h: input("h", ["B", 3]) }, xs: [input("x", [1, "B", 3])] },
  );
  return { y: outputs[0]!, h: final.h };
}

/** a<t> = tanh(a<t-1> W' + x<t>), of which only a<t> u<t> and a<t> v<t> are handed out. */
function twiceScaled(): Outputs {
  const { outputs } = scan(
    ([x, u, v], { h }) => {
      const next = tanh(add(linear(h, input("W", [3, 3])), x!));
      return { outputs: [mul(next, u!), mul(next, v!)], state: { h: next } };
    },
    { initial: { h: input("h", ["B", 3]) }, xs: ["x", "u", "v"].map((name) => input(name, ["T", "B", 3])) },
  );
  return { y: outputs[0]!, z: outputs[1]! };
}

const passes: Record<string, Pass> = { ...forwardPasses, ...onnxPasses, ...stepPasses };

describe("each pass does what it is for", () => {
  it("has a purpose", () => {
    const names = Object.keys(passes).filter((name) => !/^simplify./.test(name));
    expect(Object.keys(purposes).sort()).toEqual(names.sort());
  });
  it.each(Object.entries(purposes))("%s", async (name, { outputs, feeds, before, after, shows }) => {
    const changed = runPasses(outputs, { [name]: passes[name]! });
    expect([counts(outputs), counts(changed)]).toEqual([before, after]);
    if (shows) {
      expect(printGraph(outputs)).not.toMatch(shows);
      expect(printGraph(changed)).toMatch(shows);
    }
    expectClose(await evaluate(changed, feeds), await evaluate(outputs, feeds), tolerance);
  });
});

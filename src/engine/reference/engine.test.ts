import { describe, expect, it } from "vitest";
import type { Structural } from "../../tensor/op.ts";
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
  dimension,
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
  sqrt,
  sub,
  sum,
  tanh,
  transpose,
} from "../../tensor/ops.ts";
import { scan } from "../../tensor/scan.ts";
import type { OpName, Tensor } from "../../tensor/tensor.ts";
import type { Value } from "../engine.ts";
import { referenceEngine } from "./engine.ts";

const floats = (shape: number[], data: number[]): Value => ({ shape, dtype: "float", data: Float64Array.from(data) });

async function run(outputs: Record<string, Tensor>, feeds: Record<string, Value> = {}) {
  return (await referenceEngine().compile({ outputs })).run(feeds);
}

const c = (shape: number[], ...data: number[]) => constant(data, shape);
const ids = (...data: number[]) => constant(data, [data.length], "int");
const A = c([2, 3], 1, 2, 3, 4, 5, 6);
const l = Math.log;

/** An expression, its shape and its elements, worked out by hand. */
type Row = [Tensor, number[], number[]];
const table: { [K in Exclude<OpName, Structural>]: Row[] } = {
  constant: [[constant(7), [], [7]]],
  neg: [[neg(c([2], 1, -2)), [2], [-1, 2]]],
  exp: [[exp(c([2], 0, 1)), [2], [1, Math.E]]],
  log: [[log(c([2], 1, Math.E)), [2], [0, 1]]],
  sqrt: [[sqrt(c([2], 9, 2.25)), [2], [3, 1.5]]],
  abs: [[abs(c([2], -3, 4)), [2], [3, 4]]],
  sign: [[sign(c([3], -3, 0, 4)), [3], [-1, 0, 1]]],
  // Abramowitz & Stegun, table 7.1
  erf: [[erf(c([4], 0, 0.5, -2, 7)), [4], [0, 0.5204998778, -0.995322265, 1]]],
  tanh: [[tanh(c([2], 0, l(2))), [2], [0, 0.6]]],
  sigmoid: [[sigmoid(c([4], 0, l(3), -800, 800)), [4], [0.5, 0.75, 0, 1]]],
  relu: [[relu(c([2], -3, 4)), [2], [0, 4]]],
  add: [[add(A, c([2, 1], 10, 20)), [2, 3], [11, 12, 13, 24, 25, 26]]],
  sub: [[sub(c([3], 10, 20, 30), A), [2, 3], [9, 18, 27, 6, 15, 24]]],
  mul: [[mul(c([2, 1], 1, 10), c([2], 3, 4)), [2, 2], [3, 4, 30, 40]]],
  div: [[div(A, 2), [2, 3], [0.5, 1, 1.5, 2, 2.5, 3]]],
  maximum: [[maximum(A, 3), [2, 3], [3, 3, 3, 4, 5, 6]]],
  minimum: [[minimum(A, 3), [2, 3], [1, 2, 3, 3, 3, 3]]],
  less: [[less(A, 3), [2, 3], [1, 1, 0, 0, 0, 0]]],
  equal: [[equal(A, 3), [2, 3], [0, 0, 1, 0, 0, 0]]],
  select: [[select(less(A, 3), A, neg(A)), [2, 3], [1, 2, -3, -4, -5, -6]]],
  cast: [
    [cast(c([3], 1.7, -1.7, 0.2), "int"), [3], [1, -1, 0]],
    [cast(c([3], 0.2, 0, -3), "bool"), [3], [1, 0, 1]],
  ],
  sum: [
    [sum(A), [], [21]],
    [sum(A, { axes: 0 }), [3], [5, 7, 9]],
    [sum(A, { axes: -1, keepDims: true }), [2, 1], [6, 15]],
    [mean(A, { axes: 1 }), [2], [2, 5]],
  ],
  max: [
    [max(neg(A)), [], [-1]],
    [max(A, { axes: 0 }), [3], [4, 5, 6]],
  ],
  argMax: [[argMax(c([2, 3], 1, 5, 5, 7, 0, 2)), [2], [1, 0]]],
  matmul: [
    [matmul(A, c([3, 2], 1, 0, 0, 1, 1, 1)), [2, 2], [4, 5, 10, 11]],
    [matmul(A, A, { transB: true }), [2, 2], [14, 32, 32, 77]],
    [matmul(A, c([2, 1], 1, 10), { transA: true }), [3, 1], [41, 52, 63]],
    [matmul(c([2, 1, 2], 1, 2, 3, 4), c([1, 2], 1, 10), { transB: true }), [2, 1, 1], [21, 43]],
    [matmul(c([1, 2], 1, 10), c([2, 2, 1], 1, 2, 3, 4)), [2, 1, 1], [21, 43]],
  ],
  reshape: [[reshape(A, [3, 2]), [3, 2], [1, 2, 3, 4, 5, 6]]],
  transpose: [
    [transpose(A), [3, 2], [1, 4, 2, 5, 3, 6]],
    [transpose(c([1, 2, 2], 1, 2, 3, 4), [2, 0, 1]), [2, 1, 2], [1, 3, 2, 4]],
  ],
  broadcastTo: [[broadcastTo(c([2, 1], 1, 2), [2, 2, 2]), [2, 2, 2], [1, 1, 2, 2, 1, 1, 2, 2]]],
  slice: [
    [slice(A, 1, 1, 3), [2, 2], [2, 3, 5, 6]],
    [slice(A, 0, 1, 2), [1, 3], [4, 5, 6]],
  ],
  concat: [[concat([A, c([2, 1], 8, 9)]), [2, 4], [1, 2, 3, 8, 4, 5, 6, 9]]],
  range: [[range(3), [3], [0, 1, 2]]],
  gather: [[gather(A, ids(1, 0, 1)), [3, 3], [4, 5, 6, 1, 2, 3, 4, 5, 6]]],
  scatterAdd: [[apply("scatterAdd", [ids(2, 0, 2), c([3], 1, 2, 4)], { rows: 3 }), [3], [2, 0, 5]]],
  pick: [[pick(A, ids(2, 0)), [2], [3, 4]]],
  place: [[apply("place", [c([2], 5, 6), ids(1, 0)], { size: 2 }), [2, 2], [0, 5, 6, 0]]],
  softmax: [[softmax(c([2, 2], 1000, 1000, 0, l(3))), [2, 2], [0.5, 0.5, 0.25, 0.75]]],
  logSoftmax: [[logSoftmax(c([1, 2], 0, -2000)), [1, 2], [0, -2000]]],
  crossEntropy: [[crossEntropy(c([2, 2], 0, l(3), 0, l(3)), ids(0, 1)), [2], [l(4), l(4 / 3)]]],
  crossEntropyGrad: [
    [
      apply("crossEntropyGrad", [c([2, 2], 0, l(3), 0, l(3)), ids(0, 1), c([2], 1, 4)], { smoothing: 0 }),
      [2, 2],
      [-0.75, 0.75, 1, -1],
    ],
  ],
};

describe.each(Object.entries(table))("%s", (_, rows) => {
  it.each(rows)("row %#", async (tensor, shape, expected) => {
    const { y } = await run({ y: tensor });
    expect(y!.shape).toEqual(shape);
    expect(y!.dtype).toBe(tensor.dtype);
    expect(y!.data).toHaveLength(expected.length);
    expected.forEach((value, i) => void expect(y!.data[i]).toBeCloseTo(value, 9));
  });
});

describe("scan", () => {
  // s<t> = 2 s<t-1> + x<t>, and s<t-1> x<t> as an output
  const build = (options: { reverse?: boolean; lengths?: Tensor }) => {
    const x = input("x", ["T", 2]);
    const { outputs, final } = scan(([x], { s }) => ({ outputs: [mul(s, x!)], state: { s: add(mul(s, 2), x!) } }), {
      initial: { s: constant([1, 0], [2]) },
      xs: [x],
      ...options,
    });
    return { outputs: outputs[0]!, final: final.s };
  };
  const x = floats([3, 2], [1, 10, 2, 20, 3, 30]);

  it("runs the step along the first axis", async () => {
    const { outputs, final } = await run(build({}), { x });
    expect([...outputs!.data]).toEqual([1, 0, 6, 200, 24, 1200]); // s before each step: (1,0) (3,10) (8,40)
    expect([...final!.data]).toEqual([19, 110]);
  });

  it("runs it from the last step; outputs stay at their places", async () => {
    const { outputs, final } = await run(build({ reverse: true }), { x });
    expect([...outputs!.data]).toEqual([12, 800, 10, 600, 3, 0]); // s before steps 3, 2, 1: (1,0) (5,30) (12,80)
    expect([...final!.data]).toEqual([25, 170]);
  });

  it("freezes the state and zeroes the outputs past each length", async () => {
    const lengths = input("lengths", [2], { dtype: "int" });
    const { outputs, final } = await run(build({ lengths }), {
      x,
      lengths: { shape: [2], dtype: "int", data: Int32Array.of(1, 3) },
    });
    expect([...outputs!.data]).toEqual([1, 0, 0, 200, 0, 1200]);
    expect([...final!.data]).toEqual([3, 110]);
  });

  it("runs no step over no time", async () => {
    const { outputs, final } = await run(build({}), { x: floats([0, 2], []) });
    expect(outputs!.shape).toEqual([0, 2]);
    expect([...final!.data]).toEqual([1, 0]);
  });
});

describe("run", () => {
  const a = input("a", ["B", "T"]);
  const b = input("b", ["T", 2]);
  const feeds = { a: floats([1, 3], [1, 2, 3]), b: floats([3, 2], [1, 2, 3, 4, 5, 6]) };

  it("binds named axes to the lengths of what is fed", async () => {
    const { y, n } = await run({ y: matmul(a, b), n: dimension("B*T") }, feeds);
    expect([...y!.data]).toEqual([22, 28]);
    expect([...n!.data]).toEqual([3]);
  });

  it("widens Float32Array; results are float64", async () => {
    const session = await referenceEngine().compile({ outputs: { y: mul(a, 3) } });
    const { y } = await session.run({ a: { shape: [1, 3], dtype: "float", data: Float32Array.of(0.1, 1, 2) } });
    expect(y!.data).toEqual(Float64Array.of(3 * Math.fround(0.1), 3, 6));
  });
  it("says what it wanted", async () => {
    const program = await referenceEngine().compile({ outputs: { y: matmul(a, b) } });
    const message = (wrong: Record<string, Value>) => program.run(wrong).catch((error: Error) => error.message);
    expect(await message({ a: feeds.a })).toBe('run(b): expected a value for the input "b", got a');
    expect(await message({ ...feeds, b: floats([2, 2], [1, 2, 3, 4]) })).toBe(
      'run(b): expected [T, 2], got [2, 2]\n  hint: T is 3 in "a"',
    );
    expect(await message({ ...feeds, b: floats([6], [1, 2, 3, 4, 5, 6]) })).toBe("run(b): expected [T, 2], got [6]");
    expect(await message({ ...feeds, b: floats([3, 2], [1]) })).toBe("run(b): expected 6 numbers, got 1");
    const int = { shape: [3, 2], dtype: "int", data: new Int32Array(6) } as const;
    expect(await message({ ...feeds, b: int })).toBe("run(b): expected float values, got int");
    await expect(run({ y: gather(A, ids(2)) })).rejects.toThrow("gather: expected ids from 0 to 1, got 2");
  });
});

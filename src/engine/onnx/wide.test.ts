// What only large sizes reach: weights whose rows lie a multiple of 4 KiB apart, tables of more than 512 rows.
import { expect, it } from "vitest";
import { printGraph } from "../../compile/print.ts";
import { nodeEngine } from "../../node/engine.ts";
import { add, apply, input, linear, mul, scan, sum, type Tensor, tanh } from "../../tensor/index.ts";
import { type Engine, referenceEngine, type Value } from "../index.ts";
import { layout } from "./layout.ts";

const wave = (shape: number[], at: number): Value => ({
  shape,
  dtype: "float",
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(at + 1.7 * i)),
});

async function run(engine: Engine, y: Tensor, feeds: Record<string, Value>) {
  return (await (await engine.compile({ outputs: { y } })).run(feeds)).y!;
}

function expectClose(got: Value, want: Value, bound: number) {
  expect(got.shape).toEqual(want.shape);
  expect(Math.max(...Array.from(want.data, (x, i) => Math.abs(x - got.data[i]!)))).toBeLessThan(bound);
}

it.each([1, 3])("a weight 1,024 wide gets 16 columns of zeros, which change nothing; batch of %i", async (batch) => {
  const [x, h, W] = [input("x", ["T", "B", 2]), input("h", ["B", 1024]), input("W", [4, 1024])];
  const { outputs } = scan(
    ([x], { h }) => {
      const seen = tanh(add(sum(linear(h, W), { axes: 1, keepDims: true }), sum(x!, { axes: 1, keepDims: true })));
      const next = mul(h, seen);
      return { outputs: [next], state: { h: next } };
    },
    { initial: { h }, xs: [x] },
  );
  const [turned] = layout([outputs[0]!]);
  expect(printGraph({ y: turned! })).toMatch(/\[4, 1040\]/);
  const feeds = { x: wave([2, batch, 2], 1), h: wave([batch, 1024], 2), W: wave([4, 1024], 3) };
  const want = await run(referenceEngine(), outputs[0]!, feeds);
  expectClose(await run(referenceEngine(), turned!, feeds), want, 1e-11);
  expectClose(await run(nodeEngine({ threads: 1 }), outputs[0]!, feeds), want, 1e-4);
});

it.each([1, 4])("rows are added to a table of 600 without a loss on %i threads", async (threads) => {
  const [ids, updates] = [input("ids", ["N"], { dtype: "int" }), input("updates", ["N", 64])];
  const table = apply("scatterAdd", [ids, updates], { rows: 600 });
  const N = 4000;
  const feeds: Record<string, Value> = {
    ids: { shape: [N], dtype: "int", data: Int32Array.from({ length: N }, (_, i) => (i % 5 ? 599 : (i * 7) % 600)) },
    updates: wave([N, 64], 4),
  };
  expectClose(
    await run(nodeEngine({ threads }), table, feeds),
    await run(referenceEngine(), table, feeds),
    2e-3, // 3,200 numbers are added to one row
  );
});

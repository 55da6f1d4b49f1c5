import { describe, expect, it } from "vitest";
import { gradient } from "../compile/gradient.ts";
import { nodeEngine } from "../node/engine.ts";
import { gather, input, linear, mul, parameterLayout, sum, tanh, transpose } from "../tensor/index.ts";
import { compileShards } from "./shards.ts";

// A table looked up with repeated ids, so that a gradient that loses updates would show.
const layout = parameterLayout([
  { name: "E", shape: [5, 8] },
  { name: "W", shape: [6, 8] },
]);
const ids = input("ids", ["B", "T"], { dtype: "int" });
const [E, W] = layout.slots.map(({ name, shape }) => input(name, shape, { kind: "parameter" })) as [never, never];
const hidden = tanh(linear(gather(E, transpose(ids)), W));
const total = sum(mul(hidden, hidden));
const [dE, dW] = gradient(total, [E, W]);
const outputs = { total, "d.E": dE!, "d.W": dW! };
const feeds = [0, 1].map((shard) => ({
  ids: { shape: [3, 40], dtype: "int" as const, data: Int32Array.from({ length: 120 }, (_, i) => (i * 7 + shard) % 5) },
}));

async function run(threads: number, times: number) {
  const parameters = Float32Array.from({ length: layout.length }, (_, i) => Math.sin(i));
  const gradients = new Float32Array(layout.length);
  const options = {
    shards: 2,
    threads,
    layout,
    parameters,
    gradients,
    gradientName: (slot: string) => `d.${slot}`,
    fixed: {},
  };
  const executable = await compileShards(nodeEngine(), { outputs }, options);
  const seen: { gradients: number[]; totals: number[] }[] = [];
  for (let i = 0; i < times; i++) {
    const results = await executable.run(feeds);
    seen.push({ gradients: [...gradients], totals: results.map((result) => result.total!.data[0]!) });
    for (let k = 0; k < parameters.length; k++) parameters[k]! -= 0.01 * gradients[k]!;
  }
  await executable.release();
  return seen;
}

describe("shards", () => {
  it("side by side = one after another, bit for bit, while parameters move", async () => {
    const [parallel, sequential] = [await run(2, 4), await run(1, 4)];
    expect(parallel).toEqual(sequential);
    expect(parallel[0]!.totals[0]).not.toBe(parallel[0]!.totals[1]);
    expect(parallel[3]!.totals[0]).toBeLessThan(parallel[0]!.totals[0]!);
  });
  it("two shards = the gradient of both batches together", async () => {
    const [first] = await run(2, 1);
    const engine = nodeEngine();
    const whole = await engine.compile({ outputs }, { threads: 1 });
    const data = Int32Array.from([...feeds[0]!.ids.data, ...feeds[1]!.ids.data]);
    const values = Object.fromEntries(
      layout.slots.map(({ name, shape, offset, size }) => [
        name,
        { shape, dtype: "float" as const, data: Float32Array.from({ length: size }, (_, i) => Math.sin(offset + i)) },
      ]),
    );
    const result = await whole.run({ ...values, ids: { shape: [6, 40], dtype: "int", data } });
    for (const { name, offset } of layout.slots) {
      [...result[`d.${name}`]!.data].forEach((value, i) => {
        expect(Math.abs(value - first!.gradients[offset + i]!)).toBeLessThan(1e-4);
      });
    }
    await whole.release();
  });
});

import { describe, expect, it } from "vitest";
import { referenceEngine } from "../../engine/index.ts";
import { add, input, linear, mul, scan, sigmoid, sum, type Tensor, tanh } from "../../tensor/index.ts";
import { gradient } from "../gradient.ts";
import { fuse } from "./fuse.ts";
import { hoist } from "./hoist.ts";
import { findLoops } from "./scans.ts";

const [H, D] = [3, 2];
const gates = ["i", "f", "g", "o"] as const;

/** An LSTM as it stands on the slide: a weight, a recurrent weight and a bias for each gate. */
function gateByGate() {
  const parameters: Record<string, Tensor> = {};
  for (const k of gates) {
    parameters[`W${k}`] = input(`W${k}`, [H, D], { kind: "parameter" });
    parameters[`U${k}`] = input(`U${k}`, [H, H], { kind: "parameter" });
    parameters[`b${k}`] = input(`b${k}`, [H], { kind: "parameter" });
  }
  const x = input("x", ["T", "B", D]);
  const zero = input("zero", ["B", H]);
  const { outputs } = scan<{ h: Tensor; c: Tensor }>(
    ([x], { h, c }) => {
      const gate = (k: string) =>
        add(linear(x!, parameters[`W${k}`]!), linear(h, parameters[`U${k}`]!), parameters[`b${k}`]!);
      const next = add(mul(sigmoid(gate("f")), c), mul(sigmoid(gate("i")), tanh(gate("g"))));
      const out = mul(sigmoid(gate("o")), tanh(next));
      return { outputs: [out], state: { h: out, c: next } };
    },
    { initial: { h: zero, c: zero }, xs: [x] },
  );
  return { loss: sum(mul(outputs[0]!, outputs[0]!)), parameters };
}

const count = (roots: Tensor[], op: string) =>
  [...findLoops(roots).values()][0]!.inside.filter((tensor) => tensor.op === op).length;

describe("fuse", () => {
  it("leaves one product of the input and one of the state, and after hoisting one in the loop", () => {
    const { loss } = gateByGate();
    expect(count([loss], "matmul")).toBe(8);
    expect(count(fuse([loss]), "matmul")).toBe(2);
    expect(count(hoist(fuse([loss])), "matmul")).toBe(1);
    expect(count(fuse([loss]), "slice")).toBe(4);
  });
  it("changes neither the loss nor the gradients", async () => {
    const { loss, parameters } = gateByGate();
    const names = Object.keys(parameters);
    const results = (value: Tensor) =>
      Object.fromEntries([
        ["loss", value],
        ...gradient(value, Object.values(parameters)).map((g, i) => [`d${names[i]}`, g] as const),
      ]);
    const fill = (shape: number[], phase: number) => ({
      shape,
      dtype: "float" as const,
      data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7 + phase)),
    });
    const feeds = {
      x: fill([4, 2, D], 1),
      zero: fill([2, H], 2),
      ...Object.fromEntries(
        Object.entries(parameters).map(([name, { shape }], i) => [name, fill(shape as number[], i)]),
      ),
    };
    const run = async (value: Tensor) => (await referenceEngine().compile({ outputs: results(value) })).run(feeds);
    const [plain, fused] = [await run(loss), await run(fuse([loss])[0]!)];
    for (const [name, { data }] of Object.entries(plain)) {
      expect(Math.max(...data.map(Math.abs))).toBeGreaterThan(1e-4);
      data.forEach((value, i) => {
        expect(Math.abs(value - fused[name]!.data[i]!)).toBeLessThan(1e-12);
      });
    }
  });
  it("keeps a part that is read elsewhere", () => {
    const x = input("x", ["T", "B", D]);
    const [U, V] = ["U", "V"].map((name) => input(name, [H, H], { kind: "parameter" })) as [Tensor, Tensor];
    const { outputs } = scan<{ h: Tensor }>(
      ([x], { h }) => {
        const u = linear(h, U);
        const next = tanh(add(u, linear(h, V), sum(x!, { axes: 1, keepDims: true })));
        return { outputs: [u, next], state: { h: next } };
      },
      { initial: { h: input("h", ["B", H]) }, xs: [x] },
    );
    expect(fuse(outputs).map(({ shape }) => shape)).toEqual(outputs.map(({ shape }) => shape));
    expect(count(fuse(outputs), "matmul")).toBe(1);
  });
});

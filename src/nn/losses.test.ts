import { describe, expect, it } from "vitest";
import { referenceEngine, type Value } from "../engine/index.ts";
import { input } from "../tensor/ops.ts";
import { binaryCrossEntropy, type Loss, meanSquaredError, sequenceCrossEntropy } from "./losses.ts";

const floats = (shape: number[], ...data: number[]): Value => ({
  shape,
  dtype: "float",
  data: Float64Array.from(data),
});

async function run(loss: Loss, feeds: Record<string, Value>): Promise<number[]> {
  const program = await referenceEngine().compile({ outputs: { ...loss } });
  const { mean, total, count } = await program.run(feeds);
  return [mean!, total!, count!].map(({ data }) => data[0]!);
}

const a = input("a", ["T", "B"]);
const b = input("b", ["T", "B"]);
const weights = input("weights", ["T", "B"]);
const expectEach = (actual: number[], expected: number[]) =>
  actual.forEach((value, i) => void expect(value).toBeCloseTo(expected[i]!, 12));

describe("losses", () => {
  it("mean squared error: mean, total and count", async () => {
    const feeds = { a: floats([2, 1], 1, 5), b: floats([2, 1], 3, 4) };
    expectEach(await run(meanSquaredError(a, b), feeds), [2.5, 5, 2]);
  });

  it("weights say which places count", async () => {
    const feeds = { a: floats([2, 1], 1, 5), b: floats([2, 1], 3, 4), weights: floats([2, 1], 0, 1) };
    expectEach(await run(meanSquaredError(a, b, { weights }), feeds), [1, 1, 1]);
    expectEach(await run(meanSquaredError(a, b, { weights }), { ...feeds, weights: floats([2, 1], 0, 0) }), [0, 0, 0]);
  });

  it("binary cross-entropy is -log of the probability, far out too", async () => {
    const feeds = { a: floats([4, 1], Math.log(3), Math.log(3), -1000, 1000), b: floats([4, 1], 1, 0, 0, 0) };
    const total = -Math.log(0.75) - Math.log(0.25) + 0 + 1000;
    expectEach(await run(binaryCrossEntropy(a, b), feeds), [total / 4, total, 4]);
  });

  it("cross-entropy of even logits is the log of the number of classes", async () => {
    const logits = input("logits", ["T", "B", 5]);
    const targets = input("targets", ["T", "B"], { dtype: "int" });
    const feeds = {
      logits: floats([2, 1, 5], ...new Array<number>(10).fill(3)),
      targets: { shape: [2, 1], dtype: "int", data: Int32Array.of(4, 0) } as const,
    };
    for (const smoothing of [0, 0.1]) {
      expectEach(await run(sequenceCrossEntropy(logits, targets, { smoothing }), feeds), [
        Math.log(5),
        2 * Math.log(5),
        2,
      ]);
    }
  });

  it("says which shapes do not fit", () => {
    expect(() => meanSquaredError(a, input("c", ["T", 2]))).toThrow("meanSquaredError: expected [T, 2], got [T, B]");
    expect(() => meanSquaredError(a, b, { weights: input("w", ["B"]) })).toThrow(
      "loss weights: expected [T, B], got [B]",
    );
  });
});

import { describe, expect, it } from "vitest";
import { evaluate } from "../../test/gradient-check.ts";
import { constant, mul } from "../tensor/index.ts";
import { parameterLayout, view } from "../tensor/parameters.ts";
import { allFinite, clipFactor, failNonFinite, findNonFinite, globalNorm } from "./clipping.ts";
import { earlyStopping, type StoppingState } from "./early-stopping.ts";

async function clip(values: readonly number[], maxNorm: number) {
  const gradient = constant(values, [values.length]);
  const norm = globalNorm([gradient]);
  const clipped = mul(gradient, clipFactor(norm, maxNorm));
  const found = await evaluate({ norm, clipped, good: allFinite([norm]) }, {});
  return { norm: found.norm!.data[0]!, clipped: [...found.clipped!.data], good: found.good!.data[0] };
}

describe("clipping", () => {
  it("makes the norm at most maxNorm, keeps the direction, and leaves small gradients alone", async () => {
    const { norm, clipped } = await clip([3, 4], 1);
    expect(norm).toBe(5);
    expect(Math.hypot(...clipped)).toBeLessThanOrEqual(1);
    expect(clipped[1]! / clipped[0]!).toBeCloseTo(4 / 3, 12);
    expect((await clip([0.3, 0.4], 1)).clipped).toEqual([0.3, 0.4]);
  });
  it("maxNorm Infinity only measures; an absurd one is refused", async () => {
    expect(await clip([3e9, 4e9], Infinity)).toEqual({ norm: 5e9, clipped: [3e9, 4e9], good: 1 });
    await expect(clip([3, 4], 0)).rejects.toThrow("clipNorm: expected a number above 0, got 0");
  });
  it("detects NaN and infinity", async () => {
    for (const bad of [Number.NaN, Infinity, -Infinity]) expect((await clip([1, bad], 1)).good).toBe(0);
  });
  it("names the step and the parameter that went wrong", () => {
    const layout = parameterLayout([
      { name: "a", shape: [4] },
      { name: "encoder.bias_l0", shape: [5] },
    ]);
    const gradients = new Float32Array(layout.length);
    expect(findNonFinite(gradients, layout)).toBeUndefined();
    view(gradients, layout.slots[1]!)[4] = Number.POSITIVE_INFINITY;
    expect(findNonFinite(gradients, layout)?.name).toBe("encoder.bias_l0");
    const at = { step: 412, parameter: "encoder.bias_l0", learningRate: 0.1, previousNorm: 31000 };
    expect(() => failNonFinite({ ...at, loss: 1, norm: Infinity })).toThrow(
      "train: the gradient of encoder.bias_l0 became infinite at step 412 (gradient norm at step 411: 3.1e+4)\n  hint: set clipNorm, or lower learningRate (now 0.1)",
    );
    expect(() => failNonFinite({ ...at, parameter: undefined, loss: Number.NaN, norm: 1, clipNorm: 1 })).toThrow(
      "train: loss became NaN at step 412 (gradient norm at step 411: 3.1e+4)\n  hint: lower learningRate (now 0.1)",
    );
  });
});

describe("early stopping", () => {
  it("waits its patience, counts only real improvements, and goes on from its state as JSON", () => {
    const rule = earlyStopping({ patience: 2, minDelta: 0.1 });
    let state: StoppingState = rule.initial;
    const seen = [3, 2, 1.95, Number.NaN].map((loss) => {
      const result = rule.next(JSON.parse(JSON.stringify(state)), loss);
      state = result.state;
      return [result.improved, result.stop];
    });
    expect(seen).toEqual([
      [true, false],
      [true, false],
      [false, false],
      [false, true],
    ]);
    expect(state.best).toBe(2);
    expect(earlyStopping({ patience: Infinity }).next({ best: 1, waited: 99 }, 2).stop).toBe(false);
  });
});

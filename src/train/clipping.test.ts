import { describe, expect, it } from "vitest";
import { random } from "../base/index.ts";
import { parameterLayout, view } from "../tensor/parameters.ts";
import { checkFinite, clipByGlobalNorm, clipFactor, findNonFinite, globalNorm } from "./clipping.ts";
import { earlyStopping, type StoppingState } from "./early-stopping.ts";
import { flatMemory } from "./kernel/memory.ts";
import { adamW } from "./optimizers.ts";

function normals(length: number, plain: boolean): Float32Array {
  const [values] = flatMemory({ length, buffers: 1, plain }).buffers as [Float32Array];
  const r = random(5);
  for (let i = 0; i < length; i++) values[i] = r.normal();
  return values;
}

describe("clipping", () => {
  it("kernel = plain loops, bit for bit, and both = the definition", () => {
    for (const length of [0, 3, 8, 1001]) {
      const [fast, slow] = [normals(length, false), normals(length, true)];
      expect(globalNorm(fast)).toBe(globalNorm(slow));
      expect(globalNorm(slow)).toBeCloseTo(Math.hypot(...slow), 10);
      clipByGlobalNorm(fast, 0.5);
      clipByGlobalNorm(slow, 0.5);
      expect(fast).toEqual(slow);
    }
  });
  it("makes the norm at most maxNorm, keeps the direction, and leaves small gradients alone", () => {
    const clipped = new Float32Array([3, 4]);
    expect(clipByGlobalNorm(clipped, 1)).toBe(5);
    expect(globalNorm(clipped)).toBeLessThanOrEqual(1);
    expect(clipped[1]! / clipped[0]!).toBeCloseTo(4 / 3, 6);
    const small = new Float32Array([0.3, 0.4]);
    clipByGlobalNorm(small, 1);
    expect(small).toEqual(new Float32Array([0.3, 0.4]));
  });
  it("maxNorm Infinity only measures; an absurd one is refused", () => {
    const gradients = new Float32Array([3e9, 4e9]);
    expect(clipByGlobalNorm(gradients, Infinity)).toBe(5e9);
    expect(gradients[0]).toBe(3e9);
    expect(() => clipByGlobalNorm(gradients, 0)).toThrow("clipNorm: expected a number above 0, got 0");
  });
  it("neither overflows nor vanishes", () => {
    expect(globalNorm(new Float32Array([3e38, 3e38]))).toBeCloseTo(Math.SQRT2 * 3e38, -34);
    expect(globalNorm(new Float32Array([1e-40]))).toBeGreaterThan(0);
  });
  it("a gradientScale gives the bits of clipping first", () => {
    const run = (fold: boolean) => {
      const { buffers } = flatMemory({ length: 50, buffers: 4 });
      const [parameters, gradients, ...state] = buffers as [Float32Array, Float32Array, ...Float32Array[]];
      gradients.set(normals(50, true));
      const gradientScale = fold ? clipFactor(globalNorm(gradients), 0.25) : 1;
      if (!fold) clipByGlobalNorm(gradients, 0.25);
      adamW().update({ parameters, gradients, state, step: 1, gradientScale });
      return parameters;
    };
    expect(run(true)).toEqual(run(false));
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
    const at = { step: 412, gradients, layout, learningRate: 0.1, previousNorm: 31000 };
    expect(() => checkFinite({ ...at, loss: 1, norm: globalNorm(gradients) })).toThrow(
      "train: the gradient of encoder.bias_l0 became infinite at step 412 (gradient norm at step 411: 3.1e+4)\n  hint: set clipNorm, or lower learningRate (now 0.1)",
    );
    expect(() => checkFinite({ ...at, loss: Number.NaN, norm: 1, clipNorm: 1 })).toThrow(
      "train: loss became NaN at step 412 (gradient norm at step 411: 3.1e+4)\n  hint: lower learningRate (now 0.1)",
    );
    expect(() => checkFinite({ ...at, loss: 1, norm: 1 })).not.toThrow();
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

import { describe, expect, it } from "vitest";
import { random } from "../base/index.ts";
import { parameterLayout, view } from "../tensor/parameters.ts";
import { flatMemory } from "./kernel/memory.ts";
import { adam, adamW, type Optimizer, optimizerFrom, parameterRanges, rmsprop, sgd } from "./optimizers.ts";

const all: Optimizer[] = [
  sgd({ learningRate: 0.05, weightDecay: 0.1 }),
  sgd({ learningRate: 0.05, momentum: 0.9 }),
  sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  rmsprop({ weightDecay: 0.01 }),
  rmsprop({ momentum: 0.9 }),
  adam({ weightDecay: 0.02 }),
  adamW({ learningRate: 4e-3, weightDecay: 0.1 }),
];

/** `steps` updates from seeded numbers; returns the parameters and moments. */
function run(
  optimizer: Optimizer,
  options: {
    length: number;
    plain: boolean;
    ranges?: { offset: number; length: number; rate?: number; decay?: number }[];
    steps?: number;
  },
) {
  const { length, plain, ranges, steps = 5 } = options;
  const { buffers, accelerated } = flatMemory({ length, buffers: 2 + optimizer.stateBuffers, plain });
  expect(accelerated).toBe(!plain);
  const [parameters, gradients, ...state] = buffers as [Float32Array, Float32Array, ...Float32Array[]];
  const r = random(11);
  for (let i = 0; i < length; i++) parameters[i] = r.normal();
  for (let step = 1; step <= steps; step++) {
    for (let i = 0; i < length; i++) gradients[i] = r.normal() * 10 ** (r.below(8) - 4);
    optimizer.update({ parameters, gradients, state, step, ranges, gradientScale: 0.7 });
  }
  return { parameters, state };
}

describe("optimizers", () => {
  it.each(all.map((o) => [`${o.name} ${JSON.stringify(o.config)}`, o] as const))(
    "kernel = plain loops, bit for bit: %s",
    (_, o) => {
      for (const length of [1, 7, 16, 1003]) {
        const fast = run(o, { length, plain: false });
        const slow = run(o, { length, plain: true });
        expect(fast.parameters).toEqual(slow.parameters);
        expect(fast.state).toEqual(slow.state);
        expect(fast.parameters.every(Number.isFinite)).toBe(true);
      }
    },
  );
  it.each(all.map((o) => [o.name, o] as const))(
    "%s: ranges that cover everything = no ranges; frozen floats and their moments do not move",
    (_, o) => {
      const whole = run(o, { length: 100, plain: false });
      const parts = [
        { offset: 0, length: 33 },
        { offset: 33, length: 67 },
      ];
      expect(run(o, { length: 100, plain: false, ranges: parts }).parameters).toEqual(whole.parameters);
      const start = run(o, { length: 100, plain: false, steps: 0 }).parameters;
      const frozen = run(o, { length: 100, plain: false, ranges: [{ ...parts[0]!, rate: 0 }, parts[1]!] });
      expect(frozen.parameters.subarray(0, 33)).toEqual(start.subarray(0, 33));
      expect(frozen.parameters.subarray(33)).toEqual(whole.parameters.subarray(33));
      expect(frozen.parameters[40]).not.toBe(start[40]);
      for (const buffer of frozen.state) expect(buffer.subarray(0, 33).every((x) => x === 0)).toBe(true);
    },
  );
  it("a range's rate multiplies the learning rate and its decay the weight decay", () => {
    const half = run(adamW({ learningRate: 0.02, weightDecay: 0.3 }), {
      length: 40,
      plain: false,
      ranges: [{ offset: 0, length: 40, rate: 0.5, decay: 0.5 }],
    });
    const same = run(adamW({ learningRate: 0.01, weightDecay: 0.15 }), { length: 40, plain: false });
    expect(half.parameters).toEqual(same.parameters);
  });
  it("the first step of Adam moves each float by the learning rate against its gradient's sign", () => {
    const parameters = new Float32Array(3);
    const gradients = new Float32Array([0.001, -5, 300]);
    adam({ learningRate: 0.1 }).update({
      parameters,
      gradients,
      state: [new Float32Array(3), new Float32Array(3)],
      step: 1,
    });
    for (const [i, expected] of [-0.1, 0.1, -0.1].entries()) expect(parameters[i]).toBeCloseTo(expected, 4);
  });
  it("merges neighboring parameters with the same rule, and leaves the others out", () => {
    const layout = parameterLayout([
      { name: "embedding.weight", shape: [5, 3] },
      { name: "a", shape: [20] },
      { name: "b", shape: [3] },
      { name: "w", shape: [2, 2] },
    ]);
    const ranges = parameterRanges(layout, ({ name, shape }) => ({
      rate: name.startsWith("embedding") ? 0 : 1,
      decay: shape.length > 1 ? 1 : 0,
    }));
    expect(ranges).toEqual([
      { offset: 0, length: 15, rate: 0, decay: 1 },
      { offset: 16, length: 35, rate: 1, decay: 0 },
      { offset: 64, length: 4, rate: 1, decay: 1 },
    ]);
    const flat = new Float32Array(layout.length).fill(1);
    adamW({ learningRate: 0.1, weightDecay: 0.5 }).update({
      parameters: flat,
      gradients: new Float32Array(layout.length),
      state: [new Float32Array(layout.length), new Float32Array(layout.length)],
      step: 1,
      ranges,
    });
    expect([...view(flat, layout.slots[3]!)]).toEqual(new Array(4).fill(Math.fround(0.95))); // (1 - 0.1 x 0.5)
    expect(flat.subarray(0, 64).every((x) => x === 1)).toBe(true);
  });
  it("comes back from its name and config", () => {
    for (const o of all) {
      const again = optimizerFrom(JSON.parse(JSON.stringify({ name: o.name, config: o.config })));
      expect(run(again, { length: 20, plain: true })).toEqual(run(o, { length: 20, plain: true }));
    }
    expect(() => optimizerFrom({ name: "lion", config: {} })).toThrow(
      "optimizer: expected sgd, rmsprop, adam or adamW, got lion",
    );
  });
  it("says which option is absurd", () => {
    expect(() => adamW({ learningRate: -1 })).toThrow("adamW(learningRate): expected a number at least 0, got -1");
    expect(() => adam({ betas: [0.9, 1] })).toThrow("adam(betas): expected");
    expect(() => sgd({ nesterov: true })).toThrow("sgd(nesterov): expected momentum above 0, got 0");
    expect(() =>
      adam().update({ parameters: new Float32Array(4), gradients: new Float32Array(3), state: [], step: 1 }),
    ).toThrow("adam.update: expected gradients and 2 state buffers of 4 floats, got [3]");
  });
});

import { describe, expect, it } from "vitest";
import { optimizerSession } from "../../../test/optimizer-session.ts";
import { random } from "../../base/index.ts";
import { referenceEngine } from "../../engine/index.ts";
import { nodeEngine } from "../../node/engine.ts";
import { adam, adamW, averaged, type Optimizer, optimizerFrom, rmsprop, sgd } from "./index.ts";

const all: Optimizer[] = [
  sgd({ learningRate: 0.05, weightDecay: 0.1 }),
  sgd({ learningRate: 0.05, momentum: 0.9 }),
  sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  rmsprop({ weightDecay: 0.01 }),
  rmsprop({ momentum: 0.9 }),
  adam({ weightDecay: 0.02 }),
  adamW({ learningRate: 4e-3, weightDecay: 0.1 }),
  averaged(adamW({ learningRate: 4e-3 }), { decay: 0.9 }),
];
const reference = referenceEngine();
const native = nodeEngine({ threads: 1 });

/** Some updates from seeded numbers. Returns all state and the norms. */
async function run(
  engine: typeof native,
  optimizer: Optimizer,
  options: { steps?: number; clipNorm?: number; decay?: number; rate?: number; bad?: number } = {},
) {
  const { steps = 5, bad, ...rest } = options;
  const r = random(11);
  const numbers = (size: number, scale: () => number) =>
    Float32Array.from({ length: size }, () => r.normal() * scale());
  const start = {
    w: { shape: [7, 29], data: numbers(203, () => 1) },
    b: { shape: [5], data: numbers(5, () => 1) },
  };
  const session = await optimizerSession(engine, optimizer, start, rest);
  const norms: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const scale = () => 10 ** (r.below(5) - 4);
    const gradients = { w: numbers(203, scale), b: numbers(5, scale) };
    if (step === bad) gradients.b[3] = Number.NaN;
    norms.push(await session.update(step, gradients));
  }
  const state = await session.read();
  await session.release();
  return { state, norms };
}

type State = Awaited<ReturnType<typeof run>>["state"];
function distance(a: State, b: State): number {
  expect(Object.keys(a)).toEqual(Object.keys(b));
  return Math.max(
    ...Object.keys(a).flatMap((name) =>
      Array.from(a[name]!.data, (x, i) => Math.abs(x - b[name]!.data[i]!) / Math.max(1, Math.abs(x))),
    ),
  );
}

describe("optimizers", () => {
  it.each(all.map((o) => [`${o.name} ${JSON.stringify(o.config)}`, o] as const))(
    "the fused loop = float64 on the reference engine, clipping and guard included: %s",
    async (_, o) => {
      for (const options of [{}, { clipNorm: 0.5 }, { clipNorm: 1, bad: 3 }]) {
        const fast = await run(native, o, options);
        const exact = await run(reference, o, options);
        expect(distance(exact.state, fast.state), JSON.stringify(options)).toBeLessThan(2e-6);
        for (const [i, norm] of exact.norms.entries())
          if (i + 1 === options.bad) expect(Number.isFinite(fast.norms[i]!) || Number.isFinite(norm)).toBe(false);
          else expect(fast.norms[i]! / norm).toBeCloseTo(1, 6);
        expect(fast.state.w!.data.every(Number.isFinite)).toBe(true);
      }
    },
  );

  it.each(all.map((o) => [o.name, o] as const))("%s: a step that is not finite changes nothing", async (_, o) => {
    for (const engine of [native, reference])
      expect((await run(engine, o, { steps: 2, bad: 2 })).state).toEqual((await run(engine, o, { steps: 1 })).state);
  });

  it("factors multiply the learning rate and the weight decay", async () => {
    const half = await run(native, adamW({ learningRate: 0.02, weightDecay: 0.3 }), { rate: 0.5, decay: 0.5 });
    const same = await run(native, adamW({ learningRate: 0.01, weightDecay: 0.15 }));
    expect(half.state).toEqual(same.state);
  });

  it("the first step of Adam moves each float by the learning rate against its gradient's sign", async () => {
    const start = { p: { shape: [3], data: [0, 0, 0] } };
    const session = await optimizerSession(native, adam({ learningRate: 0.1 }), start);
    await session.update(1, { p: [0.001, -5, 300] });
    const { p } = await session.read();
    for (const [i, expected] of [-0.1, 0.1, -0.1].entries()) expect(p!.data[i]).toBeCloseTo(expected, 4);
  });

  it("an average is that of the parameters after each step, and does not change them", async () => {
    const [plain, smooth] = [sgd({ learningRate: 0.5 }), averaged(sgd({ learningRate: 0.5 }), { decay: 0.6 })];
    let expected = 0;
    for (let step = 1; step <= 8; step++) {
      const without = await run(reference, plain, { steps: step });
      const { w, "average.w": average } = (await run(reference, smooth, { steps: step })).state;
      expect(w).toEqual(without.state.w);
      const decay = Math.min(0.6, (step - 1) / (step + 9));
      expected = decay * expected + (1 - decay) * w!.data[17]!;
      expect(average!.data[17]).toBeCloseTo(expected, 12);
    }
    expect(() => averaged(plain, { decay: 1 })).toThrow(
      "averaged(decay): expected a number at least 0 and below 1, got 1",
    );
  });

  it("comes back from its name and config", async () => {
    for (const o of all) {
      const again = optimizerFrom(JSON.parse(JSON.stringify({ name: o.name, config: o.config })));
      expect(again.config).toEqual(o.config);
      expect(await run(reference, again, { steps: 1 })).toEqual(await run(reference, o, { steps: 1 }));
    }
    expect(() => optimizerFrom({ name: "lion", config: {} })).toThrow(
      "optimizer: expected sgd, rmsprop, adam or adamW, got lion",
    );
  });

  it("refuses options out of range", () => {
    expect(() => adamW({ learningRate: -1 })).toThrow("adamW(learningRate): expected a number at least 0, got -1");
    expect(() => adam({ betas: [0.9, 1] })).toThrow("adam(betas): expected");
    expect(() => sgd({ nesterov: true })).toThrow("sgd(nesterov): expected momentum above 0, got 0");
  });
});

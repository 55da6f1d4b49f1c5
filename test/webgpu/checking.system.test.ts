// Whole training steps on a backend that checks every kernel at WebGPU's default limits and computes nothing.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomKey } from "../../src/base/index.ts";
import { gradient } from "../../src/compile/gradient.ts";
import { forwardPasses, runPasses } from "../../src/compile/passes/index.ts";
import { openWebgpuEngine, type WebgpuEngine } from "../../src/engine/webgpu/engine.ts";
import type { WebgpuSession } from "../../src/engine/webgpu/session.ts";
import { bidirectional, gru, type Layer, lstm, parameterInputs, recurrent, stacked } from "../../src/nn/index.ts";
import { type Dim, input, mul, sum } from "../../src/tensor/index.ts";
import { cells } from "../conformance/cells.ts";
import { modelNames } from "../export/models.ts";
import { noise } from "../gradient-check.ts";
import { checkingGpu, everything, noPackage, skipping } from "./adapter.ts";
import { counting } from "./counting.ts";
import { batchOf, trainingStep } from "./programs.ts";
import { batchFor, taskSession, taskStep } from "./tasks.ts";

const steps = 64;
const lengthOf = (dim: Dim): number => (typeof dim === "number" ? dim : dim === "T" ? steps : 32);
/** One of each task, and what is unlike the others. */
const few = [
  "language model, lstm",
  "classifier, stacked, attention",
  "regressor",
  "forecaster",
  "tagger, CRF and characters",
  "translator, input feeding",
  "generator, frames",
  "toy, numbers",
];

describe.skipIf(skipping(noPackage))("training steps are valid at default limits", () => {
  let engine: WebgpuEngine;
  beforeAll(async () => {
    engine = await openWebgpuEngine({ gpu: checkingGpu() });
  });
  afterAll(() => engine.device.release());

  it.each(everything ? modelNames : few)("%s", async (name) => {
    const step = taskStep(name);
    const session = await taskSession(engine, step);
    const feeds = { ...batchFor(session, 1), ...step.numbers(1, 0.01) };
    const found = await session.run(feeds, { key: randomKey(1) });
    await session.run(feeds, { want: [], key: randomKey(2) });
    await session.release();
    engine.device.check();
    expect(Object.keys(found)).toEqual(Object.keys(step.program.outputs));
  });

  const layers: Record<string, Layer> = {
    lstm: lstm({ hiddenSize: 128 }),
    "odd sizes": lstm({ hiddenSize: 33 }),
    "deep, both ways": stacked([bidirectional(lstm({ hiddenSize: 24 })), gru({ hiddenSize: 48 })]),
  };
  if (everything)
    for (const [name, { cell }] of Object.entries(cells)) layers[name] = recurrent(cell, { hiddenSize: 128 });
  it.each(Object.entries(layers))("a layer: %s", async (name, layer) => {
    const hidden = name === "odd sizes" ? 33 : 128;
    const session = await engine.compile(trainingStep({ layer, hidden, dropout: true }));
    await session.run(batchOf(32, steps, 1), { key: randomKey(1), want: [] });
    engine.device.check();
    expect((session as WebgpuSession).dispatchCount()).toBeGreaterThan(steps);
  });
});

describe.skipIf(skipping(noPackage))("a training step of an LSTM", () => {
  it("alone takes one kernel a time step and direction and 30 more", async () => {
    const counted = counting(checkingGpu());
    const engine = await openWebgpuEngine({ gpu: counted.gpu });
    const built = lstm({ hiddenSize: 128 }).build(128);
    const parameters = parameterInputs(built.parameters);
    const [x, dy] = [input("x", ["T", "B", 128]), input("dy", ["T", "B", 128])];
    const total = runPasses({ total: sum(mul(built.apply(parameters, x).outputs, dy)) }, forwardPasses).total!;
    const slopes = gradient(total, [x, ...Object.values(parameters)]);
    const session = await engine.compile({ outputs: Object.fromEntries(slopes.map((slope, i) => [`d${i}`, slope])) });
    await session.run(
      Object.fromEntries(session.inputs.map(({ attrs, shape }) => [attrs.name, noise(shape.map(lengthOf), 1)])),
    );
    expect(counted.totals.dispatches).toBeLessThanOrEqual(2 * steps + 30);
    engine.device.release();
  });

  it("with the model around it takes 32 more; reads nothing back; holds no more after many steps", async () => {
    const counted = counting(checkingGpu());
    const engine = await openWebgpuEngine({ gpu: counted.gpu });
    const program = trainingStep({ layer: lstm({ hiddenSize: 128 }), hidden: 128, dropout: true });
    const session = await engine.compile(program);
    const run = (step: number) => session.run(batchOf(32, steps, step), { want: [], key: randomKey(step) });
    await run(0);
    const { dispatches } = counted.totals;
    expect(dispatches).toBeLessThanOrEqual(2 * steps + 32);
    await run(1);
    const before = { ...counted.totals };
    const many = everything ? 10_000 : 100;
    for (let step = 0; step < many; step++) await run(step);
    expect(counted.totals).toEqual({
      ...before,
      dispatches: before.dispatches + many * dispatches,
      submits: before.submits + many,
    });
    expect(counted.totals.readBacks).toBe(0);
    engine.device.release();
  });

  it("of ragged batches: the buffers are as many after 300 lengths as after 100", async () => {
    const counted = counting(checkingGpu());
    const engine = await openWebgpuEngine({ gpu: counted.gpu });
    const session = await engine.compile(trainingStep({ layer: gru({ hiddenSize: 8 }), hidden: 8 }));
    const lengthsUpTo = async (from: number, to: number) => {
      for (let length = from; length < to; length++) await session.run(batchOf(2, 1 + (length % 150), 0), { want: [] });
      return counted.totals.buffers;
    };
    const first = await lengthsUpTo(0, 160);
    expect(await lengthsUpTo(160, 320)).toBe(first);
    engine.device.release();
  });
});

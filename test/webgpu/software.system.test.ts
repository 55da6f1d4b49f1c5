// The engine on a software GPU, against the reference engine. Compiling takes it half a second a kernel, so that training steps
// and all laws, cells and operations run with WEBGPU_CONFORMANCE=all only; interpreted.test.ts has them quickly.
import { describe, expect, it, vi } from "vitest";
import { fillMask, foldIn, randomKey } from "../../src/base/index.ts";
import { referenceEngine } from "../../src/engine/index.ts";
import { openWebgpuEngine, type WebgpuEngine } from "../../src/engine/webgpu/engine.ts";
import { gru, type Layer, lstm } from "../../src/nn/index.ts";
import { maskInput } from "../../src/tensor/ops.ts";
import { lawsFor, operationsFor } from "../conformance/laws.ts";
import { parityFor } from "../conformance/parity.ts";
import { sessionLaws } from "../conformance/sessions.ts";
import { expectClose } from "../conformance/subject.ts";
import { modelNames } from "../export/models.ts";
import { everything, noDriver, skipping, softwareGpu } from "./adapter.ts";
import { batchOf, parametersOf, trainingStep } from "./programs.ts";
import { batchFor, taskSession, taskStep } from "./tasks.ts";

vi.setConfig({ testTimeout: 3_600_000 }); // it computes on the CPU, beside whatever else the machine does

describe.skipIf(skipping(noDriver))("webgpu on SwiftShader", async () => {
  if (noDriver) return;
  const engine: WebgpuEngine = await openWebgpuEngine({ gpu: softwareGpu() });

  it("is recognized as a software adapter, with a warning", async () => {
    const heard: string[] = [];
    const { device } = await openWebgpuEngine({ gpu: softwareGpu(), warn: (message) => heard.push(message) });
    expect(device.software).toBe(true);
    expect(heard.join()).toMatch(/^webgpu: .*swiftshader.* computes on the CPU/i);
  });

  it.skipIf(!everything).each<[string, Layer]>([
    ["lstm", lstm({ hiddenSize: 9 })],
    ["gru", gru({ hiddenSize: 8 })],
  ])("%s: five training steps = the reference; two runs = the same bits", async (_, layer) => {
    const options = { layer, hidden: 8, dropout: true };
    const program = trainingStep(options);
    const results = [];
    for (const one of [engine, engine, referenceEngine()]) {
      const session = await one.compile(program);
      await session.write(parametersOf(options));
      let last = {};
      for (let step = 0; step < 5; step++)
        last = await session.run(batchOf(3, 4, step), { key: randomKey(step), ...(step < 4 ? { want: [] } : {}) });
      results.push({ ...last, ...(await session.read(Object.keys(program.state!))) });
      await session.release();
    }
    expectClose(results[0]!, results[2]!, 1e-4);
    expect(results[0]).toEqual(results[1]);
  });

  it("draws the masks that the CPU draws, bit for bit", async () => {
    const size = 2 * 33;
    const expected = new Uint8Array(size);
    fillMask(expected, foldIn(foldIn(randomKey(5), 0), "mask"), 0.7);
    const fixed = await engine.compile({ outputs: { mask: maskInput("mask", [2, 33], 0.7) } });
    const { mask: drawn } = await fixed.run({}, { key: randomKey(5) });
    expect(drawn!.data).toEqual(expected);
  });

  if (everything) {
    it.each(modelNames)("a training step of a task is the reference's: %s", async (name) => {
      const step = taskStep(name);
      const results = [];
      for (const one of [engine, referenceEngine()]) {
        const session = await taskSession(one, step);
        const feeds = { ...batchFor(session, 1), ...step.numbers(1, 0.01) };
        const found = await session.run(feeds, { key: randomKey(1) });
        results.push({ ...found, ...(await session.read(step.moved.map(({ name }) => name))) });
        await session.release();
      }
      expectClose(results[0]!, results[1]!, 1e-4);
    });
    const subject = { engine, precision: "float32", tolerance: 2e-5 } as const;
    sessionLaws(subject);
    operationsFor(subject);
    lawsFor(subject);
    parityFor(subject);
  }
});

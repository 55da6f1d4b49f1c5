// Whole training steps on a backend that checks every kernel at WebGPU's default limits and computes nothing.
import { describe, expect, it } from "vitest";
import { randomKey } from "../../src/base/index.ts";
import { openWebgpuEngine } from "../../src/engine/webgpu/engine.ts";
import { WebgpuSession } from "../../src/engine/webgpu/session.ts";
import { bidirectional, gru, type Layer, lstm, recurrent, stacked } from "../../src/nn/index.ts";
import { cells } from "../conformance/cells.ts";
import { checkingGpu, noPackage, skipping } from "./adapter.ts";
import { batchOf, trainingStep } from "./programs.ts";

const steps = 64;

describe.skipIf(skipping(noPackage))("training steps are valid at default limits", () => {
  const layers: Record<string, Layer> = {
    ...Object.fromEntries(
      Object.entries(cells).map(([name, { cell }]) => [name, recurrent(cell, { hiddenSize: 128 })]),
    ),
    "odd sizes": lstm({ hiddenSize: 33 }),
    "deep, both ways": stacked([bidirectional(lstm({ hiddenSize: 24 })), gru({ hiddenSize: 48 })]),
  };
  it.each(Object.entries(layers))("%s", async (name, layer) => {
    const engine = await openWebgpuEngine({ gpu: checkingGpu() });
    const hidden = name === "odd sizes" ? 33 : 128;
    const session = (await engine.compile(trainingStep({ layer, hidden, dropout: true }))) as WebgpuSession;
    await session.run(batchOf(32, steps, 1), { key: randomKey(1) });
    await session.run(batchOf(32, steps, 1), { key: randomKey(2), want: [] });
    engine.device.check();
    expect(session).toBeInstanceOf(WebgpuSession);
  });

  it("an LSTM takes one kernel a step, forward and backward", async () => {
    const engine = await openWebgpuEngine({ gpu: checkingGpu() });
    const session = (await engine.compile(
      trainingStep({ layer: lstm({ hiddenSize: 128 }), hidden: 128 }),
    )) as WebgpuSession;
    await session.run(batchOf(32, steps, 1), { want: [] });
    expect(session.dispatchCount()).toBeLessThanOrEqual(2 * steps + 40);
  });
});

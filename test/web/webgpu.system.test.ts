// Training in a page through WebGPU, on Chromium's software GPU. Whole models, which take it some ten seconds to compile:
// WEBGPU_CONFORMANCE=all.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everything } from "../webgpu/adapter.ts";
import { type Browser, chromium, startChromium, webgpuFlags, withoutChromium } from "./chromium.ts";

describe.skipIf(!chromium)(`WebGPU in Chromium${withoutChromium}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium(webgpuFlags);
  });
  afterAll(() => browser?.close());

  it("a page opens the GPU, with a warning, and takes steps of gradient descent on it", async () => {
    const found = await browser.run<{ adapter: string; warnings: string[]; losses: number[] }>(`
      const { webgpuEngine } = await import("unrolled/web/index.js");
      const { input, mul, sub, sum } = await import("unrolled/tensor/index.js");
      const { gradient } = await import("unrolled/compile/index.js");
      const warnings = [];
      const engine = await webgpuEngine({ warn: (message) => warnings.push(message) });
      const w = input("w", [3]);
      const error = sub(w, input("target", [3]));
      const loss = sum(mul(error, error));
      const [slope] = gradient(loss, [w]);
      const session = await engine.compile({ outputs: { loss }, state: { w: { next: sub(w, mul(slope, 0.25)) } } });
      const target = { shape: [3], dtype: "float", data: Float32Array.of(1, 2, 3) };
      const losses = [];
      for (let step = 0; step < 4; step++) losses.push((await session.run({ target })).loss.data[0]);
      engine.release();
      return { adapter: engine.adapter, warnings, losses };`);
    expect(found.losses).toEqual([14, 3.5, 0.875, 0.21875]);
    expect(found.adapter).toMatch(/swiftshader/i);
    expect(found.warnings.join()).toMatch(/^webgpu: .* computes on the CPU and is slower than the CPU engine$/);
  });

  it.skipIf(!everything)(
    "a page trains a language model; the losses are those of WebAssembly within 1e-3",
    async () => {
      const losses = await browser.run<number[][]>(`
      const unrolled = await import("unrolled/index.web.js");
      const { webEngine, webgpuEngine } = await import("unrolled/web/index.js");
      const text = "the quick brown fox jumps over the lazy dog. ".repeat(20);
      const tokenizer = unrolled.charTokenizer.fit(text);
      const found = [];
      for (const engine of [await webgpuEngine({ warn() {} }), webEngine()]) {
        const model = unrolled.languageModel({ tokenizer, encoder: unrolled.rnn({ hiddenSize: 8 }), embeddingSize: 8 });
        const optimizer = unrolled.adamW({ learningRate: 0.01 });
        const losses = [];
        const options = { engine, optimizer, steps: 20, batchSize: 4, bptt: 16 };
        for await (const { loss } of unrolled.train(model, text, options)) losses.push(loss);
        found.push(losses);
      }
      return found;`);
      const [gpu, cpu] = losses as [number[], number[]];
      expect(gpu).toHaveLength(20);
      for (const [i, loss] of gpu.entries()) expect(Math.abs(loss - cpu[i]!)).toBeLessThan(1e-3);
      expect(gpu.at(-1)).toBeLessThan(gpu[0]! - 0.05);
    },
    600_000,
  );
});

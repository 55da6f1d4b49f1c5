// 200 training steps of the character model on SwiftShader: the losses of the CPU engine, twice the same bits, stopped and
// resumed the same bits. Only with WEBGPU_CONFORMANCE=all.
import { describe, expect, it } from "vitest";
import { charTokenizer } from "../../src/data/index.ts";
import { openWebgpuEngine } from "../../src/engine/webgpu/engine.ts";
import { modelFiles, modelFromFiles } from "../../src/files/index.ts";
import { lstm } from "../../src/nn/index.ts";
import { nodeEngine } from "../../src/node/engine.ts";
import { languageModel } from "../../src/tasks/index.ts";
import { adamW, type TrainOptions, train } from "../../src/train/index.ts";
import { everything, noDriver, skipping, softwareGpu } from "./adapter.ts";

const words = "the a quick slow brown red fox dog jumps runs over under lazy old and then while it".split(" ");
const text = Array.from({ length: 2000 }, (_, i) => words[(i * 7 + (i >> 3)) % words.length]).join(" ");
const held = Array.from({ length: 200 }, (_, i) => words[(i * 5 + (i >> 2)) % words.length]).join(" ");
const make = () =>
  languageModel({
    tokenizer: charTokenizer.fit(text),
    encoder: lstm({ hiddenSize: 32, dropout: 0.1 }),
    embeddingSize: 16,
  });
type Model = ReturnType<typeof make>;

describe.skipIf(!everything || skipping(noDriver))("the character model on SwiftShader", () => {
  it("200 steps: losses as on the CPU; two runs, and a resumed one: the same bits", async () => {
    const engine = await openWebgpuEngine({ gpu: softwareGpu() });
    const options = { batchSize: 8, bptt: 16, steps: 200, evaluateEvery: 40, valid: held, reportEvery: 10, shards: 1 };
    const run = async (model: Model, more: TrainOptions<string>, until = Infinity) => {
      const valid: number[] = [];
      const all = { ...options, optimizer: adamW({ learningRate: 3e-3 }), ...more };
      for await (const report of train(model as never, text as never, all as never)) {
        if (report.valid) valid.push(report.valid.nats);
        if (report.step === until) break;
      }
      return { valid, model };
    };
    const cpu = await run(make(), { engine: nodeEngine() });
    const first = await run(make(), { engine });
    const again = await run(make(), { engine });
    expect(first.valid).toHaveLength(5);
    for (const [i, nats] of first.valid.entries()) expect(Math.abs(nats - cpu.valid[i]!)).toBeLessThan(1e-3);
    expect(again.model.parameters).toEqual(first.model.parameters);
    const stopped = await run(make(), { engine }, 97);
    const loaded = await modelFromFiles("memory", await modelFiles(stopped.model), { training: true });
    const resumed = await run(loaded as Model, { engine, resume: true });
    expect(resumed.model.parameters).toEqual(first.model.parameters);
    console.log(
      "largest difference",
      Math.max(...first.valid.map((nats, i) => Math.abs(nats - cpu.valid[i]!))),
      first.valid,
    );
  }, 7_200_000);
});

// The engine's kernels, run by an interpreter, against the reference engine: needs no package, driver or GPU.
import { describe, expect, it } from "vitest";
import { fillMask, foldIn, randomKey } from "../../src/base/index.ts";
import { wordTokenizer } from "../../src/data/index.ts";
import { referenceEngine } from "../../src/engine/index.ts";
import { openWebgpuEngine } from "../../src/engine/webgpu/engine.ts";
import { modelFiles, modelFromFiles } from "../../src/files/index.ts";
import { bidirectional, gru, type Layer, lstm, stacked } from "../../src/nn/index.ts";
import { nodeEngine } from "../../src/node/engine.ts";
import { classifier } from "../../src/tasks/index.ts";
import { input, less } from "../../src/tensor/index.ts";
import { maskInput } from "../../src/tensor/ops.ts";
import { adamW, train } from "../../src/train/index.ts";
import { lawsFor, operationsFor } from "../conformance/laws.ts";
import { parityFor } from "../conformance/parity.ts";
import { sessionLaws } from "../conformance/sessions.ts";
import { expectClose } from "../conformance/subject.ts";
import { modelNames } from "../export/models.ts";
import { thorough } from "../thorough.ts";
import { everything } from "./adapter.ts";
import { interpretingGpu } from "./interpreter/gpu.ts";
import { batchOf, parametersOf, trainingStep } from "./programs.ts";
import { batchFor, taskSession, taskStep } from "./tasks.ts";

const engine = await openWebgpuEngine({ gpu: interpretingGpu() });

describe("a layer and its model, three training steps", () => {
  const stack: [string, Layer] = [
    "both ways, stacked",
    stacked([bidirectional(gru({ hiddenSize: 3 })), lstm({ hiddenSize: 5 })]),
  ];
  it.each<[string, Layer]>(thorough ? [["lstm", lstm({ hiddenSize: 9 })], stack] : [stack])(
    "%s: the reference; two runs: the same bits",
    async (_, layer) => {
      const options = { layer, hidden: 8, dropout: true };
      const program = trainingStep(options);
      const results = [];
      for (const one of [engine, engine, referenceEngine()]) {
        const session = await one.compile(program);
        await session.write(parametersOf(options));
        let last = {};
        for (let step = 0; step < 3; step++)
          last = await session.run(batchOf(3, 4, step), { key: randomKey(step), ...(step < 2 ? { want: [] } : {}) });
        results.push({ ...last, ...(await session.read(Object.keys(program.state!))) });
        await session.release();
      }
      expectClose(results[0]!, results[2]!, 1e-4);
      expect(results[0]).toEqual(results[1]);
    },
  );
});

const few = ["classifier, stacked, attention", ...(thorough ? ["translator, input feeding"] : [])];

describe("a training step of a task is the reference's", () => {
  it.each(everything ? modelNames : few)("%s", async (name) => {
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
});

describe("train", () => {
  const sentences = ["a fine film", "a waste of time", "fine", "time of a film of time", "waste", "film time"];
  const rows = Array.from({ length: 12 }, (_, i) => ({ text: sentences[i % 6]!, label: i % 2 ? "good" : "bad" }));
  const data = { rows };
  const options = { engine, batchSize: 2, steps: 5, optimizer: adamW({ learningRate: 0.05 }), reportEvery: 3 };
  const make = () =>
    classifier({
      tokenizer: wordTokenizer.fit(sentences.join(" "), { specials: ["pad", "unk"] }),
      labels: ["bad", "good"],
      encoder: gru({ hiddenSize: 5, dropout: 0.3 }),
      pooling: "max",
      embeddingSize: 3,
    });

  it("stopped, saved, loaded and resumed on ragged batches: the same bits, though tiles follow the first batch", async () => {
    const whole = make();
    for await (const _ of train(whole, data, options));
    const first = make();
    for await (const { step } of train(first, data, options)) if (step === 2) break;
    const second = await modelFromFiles("memory", await modelFiles(first), { training: true });
    expect(second.training!.engine!.choices).toEqual(whole.training!.engine!.choices);
    for await (const _ of train(second as typeof first, data, { ...options, resume: true }));
    expect(second.parameters).toEqual(whole.parameters);
  });

  it("gives nearly what the CPU engine gives, and the model runs there", async () => {
    const [gpu, cpu] = [make(), make()];
    for await (const _ of train(gpu, data, options));
    for await (const _ of train(cpu, data, { ...options, engine: nodeEngine({ threads: 1 }) }));
    for (const [i, x] of gpu.parameters.entries()) expect(x).toBeCloseTo(cpu.parameters[i]!, 3);
  });
});

if (everything || thorough) operationsFor({ engine, precision: "float32", tolerance: 2e-5 });
if (everything) {
  const subject = { engine, precision: "float32", tolerance: 2e-5 } as const;
  sessionLaws(subject);
  lawsFor(subject);
  parityFor(subject);
}

it("finds NaN and infinity by their bits", async () => {
  const session = await engine.compile({ outputs: { finite: less(input("x", ["N"]), Infinity) } });
  const data = Float32Array.of(1, -3e38, 3e38, Infinity, -Infinity, Number.NaN, -Number.NaN, 0);
  const { finite } = await session.run({ x: { shape: [8], dtype: "float", data } });
  expect([...finite!.data]).toEqual([...data].map((x) => Number(x < Infinity)));
});

it("draws the masks that the CPU draws, bit for bit", async () => {
  const expected = new Uint8Array(2 * 33);
  fillMask(expected, foldIn(foldIn(randomKey(5), 0), "mask"), 0.7);
  const fixed = await engine.compile({ outputs: { mask: maskInput("mask", [2, 33], 0.7) } });
  const { mask: drawn } = await fixed.run({}, { key: randomKey(5) });
  expect(drawn!.data).toEqual(expected);
});

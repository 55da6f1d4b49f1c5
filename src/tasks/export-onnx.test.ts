import * as ort from "onnxruntime-node";
import { expect, it } from "vitest";
import { charTokenizer } from "../data/index.ts";
import { gru, lstm } from "../nn/index.ts";
import { nodeEngine } from "../node/engine.ts";
import { evaluate } from "../train/index.ts";
import { exportOnnx, languageModel } from "./index.ts";

it.each([
  ["lstm", lstm({ hiddenSize: 8, numLayers: 2 })],
  ["gru", gru({ hiddenSize: 8 })],
])("an exported %s gives the model's loss, in two halves with carried state", async (_, encoder) => {
  const text = "the cat sat on the mat and the rat ran";
  const tokenizer = charTokenizer.fit(text);
  const model = languageModel({ tokenizer, encoder, embeddingSize: 6, seed: 3 });
  const session = await ort.InferenceSession.create(exportOnnx(model), { intraOpNumThreads: 1 });
  const ids = tokenizer.encode(text);
  const size = tokenizer.vocabulary.size;
  let state: Record<string, ort.Tensor> = Object.fromEntries(
    Object.entries(model.state).map(([name, [width]]) => [
      `state.${name}`,
      new ort.Tensor("float32", new Float32Array(width!), [1, width!]),
    ]),
  );
  let total = 0;
  for (const [from, to] of [
    [0, 20],
    [20, ids.length - 1],
  ] as const) {
    const results = await session.run({ ids: new ort.Tensor("int32", ids.slice(from, to), [1, to - from]), ...state });
    const logits = results.logits!.data as Float32Array;
    for (let t = from; t < to; t++) {
      const row = logits.subarray((t - from) * size, (t - from + 1) * size);
      const norm = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
      total += norm - row[ids[t + 1]!]!;
    }
    state = Object.fromEntries(Object.keys(model.state).map((name) => [`state.${name}`, results[`next.${name}`]!]));
  }
  const { nats } = await evaluate(model, ids, { engine: nodeEngine() });
  expect(Math.abs(total / (ids.length - 1) - nats)).toBeLessThan(1e-4);
  expect(nats).toBeGreaterThan(1);
  await session.release();
});

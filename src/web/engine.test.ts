import { describe, expect, it } from "vitest";
import { charTokenizer } from "../data/index.ts";
import type { Engine } from "../engine/index.ts";
import { lstm } from "../nn/index.ts";
import { nodeEngine } from "../node/engine.ts";
import { generate, languageModel } from "../tasks/index.ts";
import { adamW, evaluate, train } from "../train/index.ts";
import { webEngine } from "./engine.ts";

const text = "the quick brown fox jumps over the lazy dog. ".repeat(12);
const tokenizer = charTokenizer.fit(text);

async function run(engine: Engine) {
  const model = languageModel({
    tokenizer,
    encoder: lstm({ hiddenSize: 12, numLayers: 2, dropout: 0.1 }),
    embeddingSize: 6,
  });
  const losses: number[] = [];
  const options = { engine, steps: 8, batchSize: 3, bptt: 20, optimizer: adamW({ learningRate: 0.01 }) };
  for await (const { loss } of train(model, text, options)) losses.push(loss);
  const { nats } = await evaluate(model, text, { engine, batchSize: 2 });
  let written = "";
  for await (const piece of generate(model, { engine, prompt: "the", maxTokens: 20 })) written += piece;
  return { losses, nats, written };
}

describe("webEngine", () => {
  it("trains, scores and writes as the engine of Node does", async () => {
    const [web, node] = [await run(webEngine()), await run(nodeEngine({ threads: 1 }))];
    for (const [i, loss] of node.losses.entries()) expect(Math.abs(web.losses[i]! - loss)).toBeLessThan(2e-5);
    expect(node.losses.at(-1)!).toBeLessThan(node.losses[0]! - 0.1); // it moved: a frozen model would agree too
    expect(Math.abs(web.nats - node.nats)).toBeLessThan(2e-5);
    expect(web.written).toBe(node.written);
  });
});

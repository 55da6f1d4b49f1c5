import { describe, expect, it } from "vitest";
import { charTokenizer } from "../data/index.ts";
import { temperature } from "../decode/index.ts";
import { lstm } from "../nn/index.ts";
import { nodeEngine } from "../node/engine.ts";
import { adamW, evaluate, train } from "../train/index.ts";
import { generate } from "./generate.ts";
import { languageModel } from "./language-model.ts";

const engine = nodeEngine({ threads: 1 });
const text = "abcdefgh".repeat(120);
const tokenizer = charTokenizer.fit(text);
const make = (seed = 1) => languageModel({ tokenizer, encoder: lstm({ hiddenSize: 16 }), embeddingSize: 8, seed });

describe("languageModel", () => {
  it("learns a cycle and writes it", async () => {
    const model = make();
    let last = Infinity;
    const optimizer = adamW({ learningRate: 0.03 });
    for await (const { loss } of train(model, text, { engine, steps: 40, batchSize: 4, bptt: 16, optimizer }))
      last = loss;
    expect(last).toBeLessThan(0.05);
    const { nats } = await evaluate(model, text, { engine });
    expect(nats).toBeLessThan(0.05);
    let written = "";
    const filters = [temperature(0)];
    for await (const piece of generate(model, { engine, prompt: "cd", filters, maxTokens: 10 })) written += piece;
    expect(written).toBe("efghabcdef");
  });
});

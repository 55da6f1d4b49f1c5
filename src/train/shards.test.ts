import { expect, it } from "vitest";
import { charTokenizer } from "../data/index.ts";
import { lstm } from "../nn/index.ts";
import { languageModel } from "../tasks/sequence/language-model.ts";
import { recurrentWeights, shardsFor } from "./shards.ts";

it("shards are a power of two, at most the threads, and follow rows and recurrent weights", () => {
  expect([1, 2, 3, 4, 8, 16].map((threads) => shardsFor({ rows: 32, threads }))).toEqual([2, 2, 2, 4, 8, 8]);
  expect([1, 4, 8, 16].map((threads) => shardsFor({ rows: 32, threads, recurrent: 2 ** 20 }))).toEqual([2, 2, 2, 2]);
  expect([4, 8, 16].map((threads) => shardsFor({ rows: 128, threads, recurrent: 2 ** 20 }))).toEqual([4, 8, 8]);
  expect(shardsFor({ rows: 15, threads: 8 })).toBe(1);
  expect(shardsFor({ rows: 512, threads: undefined })).toBe(1);
});

it("recurrent weights are those of the time loop: neither the embedding nor the input weights", () => {
  const tokenizer = charTokenizer.fit("abcdefghijklmnopqrstuvwxyz");
  const model = languageModel({ tokenizer, encoder: lstm({ hiddenSize: 5 }), embeddingSize: 100 });
  expect(recurrentWeights(model, "stream")).toBe(4 * 5 * 5);
});

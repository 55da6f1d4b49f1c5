import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { weightsOf } from "../../networks/model.ts";
import { lstm } from "../../nn/index.ts";
import { nodeEngine } from "../../node/engine.ts";
import { languageModel } from "../../tasks/sequence/language-model.ts";
import { adamW, evaluate, train } from "../../train/index.ts";
import { wordTokenizer } from "../index.ts";
import { candidateSampler } from "./candidates.ts";

const engine = nodeEngine({ threads: 1 });

describe("candidateSampler", () => {
  const draw = random(3);
  const text = Int32Array.from({ length: 4000 }, () => Math.floor(60 * draw.uniform() ** 3)); // 0 is the most frequent

  it("gives each batch its targets, every candidate once, the same at the same place", () => {
    const sampler = candidateSampler(text, { size: 60, count: 20, seed: 1 });
    const targets = text.subarray(100, 112);
    const { ids, offsets, targets: places } = sampler.at(targets, 2, 7);
    expect(Array.from(places, (place) => ids[place])).toEqual([...targets]);
    expect(new Set(ids).size).toBe(20);
    expect(offsets.length).toBe(20);
    expect(sampler.at(targets, 2, 7).ids).toEqual(ids);
    expect(sampler.at(targets, 2, 8).ids).not.toEqual(ids);
    expect(candidateSampler(text, { size: 60, count: 3, seed: 1 }).at(targets).ids.length).toBe(new Set(targets).size);
  });

  it("does not go on drawing for what is hardly ever there", () => {
    const rare = new Int32Array(1_000_000).map((_, i) => (i % 10_000 === 0 ? 10 + i / 10_000 : i % 10));
    const { ids, offsets } = candidateSampler(rare, { size: 120, count: 100, seed: 1 }).at(rare.subarray(1, 9));
    expect(ids.length).toBeLessThan(30);
    // 8 targets and 400 draws: one of the ten frequent ones is there for certain, one of the rare ones hardly ever.
    for (const [place, id] of ids.entries()) expect(offsets[place]).toBeCloseTo(id < 10 ? 0 : Math.log(1e6 / 408), 1);
  });

  it("weighs a word by how rarely it is there: the expected sum of weights is one for each word", () => {
    const sampler = candidateSampler(text, { size: 60, count: 20, seed: 1 });
    const sums = new Float64Array(60);
    const rounds = 2000;
    for (let i = 0; i < rounds; i++) {
      const targets = Int32Array.from({ length: 10 }, () => text[draw.below(text.length)]!);
      const { ids, offsets } = sampler.at(targets, i);
      ids.forEach((id, place) => {
        sums[id]! += Math.exp(offsets[place]!) / rounds;
      });
    }
    // The count of draws varies with the batch, so the weights are right within a few percent.
    const seen = [0, 1, 2, 5, 10, 20, 40, 55].filter((id) => text.includes(id));
    for (const id of seen) expect(Math.abs(sums[id]! - 1)).toBeLessThan(0.15);
  });
});

describe("languageModel({ candidates })", () => {
  const words = Array.from({ length: 40 }, (_, i) => `w${i}`);
  const text = Array.from({ length: 20 }, () => words.join(" ")).join(" ");
  const tokenizer = wordTokenizer.fit(text);
  const make = (candidates?: number, tieWeights = false) =>
    languageModel({ tokenizer, encoder: lstm({ hiddenSize: 12 }), embeddingSize: 12, tieWeights, candidates });
  const options = { engine, batchSize: 4, bptt: 10, optimizer: adamW({ learningRate: 0.02 }) };

  it.each([false, true])("with all words among them trains as without (tied: %s)", async (tied) => {
    const [plain, sampled] = [make(undefined, tied), make(40, tied)];
    plain.parameters.set(sampled.parameters);
    for await (const _ of train(plain, text, { ...options, steps: 3 }));
    for await (const _ of train(sampled, text, { ...options, steps: 3 }));
    sampled.parameters.forEach((value, i) => void expect(value).toBeCloseTo(plain.parameters[i]!, 5));
  });

  it("begins with the words' frequencies: a rare one is seldom among the candidates", () => {
    const often = wordTokenizer.fit("a a a a a a a b b c");
    const model = languageModel({ tokenizer: often, encoder: lstm({ hiddenSize: 3 }), candidates: 2 });
    const found = Array.from(weightsOf(model)["output.bias"]!.data, Math.exp);
    for (const [id, count] of often.vocabulary.counts.entries()) expect(found[id]).toBeCloseTo((count + 1) / 14, 6);
  });

  it("learns with half of them", async () => {
    const model = make(30);
    const before = await evaluate(model, text, { engine });
    expect(before.nats).toBeGreaterThan(3);
    for await (const _ of train(model, text, { ...options, steps: 120 }));
    expect((await evaluate(model, text, { engine })).nats).toBeLessThan(0.3); // over all 40
  });
});

import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { bpeTokenizer, charTokenizer } from "../../data/index.ts";
import { sample, temperature, topK } from "../../decode/index.ts";
import { referenceEngine } from "../../engine/index.ts";
import { gru, type Layer, lstm, rnn } from "../../nn/index.ts";
import { nodeEngine } from "../../node/engine.ts";
import { adamW, evaluate, oneCycle, sgd, train } from "../../train/index.ts";
import { type GenerateOptions, generate, generateTexts, stepper } from "./generate.ts";
import { type LanguageModel, languageModel } from "./language-model.ts";

const engine = nodeEngine({ threads: 1 });
const text = "abcdefgh".repeat(120);
const tokenizer = charTokenizer.fit(text);
const make = (encoder: Layer = lstm({ hiddenSize: 16 })) => languageModel({ tokenizer, encoder, embeddingSize: 8 });

async function write(model: LanguageModel, options: GenerateOptions): Promise<string> {
  let written = "";
  for await (const piece of generate(model, { engine, ...options })) written += piece;
  return written;
}

/** Reads token by token, and sums -log p of each next one. */
async function naive(model: LanguageModel, ids: Int32Array): Promise<number> {
  const step = await stepper(model, { engine });
  let nats = 0;
  for (let i = 0; i + 1 < ids.length; i++) {
    const logits = await step.read(ids[i]!);
    const top = Math.max(...logits);
    nats += top + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - top), 0)) - logits[ids[i + 1]!]!;
  }
  await step.release();
  return nats / (ids.length - 1);
}

describe("languageModel", () => {
  it("learns a cycle and writes it", async () => {
    const model = make();
    const optimizer = adamW({ learningRate: 0.03 });
    for await (const _ of train(model, text, { engine, steps: 40, batchSize: 4, bptt: 16, optimizer }));
    expect((await evaluate(model, text, { engine })).nats).toBeLessThan(0.05);
    expect(await write(model, { prompt: "cd", filters: [temperature(0)], maxTokens: 10 })).toBe("efghabcdef");
  });

  it("writes Korean by its letters: whole syllables, the last one too", async () => {
    const korean = bpeTokenizer.fit("가나다라".repeat(30), { merges: 0, jamo: true, specials: ["unk"] });
    const model = languageModel({ tokenizer: korean, encoder: lstm({ hiddenSize: 16 }), embeddingSize: 8 });
    const optimizer = adamW({ learningRate: 0.03 });
    for await (const _ of train(model, "가나다라".repeat(90), {
      engine,
      steps: 60,
      batchSize: 4,
      bptt: 16,
      optimizer,
    }));
    const greedy = { filters: [temperature(0)] };
    expect(await write(model, { prompt: "나다", ...greedy, maxTokens: 8 })).toBe("라가나다");
    // After a leading consonant: what follows the prompt is told apart from it.
    expect(await write(model, { prompt: "나\u1103", ...greedy, maxTokens: 3 })).toBe("\u1161라");
    const pieces: string[] = [];
    for await (const { index, piece } of generateTexts(model, {
      engine,
      prompt: "나",
      ...greedy,
      count: 2,
      maxTokens: 4,
    }))
      pieces[index] = `${pieces[index] ?? ""}${piece}`;
    expect(pieces).toEqual(["다라", "다라"]);
  });

  it("learns how long lines are: a^n b^n", async () => {
    const lines = Array.from({ length: 60 }, (_, i) => "a".repeat(1 + (i % 6)) + "b".repeat(1 + (i % 6)));
    const brackets = charTokenizer.fit(lines, { specials: ["bos", "eos"] });
    const model = languageModel({ tokenizer: brackets, encoder: lstm({ hiddenSize: 16 }), embeddingSize: 4 });
    const options = { optimizer: adamW({ learningRate: 0.03 }), schedule: oneCycle(), batchSize: 20, steps: 220 };
    for await (const _ of train(model, lines, { engine, ...options }));
    for (const n of [2, 4, 5]) {
      // After the first b, all that follows is certain.
      const rest = await write(model, { prompt: `${"a".repeat(n)}b`, filters: [temperature(0)], maxTokens: 20 });
      expect(rest).toBe("b".repeat(n - 1));
    }
  });

  it("carries the state from window to window while training", async () => {
    const model = make(gru({ hiddenSize: 6, numLayers: 2 }));
    const ids = Int32Array.from({ length: 38 }, (_, i) => (i * i) % 8);
    const still = { engine, optimizer: sgd({ learningRate: 0 }), batchSize: 1, bptt: 5, epochs: 1 };
    let sum = 0;
    for await (const { loss, step } of train(model, ids, still)) sum += loss * (step === 8 ? 2 : 5); // 37 = 7 x 5 + 2
    expect(Math.abs(sum / 37 - (await naive(model, ids)))).toBeLessThan(2e-6);
  });
});

describe("evaluate", () => {
  it.each([
    ["rnn", rnn({ hiddenSize: 6 })],
    ["gru", gru({ hiddenSize: 6, numLayers: 2 })],
    ["lstm", lstm({ hiddenSize: 6, dropout: 0.5 })],
  ])("equals reading token by token, over window borders: %s", async (_, encoder) => {
    const model = make(encoder);
    const ids = Int32Array.from({ length: 700 }, (_, i) => (i * i) % 8);
    const expected = await naive(model, ids);
    const one = await evaluate(model, ids, { engine, batchSize: 1 });
    expect(one.tokens).toBe(699);
    expect(Math.abs(one.nats - expected)).toBeLessThan(2e-6);
    expect(one.bitsPerToken).toBeCloseTo(one.nats / Math.LN2, 12);
    expect(one.perplexity).toBeCloseTo(Math.exp(one.nats), 12);
    const lanes = await evaluate(model, ids, { engine, batchSize: 3 }); // warmed up by 256 tokens: nearly the same
    expect(lanes.tokens).toBe(699);
    expect(Math.abs(lanes.nats - expected)).toBeLessThan(1e-5);
  });

  it("refuses ids that are not in the vocabulary, before an engine sees them", async () => {
    const size = tokenizer.vocabulary.size;
    for (const wrong of [size, -1]) {
      const ids = Int32Array.from({ length: 200 }, (_, i) => (i === 7 ? wrong : 1));
      const expected = {
        code: "data",
        message: `languageModel: ids[7]: expected an id from 0 to ${size - 1}, got ${wrong}`,
      };
      const options = { engine, steps: 1, batchSize: 2, bptt: 4, optimizer: sgd({ learningRate: 0.1 }) };
      await expect(train(make(), ids, options).next()).rejects.toMatchObject(expected);
      await expect(evaluate(make(), ids, { engine })).rejects.toMatchObject(expected);
    }
  });
  it("is the same on the reference engine", async () => {
    const model = make(lstm({ hiddenSize: 5, numLayers: 2 }));
    const ids = Int32Array.from({ length: 60 }, (_, i) => (i * i) % 8);
    const [a, b] = [await evaluate(model, ids, { engine }), await evaluate(model, ids, { engine: referenceEngine() })];
    expect(Math.abs(a.nats - b.nats)).toBeLessThan(1e-6);
  });
});

describe("generate", () => {
  const model = make();

  it("is drawn from the logits after each token, by the seed alone", async () => {
    const first = await write(model, { prompt: "abc", maxTokens: 60, seed: 7 });
    expect(first).toHaveLength(60);
    expect(await write(model, { prompt: "abc", maxTokens: 60, seed: 7 })).toBe(first);
    expect(await write(model, { prompt: "abc", maxTokens: 60, seed: 8 })).not.toBe(first);
    expect(await write(model, { prompt: "abc", maxTokens: 25, seed: 7 })).toBe(first.slice(0, 25));
  });

  it("hands filters the whole history", async () => {
    const seen: number[][] = [];
    const spy = {
      name: "spy",
      apply: (_: Float64Array, history: ArrayLike<number>) => void seen.push([...Array.from(history)]),
    };
    const written = await write(model, { prompt: "ab", filters: [topK(3), spy], maxTokens: 3 });
    const ids = [...tokenizer.encode(`ab${written}`)];
    expect(seen).toEqual([ids.slice(0, 2), ids.slice(0, 3), ids.slice(0, 4)]);
  });

  it("writes several texts, each its own", async () => {
    const texts = ["", "", ""];
    for await (const { index, piece } of generateTexts(model, { engine, prompt: "a", maxTokens: 30, count: 3 }))
      texts[index] += piece;
    expect(new Set(texts).size).toBe(3);
    expect(texts[0]).toBe(await write(model, { prompt: "a", maxTokens: 30 }));
  });

  it("stops on a signal", async () => {
    const stop = new AbortController();
    let written = "";
    for await (const piece of generate(model, { engine, prompt: "a", signal: stop.signal })) {
      written += piece;
      if (written.length === 5) stop.abort();
    }
    expect(written).toHaveLength(5);
  });

  it("lists what the model has never seen", async () => {
    await expect(write(model, { prompt: "a?b!" })).rejects.toThrow(
      /unknown characters "\?" \(U\+003F\), "!" \(U\+0021\)/,
    );
  });

  it("draws as `sample` does from a step's logits", async () => {
    const step = await stepper(model, { engine });
    const logits = (await step.read(3)).slice();
    await step.reset();
    await step.read(5);
    await step.reset();
    expect(await step.read(3)).toEqual(logits); // nothing of before is left
    await step.release();
    expect(sample(logits, [temperature(0)], random(1))).toBe(logits.indexOf(Math.max(...logits)));
  });
});

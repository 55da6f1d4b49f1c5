// Evaluations that adapt to the text: the neural cache and dynamic evaluation.
import { describe, expect, it } from "vitest";
import { wordTokenizer } from "../../data/index.ts";
import { gru, lstm, stacked } from "../../nn/index.ts";
import { nodeEngine } from "../../node/engine.ts";
import { evaluate } from "../../train/index.ts";
import { chooseDynamic, evaluateDynamic } from "./dynamic-evaluation.ts";
import { languageModelEncoder, stepper } from "./generate.ts";
import { languageModel } from "./language-model.ts";
import { chooseCache, evaluateCache } from "./neural-cache.ts";

const engine = nodeEngine({ threads: 1 });
const text = "a b c d e a b c ".repeat(20);
const tokenizer = wordTokenizer.fit(text);
const encoder = stacked([lstm({ hiddenSize: 5, dropout: 0.5 }), gru({ hiddenSize: 6 })]);
const model = languageModel({ tokenizer, encoder, embeddingSize: 4, dropout: 0.3 });
const ids = Int32Array.from({ length: 301 }, (_, i) => 1 + ((i * i + (i >> 3)) % 5));
const V = tokenizer.vocabulary.size;
const plain = await evaluate(model, ids, { engine, batchSize: 1 });

describe("the neural cache", () => {
  it("without a share is plain evaluation, over the borders of runs", async () => {
    const found = await evaluateCache(model, ids, { engine, lambda: 0, window: 20 });
    expect(found.tokens).toBe(300);
    expect(Math.abs(found.nats - plain.nats)).toBeLessThan(2e-6);
    expect(Math.abs(found.plainPerplexity - plain.perplexity)).toBeLessThan(1e-4);
  });

  it.each([2, 40, 140])("has probabilities that sum to 1, after %i tokens", async (length) => {
    const options = { engine, theta: 2, lambda: 0.4, window: 30 };
    const whole = async (row: Int32Array) => {
      const { nats, tokens } = await evaluateCache(model, row, options);
      return nats * tokens;
    };
    const before = length === 2 ? 0 : await whole(ids.slice(0, length - 1));
    let sum = 0;
    for (let last = 0; last < V; last++)
      sum += Math.exp(before - (await whole(Int32Array.from([...ids.slice(0, length - 1), last]))));
    expect(sum).toBeCloseTo(1, 5);
  });

  it("is the formula of the paper, state by state", async () => {
    const [theta, lambda, window] = [0.7, 0.3, 7];
    const step = await stepper(model, { engine });
    const states = await statesOf(ids);
    let total = 0;
    for (let t = 0; t + 1 < ids.length; t++) {
      const logits = await step.read(ids[t]!);
      const all = logits.reduce((sum, x) => sum + Math.exp(x), 0);
      const p = Math.exp(logits[ids[t + 1]!]!) / all;
      let [own, cached] = [0, 0];
      for (let i = Math.max(0, t - window); i < t; i++) {
        const weight = Math.exp(theta * states[t]!.reduce((sum, x, k) => sum + x * states[i]![k]!, 0));
        cached += weight;
        if (ids[i + 1] === ids[t + 1]) own += weight;
      }
      total -= Math.log(t === 0 ? p : (1 - lambda) * p + (lambda * own) / cached);
    }
    await step.release();
    const found = await evaluateCache(model, ids, { engine, theta, lambda, window });
    expect(found.nats).toBeCloseTo(total / 300, 5);
  });

  it("chooses what is best on validation data, from one reading", async () => {
    const best = await chooseCache(model, ids, { engine, thetas: [0.1, 1], lambdas: [0, 0.3], window: 20 });
    const one = await evaluateCache(model, ids, { ...best, engine });
    expect(best.nats).toBeCloseTo(one.nats, 9);
    for (const theta of [0.1, 1])
      for (const lambda of [0, 0.3])
        expect((await evaluateCache(model, ids, { engine, theta, lambda, window: 20 })).nats).toBeGreaterThanOrEqual(
          best.nats,
        );
    await expect(evaluateCache(model, ids, { engine, lambda: 2 })).rejects.toThrow("evaluateCache(lambda): expected");
  });
});

describe("dynamic evaluation", () => {
  it.each([undefined, text])(
    "at rate 0 is plain evaluation, and leaves the model alone (statistics: %j)",
    async (statistics) => {
      const before = model.parameters.slice();
      const found = await evaluateDynamic(model, ids, { engine, learningRate: 0, decay: 0.5, length: 7, statistics });
      expect(found.tokens).toBe(300);
      expect(Math.abs(found.nats - plain.nats)).toBeLessThan(2e-6);
      expect(model.parameters).toEqual(before);
    },
  );

  it("scores a segment before it learns it: the first is as by plain evaluation", async () => {
    const first = ids.slice(0, 8);
    const { nats } = await evaluateDynamic(model, first, { engine, learningRate: 1, length: 7 });
    expect(Math.abs(nats - (await evaluate(model, first, { engine, batchSize: 1 })).nats)).toBeLessThan(2e-6);
  });

  it("adapts to what the text repeats", async () => {
    const cycle = Int32Array.from({ length: 400 }, (_, i) => 1 + (i % 3));
    const before = (await evaluate(model, cycle, { engine })).nats;
    for (const statistics of [undefined, text]) {
      const after = await evaluateDynamic(model, cycle, { engine, learningRate: 1, length: 10, statistics });
      expect(after.nats).toBeLessThan(0.8 * before);
    }
  });

  it("chooses a rate and a decay that are no worse than the defaults", async () => {
    const options = { engine, length: 20, statistics: text };
    const best = await chooseDynamic(model, ids, { ...options, learningRates: [0.1, 1], decays: [0, 0.005] });
    expect(best.nats).toBeLessThanOrEqual((await evaluateDynamic(model, ids, options)).nats);
    const { learningRate, decay } = best;
    expect((await evaluateDynamic(model, ids, { ...options, learningRate, decay })).nats).toBeCloseTo(best.nats, 6);
  });
});

/** The encoder's output at each place. */
async function statesOf(row: Int32Array) {
  const encoder = await languageModelEncoder(model, { engine });
  const [found] = await encoder.run([Array.from(row, (id) => tokenizer.vocabulary.token(id)).join(" ")]);
  await encoder.release();
  return found!.states;
}

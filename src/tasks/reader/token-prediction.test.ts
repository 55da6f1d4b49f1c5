import { describe, expect, it } from "vitest";
import { bpeTokenizer, type LabeledText } from "../../data/index.ts";
import { feedForward } from "../../networks/many-to-one.ts";
import { weightsOf } from "../../networks/model.ts";
import { bidirectional, gru, lstm, type Masks, type Parameters, parameterInputs, stacked } from "../../nn/index.ts";
import { nodeEngine } from "../../node/engine.ts";
import { adamW, checkpoint, evaluate, train } from "../../train/index.ts";
import { type ClassifierOptions, classifier } from "./classifier.ts";
import { regressor } from "./regressor.ts";
import { classifierTask } from "./tasks.ts";

const engine = nodeEngine({ threads: 1 });
const texts = ["so good so fine", "bad", "fine film so bad", "good film", "bad plot bad film", "fine plot"];
const rows: LabeledText[] = Array.from({ length: 24 }, (_, i) => {
  const text = texts[i % texts.length]!;
  return { text, label: /good|fine/.test(text) ? "good" : "bad" };
});
const tokenizer = bpeTokenizer.fit(texts, { merges: 12, specials: ["pad", "unk"] });
const make = (options: Partial<ClassifierOptions> = {}) =>
  classifier({
    tokenizer,
    labels: ["bad", "good"],
    encoder: bidirectional(lstm({ hiddenSize: 5 })),
    pooling: "max",
    embeddingSize: 5,
    tokenPrediction: { weight: 0.7, epochs: 4 },
    seed: 3,
    ...options,
  });
const order = { batchSize: 6, bptt: 1, seed: 2 };

/** The loss of a batch in training, without dropout, and what it is made of. */
async function lossOf(model: ReturnType<typeof make>) {
  const batches = model.batches({ rows }, order);
  const batch = batches.at(batches.start);
  const all = parameterInputs(model.specs);
  const none: Masks = { next: () => expect.fail("nothing is dropped") };
  const { loss } = model.trace(batches.kind, all, none);
  const run = async (outputs: Parameters) => {
    const session = await engine.compile({ outputs, constants: weightsOf(model) });
    const found = await session.run(batch.feeds);
    await session.release();
    return found;
  };
  const applied = model.apply(parameterInputs(model.specs));
  const found = {
    ...(await run({ total: loss.total, count: loss.count })),
    ...(await run({ states: applied.states!, outputs: applied.outputs })),
  };
  return { found, feeds: batch.feeds };
}

describe("tokenPrediction", () => {
  it.each([
    ["each direction as wide as the embedding", 5],
    ["projected to the embedding", 4],
  ])("adds the cross-entropies of the tokens beside each place: %s", async (_, hiddenSize) => {
    const model = make({ encoder: bidirectional(lstm({ hiddenSize })) });
    const { found, feeds } = await lossOf(model);
    const all = weightsOf(model);
    const table = all["embedding.weight"]!.data;
    const [B, T] = feeds.inputs!.shape as [number, number];
    const states = found.states!.data; // [T, B, 2H]
    let expected = 0;
    for (const [name, from] of [
      ["next", 0],
      ["previous", hiddenSize],
    ] as const) {
      const project = all[`${name}Token.weight`]?.data;
      expect(project === undefined).toBe(hiddenSize === 5);
      for (let t = 0; t < T; t++)
        for (let b = 0; b < B; b++) {
          const weight = feeds[`${name}Weights`]!.data[b * T + t]!;
          if (weight === 0) continue;
          const h = Array.from({ length: hiddenSize }, (_, i) => states[(t * B + b) * 2 * hiddenSize + from + i]!);
          const e = project
            ? Array.from({ length: 5 }, (_, i) => h.reduce((sum, x, j) => sum + x * project[i * hiddenSize + j]!, 0))
            : h;
          const logits = Array.from(feeds.candidates!.data, (id, c) =>
            e.reduce((sum, x, j) => sum + x * table[id * 5 + j]!, feeds.candidateOffsets!.data[c]!),
          );
          const norm = Math.log(logits.reduce((sum, l) => sum + Math.exp(l), 0));
          expected += weight * (norm - logits[feeds[name]!.data[b * T + t]!]!);
        }
    }
    expect(expected).toBeGreaterThan(5);
    const logits = found.outputs!.data;
    for (let b = 0; b < B; b++) {
      const own = logits.subarray(2 * b, 2 * b + 2) as Float32Array;
      expected += Math.log(own.reduce((sum, l) => sum + Math.exp(l), 0)) - own[feeds.targets!.data[b]!]!;
    }
    expect(found.count!.data[0]).toBe(B);
    expect(found.total!.data[0]).toBeCloseTo(expected, 3);
  });

  it("leaves evaluations alone", async () => {
    const [model, plain] = [make(), make({ tokenPrediction: undefined })];
    const [found, without] = await Promise.all([model, plain].map((one) => evaluate(one, { rows }, { engine })));
    expect(found!.nats).toBe(without!.nats);
    expect(model.layout).toEqual(plain.layout);
    expect(make({ tokenPrediction: { weight: 0 } }).batches({ rows }, order).kind).toBe("rows");
  });

  it("learns the tokens: their loss falls far below that of their shares of the text", async () => {
    const model = make({ tokenPrediction: { weight: 1 }, encoder: gru({ hiddenSize: 5 }) });
    const losses: number[] = [];
    const optimizer = adamW({ learningRate: 0.03 });
    for await (const { loss } of train(model, { rows }, { engine, steps: 150, batchSize: 6, optimizer }))
      losses.push(loss);
    const mean = (some: number[]) => some.reduce((a, b) => a + b) / some.length;
    expect(mean(losses.slice(-10))).toBeLessThan(0.5 * mean(losses.slice(0, 10)));
  });

  it("goes on where it stopped as if it had not, cut differently in each epoch", async () => {
    const options = { engine, epochs: 4, batchSize: 6, seed: 5, valid: { rows: rows.slice(0, 6) } };
    const whole = make({ subwordDropout: 0.2, dropout: 0.1 });
    for await (const _ of train(whole, { rows }, options));
    const half = make({ subwordDropout: 0.2, dropout: 0.1 });
    for await (const { step } of train(half, { rows }, options)) if (step === 7) break;
    const again = classifierTask.unpack(JSON.parse(JSON.stringify(classifierTask.pack(half))));
    expect(again.config).toEqual(half.config);
    again.training = await checkpoint(half);
    for await (const _ of train(again, { rows }, { ...options, resume: true }));
    expect(again.parameters).toEqual(whole.parameters);
  });

  it("is for regressors too, and for several labels", async () => {
    const numbers = rows.map(({ text, label }) => ({ text, label: label === "good" ? "2" : "1" }));
    const encoder = stacked([gru({ hiddenSize: 5 }), gru({ hiddenSize: 5 })]); // one direction, at any depth
    const common = { tokenizer, encoder, embeddingSize: 5, tokenPrediction: { weight: 1 } };
    const one = regressor({ ...common, scale: { mean: 1.5, deviation: 0.5 } });
    const many = classifier({ ...common, labels: ["bad", "good"], multiLabel: true });
    for await (const { loss } of train(one, { rows: numbers }, { engine, steps: 2 })) expect(loss).toBeGreaterThan(1.5);
    for await (const { loss } of train(many, { rows }, { engine, steps: 2 })) expect(loss).toBeGreaterThan(2);
  });

  it("is refused where a state has seen the token that it would predict, and where there are no tokens", () => {
    const deep = stacked([bidirectional(lstm({ hiddenSize: 5 })), bidirectional(lstm({ hiddenSize: 5 }))]);
    expect(() => make({ encoder: deep })).toThrow(/tokenPrediction\): expected an encoder that reads forward only/);
    expect(() => make({ encoder: feedForward({ window: 3, hiddenSize: 4 }) })).toThrow(/got feedForward/);
    expect(() => make({ tokenizer: undefined, features: [{ mean: 0, deviation: 1 }] })).toThrow(/got steps of numbers/);
    expect(() => make({ tokenPrediction: { weight: -1 } })).toThrow(/tokenPrediction.weight/);
    expect(() => make({ tokenPrediction: { weight: 1, epochs: 0 } })).toThrow(/tokenPrediction.epochs/);
  });
});

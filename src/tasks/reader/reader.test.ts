import { describe, expect, it } from "vitest";
import { random, randomKey } from "../../base/index.ts";
import { all } from "../../data/batches/in-order.ts";
import { bpeTokenizer, type LabeledText, wordTokenizer } from "../../data/index.ts";
import { wordVectors } from "../../embeddings/index.ts";
import { feedForward } from "../../networks/many-to-one.ts";
import { bidirectional, embedding, freeze, gru, type Layer, lstm, poolings, stacked } from "../../nn/index.ts";
import { nodeEngine } from "../../node/engine.ts";
import { adamW, evaluate, train } from "../../train/index.ts";
import { rank } from "../../train/validate.ts";
import {
  type Classifier,
  type ClassifierOptions,
  type ClassifyOptions,
  classifier,
  predictClasses,
  reportClasses,
} from "./classifier.ts";
import { predictNumbers, regressor, reportNumbers, targetScale } from "./regressor.ts";
import { classifierTask, regressorTask } from "./tasks.ts";

const engine = nodeEngine({ threads: 1 });
const classify = (model: Classifier, texts: string[], options: ClassifyOptions = {}) =>
  all(predictClasses(model, texts, { engine, ...options }));
const words = "the film was so very good bad not and plot actor scene".split(" ");
const tokenizer = wordTokenizer.fit(words.join(" "), { specials: ["pad", "unk"] });

/** Sentences of 2 to 9 words with "good" or "bad" somewhere; the word alone decides. */
function reviews(count: number, seed: number): LabeledText[] {
  const r = random(randomKey(seed));
  const filler = words.filter((word) => word !== "good" && word !== "bad");
  return Array.from({ length: count }, (_, i) => {
    const label = r.below(2) ? "good" : "bad";
    const text = Array.from({ length: 1 + r.below(8) }, () => filler[r.below(filler.length)]!);
    text.splice(r.below(text.length + 1), 0, label);
    return { text: text.join(" "), label, line: i + 1 };
  });
}

const make = (options: Partial<ClassifierOptions> = {}) =>
  classifier({
    tokenizer,
    labels: ["bad", "good"],
    encoder: bidirectional(lstm({ hiddenSize: 6 })),
    embeddingSize: 8,
    seed: 3,
    ...options,
  });

describe("classifier", () => {
  const texts = ["good", "the film was so very bad", "not so", "plot and scene and actor and plot was very very good"];
  const encoders: Record<string, Layer> = {
    forward: gru({ hiddenSize: 5 }), // without lengths: pooling alone keeps the padding out
    both: bidirectional(gru({ hiddenSize: 4 })),
    deep: stacked([bidirectional(lstm({ hiddenSize: 3 })), bidirectional(lstm({ hiddenSize: 4 }))]),
  };

  it.each(poolings)("gives each row what it gives the row alone, and so without padding: %s", async (pooling) => {
    for (const encoder of pooling === "last" ? Object.values(encoders) : [encoders.forward!, encoders.deep!]) {
      const model = make({ encoder, pooling });
      const together = await classify(model, texts);
      for (const [i, text] of texts.entries()) {
        const [alone] = await classify(model, [text]);
        expect(together[i]!.probabilities[0]).toBeCloseTo(alone!.probabilities[0]!, 5);
        const total = together[i]!.attention?.reduce((a, b) => a + b, 0);
        if (pooling === "attention") expect(total).toBeCloseTo(1, 5);
      }
      expect(new Set(together.map(({ probability }) => probability.toFixed(4))).size).toBe(texts.length);
    }
  });

  it("reads what stands at the far end with the last state, in both directions", async () => {
    const model = make({ encoder: encoders.both, pooling: "last" });
    const found = await classify(model, ["good so very", "bad so very", "so very good", "so very bad"]);
    expect(Math.abs(found[0]!.probability - found[1]!.probability)).toBeGreaterThan(1e-4);
    expect(Math.abs(found[2]!.probability - found[3]!.probability)).toBeGreaterThan(1e-4);
  });

  it("learns, with every pooling and as the feed-forward baseline", async () => {
    const [rows, test] = [reviews(150, 1), reviews(60, 2)];
    const optimizer = adamW({ learningRate: 0.03 });
    const accuracy = async (options: Partial<ClassifierOptions>) => {
      const model = make(options);
      for await (const _ of train(model, { rows }, { engine, steps: 25, batchSize: 15, optimizer }));
      const { means } = await evaluate(model, { rows: test }, { engine });
      const report = await reportClasses(model, { rows: test }, { engine });
      expect(report.accuracy).toBeCloseTo(means.accuracy!, 6);
      return report.accuracy;
    };
    for (const pooling of poolings) expect(await accuracy({ pooling })).toBeGreaterThan(0.95);
    const baseline = await accuracy({ encoder: feedForward({ window: 9, hiddenSize: 12 }) });
    expect(baseline).toBeGreaterThan(0.6);
  });

  it("does not let the baseline see past its window", async () => {
    const model = make({ encoder: feedForward({ window: 2, hiddenSize: 5 }) });
    const [a, b, c] = await classify(model, ["so very", "so very good", "so"]);
    expect(a!.probabilities).toEqual(b!.probabilities);
    expect(a!.probabilities).not.toEqual(c!.probabilities);
  });

  it("weighs classes: a class of weight 0 is not learned", async () => {
    const rows = reviews(60, 4);
    const model = make({ classWeights: [0, 1] });
    const optimizer = adamW({ learningRate: 0.03 });
    for await (const _ of train(model, { rows }, { engine, steps: 15, batchSize: 20, optimizer }));
    const found = await classify(
      model,
      rows.map(({ text }) => text),
    );
    expect(found.every(({ label }) => label === "good")).toBe(true);
  });

  it("begins with word vectors, and leaves them alone where it is told to", async () => {
    const matrix = Float32Array.from({ length: 16 }, (_, i) => i);
    const vectors = wordVectors({ words: ["good", "bad"], matrix, dim: 8 });
    const model = make({ embeddingSize: undefined, embedding: freeze(embedding({ from: vectors })) });
    const id = tokenizer.vocabulary.id("bad")!;
    const slot = model.frozenLayout.slots.find(({ name }) => name === "embedding.weight")!;
    const row = () => [...model.frozen.subarray(slot.offset + id * 8, slot.offset + id * 8 + 8)];
    expect(row()).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
    for await (const _ of train(model, { rows: reviews(20, 5) }, { engine, steps: 2 }));
    expect(row()).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
  });

  it("averages the probabilities of several classifiers", async () => {
    const [a, b] = [make({ seed: 3 }), make({ seed: 4 })];
    const [one, two, both, same] = await Promise.all(
      [[a], [b], [a, b], [a, a]].map(([model, ...others]) => classify(model!, texts, { with: others })),
    );
    for (const [i, { probabilities, label, probability }] of both!.entries()) {
      const mean = [0, 1].map((k) => (one![i]!.probabilities[k]! + two![i]!.probabilities[k]!) / 2);
      expect(probabilities[0]).toBeCloseTo(mean[0]!, 6);
      expect(label).toBe(mean[0]! > mean[1]! ? "bad" : "good");
      expect(probability).toBeCloseTo(Math.max(...mean), 6);
    }
    expect(same!.map(({ probability }) => probability)).toEqual(one!.map(({ probability }) => probability));
    const data = { rows: texts.map((text, i) => ({ text, label: both![i]!.label })) };
    expect((await reportClasses(a, data, { engine, with: [b] })).accuracy).toBe(1);
    await expect(classify(a, texts, { with: [make({ labels: ["good", "bad"] })] })).rejects.toThrow(/same labels/);
  });

  it("drops words and merges anew in each epoch, in batches of like length, and from any place alike", () => {
    const rows = reviews(200, 6);
    const bpe = bpeTokenizer.fit(
      rows.map(({ text }) => text),
      { merges: 60, specials: ["pad", "unk"] },
    );
    const unk = bpe.special.unk!;
    const model = make({ tokenizer: bpe, subwordDropout: 0.4, wordDropout: 0.25 });
    const [one, other] = [0, 1].map(() => model.batches({ rows }, { batchSize: 10, bptt: 1, seed: 8 }));
    const lengths: number[][] = [[], []];
    let [unknown, tokens, places] = [0, 0, 0];
    let cursor = one!.start;
    for (let i = 0; i < 2 * one!.perEpoch; i++) {
      const batch = one!.at(cursor);
      // a second reader, who comes from nowhere, reads the same
      if (i % 7 === 0) expect(other!.at(cursor).feeds).toEqual(batch.feeds);
      const { inputs, lengths: own } = batch.feeds as Record<string, { data: Int32Array }>;
      lengths[cursor.epoch]!.push(...own!.data);
      places += inputs!.data.length;
      for (const id of inputs!.data) if (id === unk) unknown++;
      tokens += batch.tokens;
      cursor = batch.next;
    }
    expect(lengths.map((each) => each.length)).toEqual([200, 200]);
    expect(unknown / tokens).toBeGreaterThan(0.22);
    expect(unknown / tokens).toBeLessThan(0.28);
    expect(lengths[0]!.toSorted()).not.toEqual(lengths[1]!.toSorted());
    // sorted by the lengths that they have, ten at a time: nothing can pad less
    const least = lengths.map((each) => {
      const sorted = each.toSorted((a, b) => a - b);
      return sorted.reduce((sum, _, i) => (i % 10 === 9 ? sum + 10 * sorted[i]! : sum), 0);
    });
    expect(places).toBe(least[0]! + least[1]!);
    const clean = [...model.evaluationBatches({ rows }, {}).batches()];
    expect(clean.some(({ feeds }) => feeds.inputs!.data.includes(unk as never))).toBe(false);
    expect(() => make({ wordDropout: 1 })).toThrow(/wordDropout/);
  });

  it("says what is wrong with labels", async () => {
    expect(() => make({ labels: ["good"] })).toThrow(/two or more different classes, got "good"/);
    const data = { rows: [{ text: "so", label: "fine", line: 7 }], source: "test.tsv" };
    await expect(reportClasses(make(), data, { engine })).rejects.toThrow('test.tsv:7: unknown label "fine"');
    expect(() => make({ classWeights: [1] })).toThrow(/2 numbers/);
  });

  it("reads texts that are empty, unknown or endless", async () => {
    const model = make({ maxLength: 50 });
    const long = "so ".repeat(10_000);
    const [empty, unknown, cut, short] = await classify(model, ["", "zzz", `${long}good`, "so ".repeat(50)]);
    expect(empty!.probabilities).toEqual(unknown!.probabilities);
    expect(cut!.probability).toBeCloseTo(short!.probability, 5);
  });

  it("comes back from its configuration", async () => {
    for (const encoder of [encoders.deep!, feedForward({ window: 4, hiddenSize: 3 })]) {
      const model = make({ encoder, pooling: "max", dropout: 0.2, classWeights: [1, 2] });
      const again = classifierTask.unpack(JSON.parse(JSON.stringify(classifierTask.pack(model))));
      expect(again.config).toEqual(model.config);
      again.parameters.set(model.parameters);
      expect(await classify(again, texts)).toEqual(await classify(model, texts));
    }
  });
});

describe("regressor", () => {
  /** The number is how often "good" occurs, times ten. */
  const counted = (count: number, seed: number) => {
    const r = random(randomKey(seed));
    return Array.from({ length: count }, () => {
      const text = Array.from({ length: 2 + r.below(6) }, () => (r.below(2) ? "good" : "so"));
      return { text: text.join(" "), label: String(10 * text.filter((word) => word === "good").length) };
    });
  };

  it("learns to count, and beats the constant guess", async () => {
    const data = { rows: counted(160, 1) };
    const encoder = gru({ hiddenSize: 10 });
    const model = regressor({ tokenizer, encoder, pooling: "last", embeddingSize: 6, scale: targetScale(data) });
    const optimizer = adamW({ learningRate: 0.02 });
    for await (const _ of train(model, data, { engine, steps: 100, batchSize: 32, optimizer }));
    const report = await reportNumbers(model, { rows: counted(60, 2) }, { engine });
    expect(report.constant.rmse).toBeGreaterThan(8);
    expect(report.rmse).toBeLessThan(4);
    expect(report.correlation).toBeGreaterThan(0.95);
    const again = regressorTask.unpack(JSON.parse(JSON.stringify(regressorTask.pack(model))));
    again.parameters.set(model.parameters);
    const [one, other] = [again, model].map((each) => all(predictNumbers(each, ["good so"], { engine })));
    expect(await one).toEqual(await other);
  });

  it("names the line of a label that is no number", () => {
    const model = regressor({ tokenizer, encoder: gru({ hiddenSize: 2 }), scale: { mean: 0, deviation: 1 } });
    const data = { rows: [{ text: "so", label: "many", line: 3 }], source: "a.csv" };
    expect(() => model.batches(data, { batchSize: 1, bptt: 1, seed: 1 })).toThrow(
      'a.csv:3: expected a number, got "many"',
    );
  });
});

describe("what a classifier is judged by", () => {
  it("is accuracy, and the loss among equals", async () => {
    const model = make({});
    const score = async (accuracy: number, nats: number) =>
      rank(await model.judge!({ rows: [] }, { engine, means: { accuracy }, nats }), nats);
    expect(await score(0.9, 5)).toBeGreaterThan(await score(0.8, 0.1));
    expect(await score(0.9, 0.2)).toBeGreaterThan(await score(0.9, 0.3));
    expect(await score(0.9, 0.2)).toBeCloseTo(0.9, 6);
  });
});

import { expect, it } from "vitest";
import { all } from "../data/batches/in-order.ts";
import { charTokenizer, wordTokenizer } from "../data/index.ts";
import { referenceEngine } from "../engine/index.ts";
import { bidirectional, focalLoss, gru, lstm, multiplicative, sequenceCrossEntropy } from "../nn/index.ts";
import { nodeEngine } from "../node/engine.ts";
import { adamW, evaluate, train } from "../train/index.ts";
import {
  classifier,
  encode,
  forecaster,
  languageModel,
  type Model,
  predict,
  predictor,
  report,
  scoreTokens,
  stepScales,
  tagger,
  taggerVocabulary,
  tasks,
  translator,
} from "./index.ts";

const engine = nodeEngine({ threads: 1 });
const tokenizer = wordTokenizer.fit("a b c d", { specials: ["pad", "unk"] });
const letters = charTokenizer.fit("abcd", { specials: ["pad", "bos", "eos", "unk"] });
const sentences = [{ tokens: ["a", "b"], tags: ["B-X", "O"] }];
const series = { names: ["x"], series: [Float64Array.of(1, 2, 3, 4)], length: 4 };
const encoder = bidirectional(gru({ hiddenSize: 3 }));

/** A model of each kind, and inputs for it. */
const cases: [string, () => Model, unknown[]][] = [
  ["classifier", () => classifier({ tokenizer, labels: ["0", "1"], encoder }), ["a b", "", "c d a"]],
  ["tagger", () => tagger({ vocabulary: taggerVocabulary(sentences, { minCount: 1 }), encoder }), ["a b", ["b"]]],
  ["language model", () => languageModel({ tokenizer: letters, encoder: lstm({ hiddenSize: 4 }) }), ["ab", ""]],
  [
    "translator",
    () => translator({ tokenizer: letters, encoder, decoder: gru({ hiddenSize: 4 }), attention: multiplicative() }),
    ["ab", "dca"],
  ],
  [
    "forecaster",
    () => forecaster({ inputs: [{ name: "x", mean: 1, deviation: 2 }], encoder: gru({ hiddenSize: 3 }), length: 3 }),
    [{ series }],
  ],
];

it.each(cases)("a %s answers alike compiled once, anew, and in calls that overlap", async (_, make, inputs) => {
  const model = make();
  const options = { maxTokens: 5 } as object;
  const compiled = await predictor(model, { engine });
  const first = await compiled.run(inputs as never, options);
  const together = await Promise.all([inputs, inputs].map((each) => compiled.run(each as never, options)));
  for (const found of together) expect(found).toEqual(first);
  const answers = () => all(predict(model, inputs as never, { engine, ...options }));
  expect(await answers()).toEqual(first);
  // A predictor has the weights that it was made with; `predict` has those of the model.
  model.parameters.set(model.parameters.map((value) => -9 * value));
  expect(await compiled.run(inputs as never, options)).toEqual(first);
  expect(await answers()).not.toEqual(first);
  await compiled.release();
});

it("an encoder gives the states of each step and a vector, alone as in a batch", async () => {
  const words = classifier({ tokenizer, labels: ["0", "1"], encoder, pooling: "mean" });
  const [long, short] = await all(encode(words, ["a b c d", "b"], { engine }));
  const [alone] = await all(encode(words, ["b"], { engine }));
  expect([long!.states.length, short!.states.length, short!.vector.length]).toEqual([4, 1, 6]);
  short!.vector.forEach((value, i) => {
    expect(value).toBeCloseTo(short!.states[0]![i]!, 6); // pooled by the mean, over one step
    expect(value).toBeCloseTo(alone!.vector[i]!, 6);
  });
  const tags = tagger({ vocabulary: taggerVocabulary(sentences, { minCount: 1 }), encoder });
  const [tagged] = await all(encode(tags, ["a b"], { engine }));
  expect([tagged!.states.length, tagged!.vector.length]).toEqual([2, 6]);
  const text = languageModel({ tokenizer: letters, encoder: lstm({ hiddenSize: 4 }) });
  const [read] = await all(encode(text, ["abc"], { engine }));
  expect(read!.states).toHaveLength(3);
  const series = cases[4]![1]();
  expect(() => encode(series as never, [])).toThrow(
    "encode: expected a classifier, regressor, tagger or language model",
  );
});

it("the scores of a text's tokens are its loss", async () => {
  const lines = ["abcd", "b", "dda"];
  for (const specials of [["pad", "bos", "eos", "unk"], []] as const) {
    const letters = charTokenizer.fit("abcd", { specials });
    const model = languageModel({ tokenizer: letters, encoder: lstm({ hiddenSize: 4 }), seed: 5 });
    const found = await all(scoreTokens(model, lines, { engine }));
    expect(found.map(({ tokens }) => tokens.join(""))).toEqual(lines);
    expect(Number.isNaN(found[0]!.logProbabilities[0]!)).toBe(specials.length === 0);
    if (specials.length > 0) continue;
    const { nats, tokens } = await evaluate(model, "abcd", { engine });
    expect(-found[0]!.total).toBeCloseTo(nats * tokens, 4);
    expect(found[1]!.total).toBe(0);
  }
});

it("a text in place of a list of texts is refused", async () => {
  const model = classifier({ tokenizer, labels: ["0", "1"], encoder });
  await expect(all(predict(model, "a b", { engine }))).rejects.toThrow("expected a list of inputs, got a text");
});

it("a classifier learns several labels a row", async () => {
  const rows = ["a", "b", "a b", "b a", "c"].flatMap((text) =>
    Array.from({ length: 4 }, () => ({ text, label: [...text].filter((word) => /[ab]/.test(word)).join("|") })),
  );
  const model = classifier({ tokenizer, labels: ["a", "b"], encoder: gru({ hiddenSize: 8 }), multiLabel: true });
  const optimizer = adamW({ learningRate: 0.05 });
  for await (const _ of train(model, { rows }, { engine, steps: 100, batchSize: 20, optimizer }));
  const [both, none] = await all(predict(model, ["b a", "c"], { engine }));
  expect(both!.labels!.toSorted()).toEqual(["a", "b"]);
  expect(none!.labels).toEqual([]);
  expect(await report(model, { rows }, { engine })).toMatchObject({ accuracy: 1, microF1: 1, macroF1: 1 });
  const again = tasks.classifier.unpack(JSON.parse(JSON.stringify(tasks.classifier.pack(model))));
  expect(again.config).toEqual(model.config);
  const wrong = { rows: [{ text: "a", label: "a|e", line: 2 }], source: "x.tsv" };
  expect(() => model.evaluationBatches(wrong, {})).toThrow('x.tsv:2: unknown label "e"');
});

it("classifiers and taggers read steps of numbers", async () => {
  // Rising or falling, on a large scale; each step is tagged by its sign.
  const rows = Array.from({ length: 24 }, (_, i) => {
    const up = i % 2 === 0;
    const steps = Array.from({ length: 4 + (i % 3) }, (__, t) => [100 + (up ? 9 : -9) * (t - 2), 5]);
    return { steps, label: up ? "up" : "down", tags: steps.map(([x]) => (x! > 100 ? "high" : "low")) };
  });
  const features = stepScales(rows);
  expect(features[0]!.mean).toBeGreaterThan(90);
  const optimizer = adamW({ learningRate: 0.05 });
  const options = { engine, steps: 30, batchSize: 12, optimizer };
  const one = classifier({ features, labels: ["down", "up"], encoder: gru({ hiddenSize: 6 }), pooling: "last" });
  for await (const _ of train(one, { rows }, options));
  expect((await report(one, { rows }, { engine })).accuracy).toBe(1);
  const two = tagger({ features, vocabulary: taggerVocabulary(rows), encoder: gru({ hiddenSize: 6 }) });
  for await (const _ of train(two, rows, options));
  const [found] = await all(predict(two, [rows[0]!.steps], { engine }));
  expect(found!.tags).toEqual(rows[0]!.tags);
  expect(Math.min(...found!.confidences)).toBeGreaterThan(0.5);
  const packed = JSON.parse(JSON.stringify(tasks.tagger.pack(two)));
  expect(tasks.tagger.unpack(packed).config).toEqual(two.config);
  await expect(all(predict(one, [[[1]]], { engine }))).rejects.toThrow("step 1: expected 2 numbers, got 1");
  await expect(all(predict(one, ["text"], { engine }))).rejects.toThrow("expected steps of numbers");
});

it("a loss shapes training and leaves evaluation alone", async () => {
  const rows = ["a", "b", "c"].map((text, i) => ({ text, label: String(i % 2) }));
  const trained = async (loss?: Parameters<typeof classifier>[0]["loss"]) => {
    const model = classifier({ tokenizer, labels: ["0", "1"], encoder: gru({ hiddenSize: 3 }), loss, seed: 2 });
    const losses: number[] = [];
    const options = { engine: referenceEngine(), steps: 2, batchSize: 3, valid: { rows } };
    for await (const { loss: value, valid } of train(model, { rows }, options)) losses.push(valid?.nats ?? value);
    return { model, losses };
  };
  const plain = await trained();
  const zero = await trained(focalLoss({ gamma: 0 }));
  zero.losses.forEach((value, i) => void expect(value).toBeCloseTo(plain.losses[i]!, 6));
  const focal = await trained(focalLoss());
  expect(focal.losses).not.toEqual(plain.losses);
  const own = await trained((logits, targets, options) => sequenceCrossEntropy(logits, targets, options));
  expect(own.model.parameters).toEqual(plain.model.parameters);
  // It is not saved: the model can be used, and trained where the loss is given again.
  const packed = JSON.parse(JSON.stringify(tasks.classifier.pack(own.model)));
  const again = tasks.classifier.unpack(packed);
  const data = { rows };
  const run = train(again, data, { engine: referenceEngine(), steps: 1 });
  await expect(run.next()).rejects.toThrow("load(folder, { loss: myLoss })");
  const given = tasks.classifier.unpack(packed, { loss: sequenceCrossEntropy });
  for await (const { loss } of train(given, data, { engine: referenceEngine(), steps: 1 }))
    expect(loss).toBeGreaterThan(0);
});

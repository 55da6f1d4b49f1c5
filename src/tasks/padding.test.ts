// Padding is nothing: whatever stands past the end of a row, and however much of it, loss and gradients stay the same.
import { expect, it } from "vitest";
import { gradient } from "../compile/gradient.ts";
import { bpeTokenizer, wordTokenizer } from "../data/index.ts";
import { referenceEngine, type Value } from "../engine/index.ts";
import { namedValues } from "../engine/values.ts";
import {
  additive,
  bidirectional,
  crf,
  gru,
  independent,
  lstm,
  multiplicative,
  type Pooling,
  parameterInputs,
  stacked,
} from "../nn/index.ts";
import type { Trainable } from "../train/index.ts";
import { classifier, regressor } from "./reader/index.ts";
import { tagger, taggerVocabulary } from "./tagger/index.ts";
import { translator } from "./translator/index.ts";

const texts = ["so good", "bad", "so so good bad so", "good bad so"];
const rows = { rows: texts.map((text, i) => ({ text, label: String(i % 2) })) };
const tokenizer = wordTokenizer.fit(texts, { specials: ["pad", "unk"] });
const subwords = bpeTokenizer.fit(texts, { merges: 4 });
const pairs = texts.map((source, i) => ({ source, target: texts[(i + 2) % 4]! }));
const tagged = texts.map((text) => ({
  tokens: text.split(" "),
  tags: text.split(" ").map((word) => (word === "so" ? "O" : "B-X")),
}));
const vocabulary = taggerVocabulary(tagged, { minCount: 1 });

const many = (pooling: Pooling) =>
  classifier({
    tokenizer,
    labels: ["0", "1"],
    encoder: bidirectional(lstm({ hiddenSize: 3 })),
    pooling,
    embeddingSize: 3,
  });
const tags = (decoder: ReturnType<typeof crf>) =>
  tagger({
    vocabulary,
    decoder,
    encoder: bidirectional(gru({ hiddenSize: 3 })),
    embeddingSize: 3,
    characters: { embeddingSize: 2, hiddenSize: 2 },
  });
const translators = (options: object) =>
  translator({
    tokenizer: subwords,
    encoder: bidirectional(gru({ hiddenSize: 3 })),
    decoder: gru({ hiddenSize: 3 }),
    attention: multiplicative(),
    embeddingSize: 3,
    ...options,
  });

const cases: [name: string, model: Trainable<never>, data: unknown][] = [
  ...(["last", "mean", "max", "attention"] as const).map((pooling): [string, Trainable<never>, unknown] => [
    `classifier, ${pooling}`,
    many(pooling),
    rows,
  ]),
  [
    "regressor, deep",
    regressor({
      tokenizer,
      encoder: stacked([gru({ hiddenSize: 3 }), gru({ hiddenSize: 2 })]),
      pooling: "last",
      embeddingSize: 3,
      scale: { mean: 0, deviation: 1 },
    }),
    rows,
  ],
  ["tagger, chain", tags(crf()), tagged],
  ["tagger, independent", tags(independent()), tagged],
  ["translator, multiplicative", translators({}), pairs],
  ["translator, additive, fed on", translators({ attention: additive({ size: 2 }), inputFeeding: true }), pairs],
  ["translator, without attention", translators({ attention: "none" }), pairs],
];

/** Which lengths bound an axis. */
const bounds = { T: "lengths", S: "sourceLengths" } as const;

it.each(cases)("padding is nothing: %s", async (_, model, data) => {
  const batch = model.batches(data as never, { batchSize: 4, bptt: 8, seed: 1 }).at({ epoch: 0, batch: 0 });
  const { slots } = model.layout;
  const inputs = parameterInputs(model.specs);
  const { total, count } = model.trace("", inputs).loss;
  const slopes = gradient(
    total,
    slots.map(({ name }) => inputs[name]!),
  );
  const outputs = { total, count, ...Object.fromEntries(slots.map(({ name }, i) => [`d.${name}`, slopes[i]!])) };
  const program = await referenceEngine().compile({ outputs });
  const parameters = namedValues(model.parameters, model.layout);
  const frozen = namedValues(model.frozen, model.frozenLayout);
  const plain = await program.run({ ...parameters, ...frozen, ...batch.feeds });
  for (const more of [0, 3]) {
    const feeds: Record<string, Value> = {};
    let changed = 0;
    for (const { attrs, shape } of program.inputs) {
      const value = batch.feeds[attrs.name];
      if (!value) continue;
      const axes = value.shape.map((_, axis) => bounds[shape[axis] as "T"]);
      const wider = value.shape.map((size, axis) => size + (axes[axis] ? more : 0));
      const size = wider.reduce((a, b) => a * b, 1);
      const filled = value.data.slice(0, 0).constructor as Int32ArrayConstructor;
      const out = new filled(size).fill(Math.max(...value.data)); // an id that there is
      for (let i = 0; i < size; i++) {
        const place = wider.map(
          (_, axis) => Math.floor(i / wider.slice(axis + 1).reduce((a, b) => a * b, 1)) % wider[axis]!,
        );
        if (place.some((at, axis) => at >= value.shape[axis]!)) continue;
        const beyond = place.some((at, axis) => {
          const lengths = axes[axis] && batch.feeds[axes[axis]!]!;
          if (!lengths) return false;
          return at >= lengths.data[place[0]!]!;
        });
        const from = place.reduce((sum, at, axis) => sum * value.shape[axis]! + at, 0);
        if (beyond) changed++;
        else out[i] = value.data[from]!;
      }
      feeds[attrs.name] = { ...value, shape: wider, data: out } as Value;
    }
    expect(changed).toBeGreaterThan(0);
    const padded = await program.run({ ...parameters, ...frozen, ...feeds });
    for (const [name, { data: expected }] of Object.entries(plain)) {
      const found = padded[name]!.data;
      for (let i = 0; i < expected.length; i++)
        if (!(Math.abs(found[i]! - expected[i]!) <= 1e-9 * (1 + Math.abs(expected[i]!))))
          expect.fail(`${name}[${i}]: ${found[i]} with ${more} more places, ${expected[i]} without`);
    }
  }
});

// A small model of every task, for everything that is exported: weights are large enough that each part matters.
import { random } from "../../src/base/index.ts";
import { charTokenizer, melodyCoder, wordTokenizer } from "../../src/data/index.ts";
import {
  additive,
  bidirectional,
  type CellName,
  cellNames,
  crf,
  embedding,
  encoderOf,
  freeze,
  gru,
  independent,
  type Layer,
  layerNorm,
  lstm,
  multiplicative,
  stacked,
  withLearnedRows,
} from "../../src/nn/index.ts";
import {
  classifier,
  contextOf,
  feedForward,
  forecaster,
  generator,
  languageModel,
  type Model,
  regressor,
  tagger,
  taggerVocabulary,
  toyModel,
  translator,
} from "../../src/tasks/index.ts";

const letters = charTokenizer.fit("abcde", { specials: ["pad", "bos", "eos", "unk"] });
const words = wordTokenizer.fit("a fine film a waste of time", { specials: ["pad", "unk"] });
const sentences = [
  { tokens: ["Ann", "saw", "Rome"], tags: ["B-PER", "O", "B-LOC"] },
  { tokens: ["Ann", "Lee", "saw", "New", "Rome"], tags: ["B-PER", "I-PER", "O", "B-LOC", "I-LOC"] },
];
const vocabulary = taggerVocabulary(sentences, { minCount: 1 });
const pairs = taggerVocabulary(sentences, { minCount: 1, characters: true, scheme: "IOB2" });
const series = [
  { name: "load", mean: 50, deviation: 9 },
  { name: "heat", mean: -3, deviation: 0.5 },
];
const labels = ["bad", "fine", "good"];

const languageModelOf = (encoder: Layer): Model =>
  languageModel({ tokenizer: letters, encoder, embeddingSize: 3, seed: 3 });
const classifierOf = (encoder: Layer, pooling: "max" | "attention"): Model =>
  classifier({ tokenizer: words, labels, encoder, pooling, embeddingSize: 3, seed: 4 });

/** Weights drawn wide, biases too. */
function shaken<M extends Model>(model: M): M {
  const r = random(5);
  for (const flat of [model.parameters, model.frozen])
    for (let i = 0; i < flat.length; i++) flat[i]! += 2 * r.uniform() - 1;
  return model;
}

const makers: Record<string, () => Model> = {
  ...Object.fromEntries(
    cellNames.map((cell: CellName) => [
      `language model, ${cell}`,
      () => languageModelOf(encoderOf(cell, { hiddenSize: 4, numLayers: 2 })),
    ]),
  ),
  // Every cell reads a padded row from its end, too.
  ...Object.fromEntries(
    cellNames.map((cell: CellName) => [
      `classifier, ${cell} both ways`,
      () => classifierOf(bidirectional(encoderOf(cell, { hiddenSize: 3 })), "max"),
    ]),
  ),
  "language model, tied": () =>
    languageModel({ tokenizer: letters, encoder: lstm({ hiddenSize: 4 }), embeddingSize: 4, tieWeights: true }),
  "classifier, stacked, attention": () =>
    classifierOf(stacked([bidirectional(lstm({ hiddenSize: 3 })), bidirectional(gru({ hiddenSize: 2 }))]), "attention"),
  "classifier, feed-forward": () =>
    classifier({ tokenizer: words, labels, encoder: feedForward({ window: 7, hiddenSize: 4 }), embeddingSize: 3 }),
  regressor: () =>
    regressor({
      tokenizer: words,
      scale: { mean: 20, deviation: 4 },
      encoder: bidirectional(lstm({ hiddenSize: 3 })),
      pooling: "last",
      embeddingSize: 3,
    }),
  forecaster: () => forecaster({ inputs: series, target: 1, encoder: gru({ hiddenSize: 4 }), length: 7, horizon: 3 }),
  "tagger, CRF and characters": () =>
    tagger({
      vocabulary,
      encoder: bidirectional(lstm({ hiddenSize: 3 })),
      decoder: crf(),
      embeddingSize: 4,
      shapes: 2,
    }),
  "tagger, independent, pairs": () =>
    tagger({ vocabulary: pairs, encoder: gru({ hiddenSize: 3 }), decoder: independent(), embeddingSize: 4 }),
  "tagger, lexicon": () =>
    tagger({
      vocabulary: taggerVocabulary(
        sentences.map(({ tokens, tags }) => ({
          tokens: [...tokens.join("")],
          tags: [...tokens.join("")].map((_, i) => tags[i % tags.length]!),
        })),
        { minCount: 1, characters: true, scheme: "IOB2", lexicon: ["Ann", "saw", "Rome", "Lee", "nn", "e"] },
      ),
      encoder: bidirectional(gru({ hiddenSize: 3 })),
      decoder: crf(),
      lexicon: freeze(embedding({ embeddingSize: 3 })),
      embeddingSize: 4,
    }),
  "tagger, context": () => {
    const known = charTokenizer.fit("\nAnn Lee saw Rome");
    const context = contextOf(
      languageModel({ tokenizer: known, encoder: stacked([gru({ hiddenSize: 3 }), layerNorm()]), embeddingSize: 2 }),
    );
    return tagger({
      vocabulary: taggerVocabulary(sentences, { minCount: 1, context: context.tokens }),
      context,
      encoder: bidirectional(gru({ hiddenSize: 3 })),
      characters: false,
      embeddingSize: 4,
    });
  },
  "classifier, learned rows beside frozen ones": () =>
    classifier({
      tokenizer: words,
      labels,
      encoder: gru({ hiddenSize: 3 }),
      embedding: withLearnedRows(freeze(embedding({ embeddingSize: 3 })), { size: 2 }),
    }),
  "translator, no attention": () =>
    translator({
      tokenizer: letters,
      encoder: lstm({ hiddenSize: 4 }),
      decoder: lstm({ hiddenSize: 4 }),
      attention: "none",
      embeddingSize: 3,
    }),
  "translator, attention": () =>
    translator({
      tokenizer: letters,
      encoder: bidirectional(gru({ hiddenSize: 3 })),
      decoder: lstm({ hiddenSize: 4 }),
      attention: multiplicative(),
      embeddingSize: 3,
      lengthReward: 0.4,
    }),
  "translator, input feeding": () =>
    translator({
      tokenizer: letters,
      encoder: gru({ hiddenSize: 3 }),
      decoder: gru({ hiddenSize: 4 }),
      attention: additive({ size: 3 }),
      inputFeeding: true,
      embeddingSize: 4,
      lengthPenalty: 2.3,
    }),
  "generator, text": () =>
    generator({
      content: { type: "text", tokenizer: letters },
      fields: { kind: ["first", "second"] },
      encoder: gru({ hiddenSize: 4 }),
      embeddingSize: 3,
    }),
  "generator, melody": () =>
    generator({
      content: { type: "melody", coder: melodyCoder() },
      encoder: lstm({ hiddenSize: 4 }),
      embeddingSize: 3,
    }),
  "generator, frames": () =>
    generator({ content: { type: "frames", stepsPerQuarter: 1 }, encoder: lstm({ hiddenSize: 4 }), embeddingSize: 3 }),
  "toy, numbers": () => toyModel({ toy: "adding:12", encoder: gru({ hiddenSize: 4 }), seed: 1 }),
  "toy, symbols": () => toyModel({ toy: "anbn:4", encoder: lstm({ hiddenSize: 4 }), embeddingSize: 4, seed: 1 }),
};

/** The names of the cases: every task, and every cell of `--cell`. */
export const modelNames = Object.keys(makers);

/** The model of a case. */
export const modelNamed = (name: string): Model => shaken(makers[name]!());

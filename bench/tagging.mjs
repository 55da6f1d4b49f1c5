// Taggers on the corpora that papers report: accuracy or entity F1, with the recipe, the seed and the wall time.
//
//   npm run build && node bench/tagging.mjs pos|klue|wnut [--data FOLDER] [--minutes M | --epochs E] [--seed S] [--report FILE]
//
// FOLDER (default ../shared/data) holds ud-english-ewt, klue-ner, wnut17 and glove-50d-9k. Nothing of it is in the repository.
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as u from "../dist/index.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: "../shared/data" },
    minutes: { type: "string" },
    epochs: { type: "string" },
    seed: { type: "string", default: "1" },
    decoder: { type: "string" },
    report: { type: "string" },
  },
});
const at = (...parts) => join(values.data, ...parts);
const seed = Number(values.seed);

const recipes = {
  pos: {
    target: "test accuracy 0.93",
    files: {
      train: at("ud-english-ewt", "en_ewt-ud-train.conllu.gz"),
      valid: at("ud-english-ewt", "en_ewt-ud-dev.conllu.gz"),
      test: at("ud-english-ewt", "en_ewt-ud-test.conllu.gz"),
    },
    read: u.readConllu,
    vocabulary: {},
    model: {
      decoder: "independent",
      hidden: 128,
      embedding: 64,
      dropout: 0.3,
      characters: { hiddenSize: 32, embeddingSize: 24 },
    },
    run: { batchSize: 32, learningRate: 5e-3, epochs: 5 },
  },
  klue: {
    target: "dev entity F1 0.70",
    files: {
      train: at("klue-ner", "klue-ner-v1.1_train.first5000.tsv.gz"),
      test: at("klue-ner", "klue-ner-v1.1_dev.tsv.gz"),
    },
    read: u.readConll,
    vocabulary: { characters: true },
    model: { decoder: "crf", hidden: 160, embedding: 64, dropout: 0.5, characters: { embeddingSize: 64 } },
    run: { batchSize: 16, learningRate: 4e-3, epochs: 10 },
  },
  wnut: {
    target: "test entity F1 0.33",
    files: {
      train: at("wnut17", "wnut17train.conll"),
      valid: at("wnut17", "emerging.dev.conll"),
      test: at("wnut17", "emerging.test.annotated"),
    },
    vectors: at("glove-50d-9k", "glove.6B.50d.top9163.txt.gz"),
    read: u.readConll,
    vocabulary: {},
    model: { decoder: "crf", hidden: 100, dropout: 0.5, characters: { hiddenSize: 25, embeddingSize: 25 } },
    run: { batchSize: 16, learningRate: 4e-3, epochs: 10 },
  },
};

const name = positionals[0];
const recipe = recipes[name];
if (!recipe) {
  console.error(`tagging.mjs: one of ${Object.keys(recipes).join(", ")}`);
  process.exit(2);
}
const missing = [...Object.values(recipe.files), recipe.vectors ?? []].flat().filter((file) => !existsSync(file));
if (missing.length) {
  console.log(`skipped: ${missing.join(", ")} is not there (--data FOLDER says where)`);
  process.exit(0);
}

/** Vectors of a text file, one word a line; words in lower case. */
async function readVectors(file) {
  const rows = new Map();
  for (const line of (await u.readText(file)).split("\n")) {
    const [word, ...numbers] = line.trim().split(" ");
    if (numbers.length > 1) rows.set(word, Float32Array.from(numbers, Number));
  }
  return {
    dim: rows.values().next().value.length,
    has: (word) => rows.has(word),
    get: (word) => rows.get(word),
    words: [...rows.keys()],
  };
}

const began = performance.now();
const data = {};
for (const [part, file] of Object.entries(recipe.files))
  data[part] = recipe.read(await u.readText(file), { source: file }).sentences;
const vectors = recipe.vectors && (await readVectors(recipe.vectors));
const vocabulary = u.taggerVocabulary(data.train, { ...recipe.vocabulary, known: vectors?.words });
const { hidden, dropout, embedding, characters } = recipe.model;
const decoder = values.decoder ?? recipe.model.decoder;
const model = u.tagger({
  vocabulary,
  encoder: u.bidirectional(u.lstm({ hiddenSize: hidden, dropout })),
  decoder: decoder === "crf" ? u.crf() : u.independent(),
  embeddingSize: embedding,
  vectors,
  characters,
  dropout,
  seed,
});
const budget = values.minutes
  ? { minutes: Number(values.minutes) }
  : { epochs: Number(values.epochs ?? recipe.run.epochs) };
console.log(
  `${name}: ${data.train.length} sentences, ${vocabulary.words.size} words, ${vocabulary.tags.length} tags, ${model.layout.length} parameters`,
);
const tokens = data.train.reduce((sum, { tokens }) => sum + tokens.length, 0);
let [last, shown] = [undefined, 0];
const started = performance.now();
for await (const progress of u.train(model, data.train, {
  ...budget,
  batchSize: recipe.run.batchSize,
  optimizer: u.adamW({ learningRate: recipe.run.learningRate, weightDecay: 0.01 }),
  schedule: u.oneCycle(),
  clipNorm: 1,
  seed,
  threads: 2,
})) {
  last = progress;
  if (Math.floor(progress.epoch) > shown) {
    shown = Math.floor(progress.epoch);
    const part = data.valid ?? data.test.slice(0, 500);
    const { accuracy, spans } = await u.scoreTagger(model, part);
    console.log(
      `epoch ${shown}  ${progress.elapsed.toFixed(0)} s  loss ${progress.loss.toFixed(4)}  ${data.valid ? "valid" : "first 500 of test"} accuracy ${accuracy.toFixed(4)}${spans ? ` F1 ${spans.overall.f1.toFixed(4)}` : ""}`,
    );
  }
}
const seconds = (performance.now() - started) / 1000;
const result = await u.scoreTagger(model, data.test);
const line = {
  bench: `tagging ${name}`,
  target: recipe.target,
  accuracy: Number(result.accuracy.toFixed(5)),
  ...(result.spans
    ? {
        f1: Number(result.spans.overall.f1.toFixed(5)),
        precision: Number(result.spans.overall.precision.toFixed(5)),
        recall: Number(result.spans.overall.recall.toFixed(5)),
      }
    : {}),
  epochs: Number(last.epoch.toFixed(2)),
  steps: last.step,
  seed,
  trainSeconds: Math.round(seconds),
  wallSeconds: Math.round((performance.now() - began) / 1000),
  sentencesPerSecond: Math.round((last.epoch * data.train.length) / seconds),
  tokensPerSecond: Math.round((last.epoch * tokens) / seconds),
  recipe: { ...recipe.model, decoder, ...recipe.run, ...budget },
};
console.log(JSON.stringify(line));
if (values.report) appendFileSync(values.report, `${JSON.stringify(line)}\n`);

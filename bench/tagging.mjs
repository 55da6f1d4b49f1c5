// Taggers on the corpora that papers report: accuracy or entity F1, with the recipe, the seed and the wall time.
//
//   npm run build && node bench/tagging.mjs pos|klue|wnut [--data FOLDER] [--vectors FOLDER] [--no-test]
//                                           [--minutes M | --epochs E] [--seed S] [--set JSON] [--report FILE]
//
// FOLDER (default ../shared/data) holds ud-english-ewt, klue-ner, wnut17. wnut begins with word vectors, which this makes
// (lower case, subwords 3 to 6):
//   node dist/cli/main.js embed train ../shared/data/enwiki-100mb/enwiki.txt.gz --plain --subwords --bucket 500000 --out vectors
// klue has no test part that is public: the dev part is the test, and every twentieth sentence of training is the
// validation part. The parameters with the best validation score are what is tested, and so is the bias against O. --no-test leaves the test unread;
// --set changes the recipe: '{"model":{"hidden":200},"run":{"epochs":3}}'.
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as u from "./library.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: "../shared/data" },
    vectors: { type: "string", default: "vectors" },
    minutes: { type: "string" },
    epochs: { type: "string" },
    seed: { type: "string", default: "1" },
    set: { type: "string", default: "{}" },
    "no-test": { type: "boolean", default: false },
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
      layers: 1,
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
    model: {
      decoder: "crf",
      hidden: 160,
      layers: 1,
      embedding: 64,
      dropout: 0.5,
      characters: { embeddingSize: 64 },
    },
    run: { batchSize: 16, learningRate: 4e-3, epochs: 10 },
  },
  wnut: {
    target: "test entity F1 0.33",
    files: {
      train: at("wnut17", "wnut17train.conll"),
      valid: at("wnut17", "emerging.dev.conll"),
      test: at("wnut17", "emerging.test.annotated"),
    },
    vectors: values.vectors,
    read: u.readConll,
    vocabulary: {},
    model: {
      decoder: "crf",
      hidden: 128,
      layers: 1,
      dropout: 0.5,
      frozen: true,
      shapes: 8,
      characters: { hiddenSize: 25, embeddingSize: 25 },
    },
    run: { batchSize: 16, learningRate: 3e-3, epochs: 15 },
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

const overrides = JSON.parse(values.set);
Object.assign(recipe.model, overrides.model);
Object.assign(recipe.run, overrides.run);
const began = performance.now();
const data = {};
for (const [part, file] of Object.entries(recipe.files))
  data[part] = recipe.read(await u.readText(file), { source: file }).sentences;
if (!data.valid) {
  data.valid = data.train.filter((_, i) => i % 20 === 19);
  data.train = data.train.filter((_, i) => i % 20 !== 19);
}
const vectors = recipe.vectors && (await u.loadVectors(recipe.vectors)).vectors;
// With subwords every word has a vector: the words of all parts get their rows before training, as looking them up later would.
const words = Object.values(data).flatMap((sentences) => sentences.flatMap(({ tokens }) => tokens));
const known = vectors && new Set(words.map((word) => word.toLowerCase()));
const vocabulary = u.taggerVocabulary(data.train, { ...recipe.vocabulary, known });
const { hidden, layers, dropout, embedding, characters, shapes, frozen, decoder } = recipe.model;
const layer = u.bidirectional(u.lstm({ hiddenSize: hidden, dropout }));
const table = vectors && u.embedding({ from: vectors });
const model = u.tagger({
  vocabulary,
  encoder: layers === 1 ? layer : u.stacked(new Array(layers).fill(layer)),
  decoder: decoder === "crf" ? u.crf() : u.independent(),
  ...(table ? { embedding: frozen ? u.freeze(table) : table } : { embeddingSize: embedding }),
  characters,
  shapes,
  dropout,
  seed,
});
const budget = values.minutes
  ? { minutes: Number(values.minutes) }
  : { epochs: Number(values.epochs ?? recipe.run.epochs) };
console.log(
  `${name}: ${data.train.length} sentences, ${vocabulary.words.size} words, ${vocabulary.tags.length} tags, ${model.layout.count} parameters, read in ${((performance.now() - began) / 1000).toFixed(0)} s`,
);
const tokens = data.train.reduce((sum, { tokens }) => sum + tokens.length, 0);
let last;
const started = performance.now();
for await (const progress of u.train(model, data.train, {
  ...budget,
  batchSize: recipe.run.batchSize,
  optimizer: u.adamW({ learningRate: recipe.run.learningRate, weightDecay: 0.01 }),
  schedule: u.oneCycle(),
  clipNorm: 1,
  valid: data.valid,
  evaluateEvery: Math.ceil(data.train.length / recipe.run.batchSize),
  seed,
  threads: 2,
})) {
  last = progress;
  const { valid, epoch, elapsed, loss, best, step } = progress;
  if (!valid) continue;
  const means = Object.entries(valid.means).map(([key, value]) => `${key} ${value.toFixed(4)}`);
  console.log(
    `epoch ${epoch.toFixed(1)}  ${elapsed.toFixed(0)} s  loss ${loss.toFixed(4)}  valid ${valid.nats.toFixed(4)} ${means.join(" ")}${best.step === step ? "  best" : ""}`,
  );
}
const seconds = (performance.now() - started) / 1000;
// How much O counts is chosen on the validation part too.
let [outsideBias, most] = [0, 0];
for (const bias of vocabulary.scheme === "none" ? [] : [0, 0.5, 1, 1.5, 2, 2.5, 3]) {
  const { f1, precision, recall } = (await u.report(model, data.valid, { outsideBias: bias })).spans.overall;
  console.log(
    `O less ${bias}: valid F1 ${f1.toFixed(4)}, precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}`,
  );
  if (f1 > most) [outsideBias, most] = [bias, f1];
}
const result = await u.report(model, values["no-test"] ? data.valid : data.test, { outsideBias });
const line = {
  bench: `tagging ${name}`,
  target: recipe.target,
  part: values["no-test"] ? "valid" : "test",
  accuracy: Number(result.accuracy.toFixed(5)),
  ...(result.spans
    ? {
        f1: Number(result.spans.overall.f1.toFixed(5)),
        precision: Number(result.spans.overall.precision.toFixed(5)),
        recall: Number(result.spans.overall.recall.toFixed(5)),
      }
    : {}),
  bestValid: last.best?.judged,
  bestStep: last.best?.step,
  ...(result.spans ? { outsideBias, validF1: Number(most.toFixed(5)) } : {}),
  epochs: Number(last.epoch.toFixed(2)),
  steps: last.step,
  seed,
  trainSeconds: Math.round(seconds),
  wallSeconds: Math.round((performance.now() - began) / 1000),
  sentencesPerSecond: Math.round((last.epoch * data.train.length) / seconds),
  tokensPerSecond: Math.round((last.epoch * tokens) / seconds),
  recipe: { ...recipe.model, ...recipe.run, ...budget },
};
console.log(JSON.stringify(line));
if (values.report) appendFileSync(values.report, `${JSON.stringify(line)}\n`);

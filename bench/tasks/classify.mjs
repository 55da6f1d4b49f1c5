// Ratings of films: trains a classifier on nsmc or sst-2 and reports its test accuracy, with seed and wall time.
//
//   node bench/tasks/classify.mjs nsmc|sst2 [--data FOLDER] [--seed N] [--rows N] [--set JSON] [--test]
//                                  [--minutes X] [--out FOLDER] [--vectors FOLDER]
//
// FOLDER (or DATA) holds the files of the data set as its makers publish them: nsmc/ratings_{train,test}.txt,
// sst/sst2.{train,dev,test}.txt, each perhaps .gz; sst2 begins with glove-50d-9k/glove.6B.50d.top9163.txt.gz where that
// lies beside. --rows trains on the first N rows only; --set overrides the recipe; --test measures on the test part too
// (a recipe is chosen without); --minutes ends each model's training by the clock; --out keeps the models; --vectors are
// further word vectors, set beside those of GloVe (sst2): those of
//   unrolled embed train enwiki.txt.gz --plain --subwords --dim 100 --epochs 5 --learning-rate 0.025 --min-count 5 --bucket 500000 --seed 1
// Uses the built package (dist/).
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  adamW,
  bidirectional,
  bpeTokenizer,
  charTokenizer,
  classifier,
  embedding,
  freeze,
  gru,
  loadVectors,
  lstm,
  oneCycle,
  readLabeled,
  readText,
  recognize,
  report,
  save,
  train,
  wordTokenizer,
} from "../library.mjs";

const common = {
  cell: "lstm",
  layers: 1,
  pooling: "attention",
  vectors: false,
  freeze: false,
  smoothing: 0,
  wordDropout: 0,
  decay: 0.01,
  /** Trained with seeds one after another; their probabilities are averaged. */
  models: 1,
};
/**
 * Chosen in few runs on the validation part (5 % of nsmc's training rows, sst-2's own), never on the test part; most
 * numbers, that of models among them, are unsearched.
 */
const recipes = {
  nsmc: {
    ...common,
    tokens: "bpe",
    merges: 12000,
    subwordDropout: 0.1,
    embedding: 128,
    hidden: 128,
    pooling: "max",
    dropout: 0.3,
    batch: 128,
    lr: 0.002,
    epochs: 3,
    models: 3,
  },
  sst2: {
    ...common,
    tokens: "word",
    vectors: true,
    known: 20_000,
    vectorScale: 0.5,
    pooling: "max",
    hidden: 100,
    dropout: 0.5,
    wordDropout: 0.1,
    batch: 64,
    lr: 0.0025,
    epochs: 4,
    models: 5,
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: process.env.DATA ?? "../shared/data" },
    seed: { type: "string", default: "1337" },
    rows: { type: "string" },
    set: { type: "string", default: "{}" },
    out: { type: "string" },
    vectors: { type: "string" },
    test: { type: "boolean", default: false },
    minutes: { type: "string" },
  },
});
const name = positionals[0];
if (!recipes[name]) {
  console.error("usage: node bench/tasks/classify.mjs nsmc|sst2 [--data FOLDER] [--test] [--seed N] [--set JSON]");
  process.exit(2);
}
const recipe = { ...recipes[name], ...JSON.parse(values.set) };
if (values.minutes) recipe.minutes = Number(values.minutes);
const seed = Number(values.seed);

function find(...parts) {
  const path = join(values.data, ...parts);
  return [path, `${path}.gz`].find((one) => existsSync(one));
}

async function rows(path, keepEmpty) {
  const text = await readText(path);
  const { rows, warnings } = readLabeled(text, { source: path, recognized: recognize(text, path), keepEmpty });
  for (const { problem, count } of warnings) console.log(`${path}: ${count} rows: ${problem}`);
  return rows;
}

const files =
  name === "nsmc"
    ? { train: find("nsmc", "ratings_train.txt"), test: find("nsmc", "ratings_test.txt") }
    : Object.fromEntries(["train", "dev", "test"].map((part) => [part, find("sst", `sst2.${part}.txt`)]));
if (!files.train || !files.test) {
  console.log(`skipped: no ${name} below ${values.data} (--data FOLDER)`);
  process.exit(0);
}

/**
 * Vectors of several files, one after another in a row for each token. Each file's part is scaled to deviation
 * `vectorScale`; where a file has no vector of a token, not even from pieces of it, its part is nearly zero.
 */
function sideBySide(tokens, tables) {
  const dim = tables.reduce((sum, table) => sum + table.dim, 0);
  const matrix = Float32Array.from({ length: tokens.length * dim }, (_, i) => 0.05 * Math.sin(i * i));
  const brackets = { "-lrb-": "(", "-rrb-": ")" };
  let at = 0;
  for (const table of tables) {
    const found = tokens.map((token) => {
      const word = brackets[token] ?? token;
      return table.get(word) ?? table.get(word.toLowerCase());
    });
    const known = found.filter((vector) => vector);
    const squares = known.reduce((sum, vector) => sum + vector.reduce((a, b) => a + b * b, 0), 0);
    const scale = recipe.vectorScale / Math.sqrt(squares / (known.length * table.dim));
    for (const [t, vector] of found.entries())
      if (vector) for (let i = 0; i < table.dim; i++) matrix[t * dim + at + i] = scale * vector[i];
    console.log(`vectors of ${known.length} of ${tokens.length} tokens, dimension ${table.dim}`);
    at += table.dim;
  }
  const rowOf = new Map(tokens.map((token, t) => [token, t]));
  return { words: tokens, matrix, dim, indexOf: (token) => rowOf.get(token) ?? -1 };
}

const began = performance.now();
const all = await rows(files.train, false);
const held = name === "nsmc" ? all.filter((_, i) => i % 20 === 19) : await rows(files.dev, true);
const training = (name === "nsmc" ? all.filter((_, i) => i % 20 !== 19) : all).slice(
  0,
  Number(values.rows ?? Infinity),
);
const texts = training.map(({ text }) => text);
const gloveFile = recipe.vectors && find("glove-50d-9k", "glove.6B.50d.top9163.txt");
const tables = [];
for (const path of recipe.vectors ? [gloveFile, values.vectors] : [])
  if (path) tables.push((await loadVectors(path)).vectors);
const specials = ["pad", "unk"];
const tokenizer =
  recipe.tokens === "bpe"
    ? bpeTokenizer.fit(texts, { merges: recipe.merges, minCount: 3, specials })
    : recipe.tokens === "char"
      ? charTokenizer.fit(texts, { minCount: 3, specials })
      : // the vectors' most frequent words are known too, though the training rows lack them
        wordTokenizer.fit([...texts, ...tables.map(({ words }) => words.slice(0, recipe.known).join(" "))], {
          split: "whitespace",
          specials,
        });
const vectors = tables.length > 0 ? sideBySide(tokenizer.vocabulary.tokens, tables) : undefined;
const cell = { lstm, gru }[recipe.cell];
const make = (seed) =>
  classifier({
    tokenizer,
    labels: [...new Set(training.map(({ label }) => label))].sort(),
    encoder: bidirectional(
      cell({ hiddenSize: recipe.hidden, numLayers: recipe.layers, dropout: recipe.layers > 1 ? recipe.dropout : 0 }),
    ),
    pooling: recipe.pooling,
    ...(vectors
      ? { embedding: (recipe.freeze ? freeze : (layer) => layer)(embedding({ from: vectors })) }
      : { embeddingSize: recipe.embedding }),
    dropout: recipe.dropout,
    smoothing: recipe.smoothing,
    subwordDropout: recipe.subwordDropout ?? 0,
    wordDropout: recipe.wordDropout,
    seed,
  });
const models = Array.from({ length: recipe.models }, (_, i) => make(seed + i));
const read = (performance.now() - began) / 1000;
console.log(
  `${name}: ${training.length} rows, vocabulary ${tokenizer.vocabulary.size}, ${recipe.models} x ${models[0].layout.count} parameters, read in ${read.toFixed(0)} s`,
);
const watched = [];
for (const [i, model] of models.entries()) {
  let told = performance.now();
  for await (const progress of train(
    model,
    { rows: training },
    {
      optimizer: adamW({ learningRate: recipe.lr, weightDecay: recipe.decay }),
      schedule: oneCycle(),
      batchSize: recipe.batch,
      ...(recipe.minutes ? { minutes: recipe.minutes } : { epochs: recipe.epochs }),
      valid: { rows: held },
      evaluateEvery: Math.ceil(training.length / recipe.batch / 2),
      evaluationBatchSize: 128,
      seed: seed + i,
    },
  )) {
    if (!progress.valid && performance.now() - told < 30_000) continue;
    told = performance.now();
    const { step, steps, loss, tokensPerSecond, elapsed, valid } = progress;
    const watched = valid ? `valid ${valid.nats.toFixed(4)} accuracy ${valid.means.accuracy.toFixed(4)}` : "";
    console.log(
      `step ${step}/${steps} ${elapsed.toFixed(0)} s loss ${loss.toFixed(3)} ${Math.round(tokensPerSecond)} tokens/s ${watched}`,
    );
  }
  watched.push((await report(model, { rows: held })).accuracy);
  if (values.out) await save(model, join(values.out, String(seed + i)), { training: false });
}
const scored = (data) => report(models[0], data, { with: models.slice(1) });
const validAccuracy = (await scored({ rows: held })).accuracy;
const tested = values.test ? await scored({ rows: await rows(files.test, true), source: files.test }) : undefined;
const seconds = (performance.now() - began) / 1000;
console.log(
  JSON.stringify({
    name,
    testAccuracy: tested?.accuracy,
    macroF1: tested?.macroF1,
    validAccuracy,
    validAccuracies: watched,
    confusion: tested?.confusion,
    seconds,
    seed,
    recipe,
  }),
);

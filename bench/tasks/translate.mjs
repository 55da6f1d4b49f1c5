// Translation: trains a translator and reports BLEU (as sacreBLEU, 13a) or exact match on the test part, with seed and
// wall time.
//
//   node bench/tasks/translate.mjs multi30k|scan|tatoeba [--data FOLDER] [--seed N] [--rows N] [--set JSON] [--test]
//                                                        [--out MODEL [--resume]]
//
// FOLDER (or DATA) holds multi30k/raw/{train,val,test_2016_flickr}.{en,de}, scan/tasks_{train,test}_simple.txt and
// tatoeba-kor-eng/kor.txt, each perhaps .gz. The test part is read with --test only. --rows trains on the first N pairs; --set
// overrides the recipe, {"minutes": 10} instead of its epochs, for example. --out keeps the model every three minutes, and
// --resume goes on from there, to the same end. Uses the built package (dist/).
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  adamW,
  additive,
  bidirectional,
  bleu as bleuOf,
  bpeTokenizer,
  gru,
  load,
  lstm,
  multiplicative,
  oneCycle,
  readPairs,
  readParallel,
  readScan,
  readText,
  report,
  save,
  train,
  translator,
  wordTokenizer,
} from "../library.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: process.env.DATA },
    seed: { type: "string", default: "1" },
    rows: { type: "string" },
    set: { type: "string", default: "{}" },
    test: { type: "boolean", default: false },
    out: { type: "string" },
    resume: { type: "boolean", default: false },
  },
});
const common = {
  cell: "gru",
  layers: 1,
  attention: "multiplicative",
  feed: false,
  smoothing: 0.1,
  memoryDropout: 0,
  beam: 5,
  lengthPenalty: 1,
  decay: 0.01,
  warmup: 0.1,
};
const recipes = {
  multi30k: {
    ...common,
    merges: 4000,
    embedding: 256,
    hidden: 256,
    decoder: 384,
    dropout: 0.3,
    memoryDropout: 0.3,
    batch: 64,
    lr: 0.002,
    epochs: 10,
  },
  scan: {
    ...common,
    feed: true,
    embedding: 64,
    hidden: 100,
    decoder: 200,
    dropout: 0.1,
    smoothing: 0,
    beam: 1,
    batch: 32,
    lr: 0.003,
    epochs: 20,
  },
  tatoeba: {
    ...common,
    merges: 800,
    embedding: 128,
    hidden: 128,
    decoder: 192,
    dropout: 0.4,
    memoryDropout: 0.4,
    batch: 32,
    lr: 0.004,
    epochs: 40,
  },
};
const name = positionals[0];
if (!recipes[name]) {
  console.error("usage: node bench/tasks/translate.mjs multi30k|scan|tatoeba [--data FOLDER] [--seed N] [--set JSON]");
  process.exit(2);
}
const recipe = { ...recipes[name], ...JSON.parse(values.set) };
const seed = Number(values.seed);
const folder = join(values.data ?? "data", { multi30k: "multi30k/raw", tatoeba: "tatoeba-kor-eng" }[name] ?? name);

async function read(file) {
  const path = [join(folder, file), join(folder, `${file}.gz`)].find((one) => existsSync(one));
  if (path) return readText(path);
  console.log(`${join(folder, file)} is not there: give --data FOLDER (or DATA), see the head of this script`);
  process.exit(0);
}

/**
 * Parted by target, so that a sentence with several translations stands in one part only: every 20th distinct one is held
 * out, and every 20th after it tested.
 */
function parted(pairs) {
  const places = new Map([...new Set(pairs.map(({ target }) => target))].map((target, i) => [target, i % 20]));
  const take = (keep) => pairs.filter(({ target }) => keep(places.get(target)));
  return { train: take((i) => i < 18), valid: take((i) => i === 18), test: take((i) => i === 19) };
}

const readers = {
  async multi30k() {
    const part = async (file) =>
      readParallel(await read(`${file}.en`), await read(`${file}.de`), { names: [`${file}.en`, `${file}.de`] }).pairs;
    return { train: await part("train"), valid: await part("val"), test: await part("test_2016_flickr") };
  },
  async scan() {
    const all = readScan(await read("tasks_train_simple.txt")).pairs;
    const held = (i) => i % 20 === 19;
    return {
      train: all.filter((_, i) => !held(i)),
      valid: all.filter((_, i) => held(i)),
      test: readScan(await read("tasks_test_simple.txt")).pairs,
    };
  },
  // Korean to English.
  tatoeba: async () => parted(readPairs(await read("kor.txt"), { sourceColumn: 1, targetColumn: 0 }).pairs),
};
const data = await readers[name]();
const pairs = data.train.slice(0, values.rows ? Number(values.rows) : undefined);

const specials = ["pad", "bos", "eos", "unk"];
const sides = ["source", "target"].map((side) => pairs.map((pair) => pair[side]));
const tokenizer = recipe.merges
  ? bpeTokenizer.fit(sides.flat(), { merges: recipe.merges, minCount: 2 })
  : { source: wordTokenizer.fit(sides[0], { specials }), target: wordTokenizer.fit(sides[1], { specials }) };
const cell = { lstm, gru }[recipe.cell];
const attention = {
  none: "none",
  multiplicative: multiplicative({ scaled: true }),
  additive: additive({ size: recipe.hidden }),
}[recipe.attention];
const fresh = translator({
  tokenizer,
  encoder: bidirectional(cell({ hiddenSize: recipe.hidden, numLayers: recipe.layers, dropout: recipe.memoryDropout })),
  decoder: cell({ hiddenSize: recipe.decoder, numLayers: recipe.layers }),
  attention,
  inputFeeding: recipe.feed,
  embeddingSize: recipe.embedding,
  shareEmbeddings: Boolean(recipe.merges),
  dropout: recipe.dropout,
  smoothing: recipe.smoothing,
  seed,
});
const model = values.resume ? await load(values.out, { training: true }) : fresh;
console.log(`${name}: ${pairs.length} pairs, ${model.layout.count} parameters`);
let [told, kept] = [performance.now(), performance.now()];
for await (const { step, steps, loss, valid, elapsed, tokensPerSecond } of train(model, pairs, {
  optimizer: adamW({ learningRate: recipe.lr, weightDecay: recipe.decay }),
  schedule: oneCycle({ warmup: recipe.warmup }),
  batchSize: recipe.batch,
  ...(recipe.minutes ? { minutes: recipe.minutes } : { epochs: recipe.epochs }),
  evaluateEvery: Math.ceil(pairs.length / recipe.batch),
  valid: data.valid,
  threads: 2,
  resume: values.resume,
  seed,
})) {
  if (valid) {
    console.log(
      `step ${step}  ${Math.round(elapsed)} s  valid ${valid.nats.toFixed(4)}  perplexity ${valid.perplexity.toFixed(2)}  accuracy ${valid.means.accuracy.toFixed(4)}`,
    );
  } else if (performance.now() - told > 20_000) {
    console.log(`step ${step} of ${steps}  loss ${loss.toFixed(3)}  ${Math.round(tokensPerSecond)} target tokens/s`);
    told = performance.now();
  }
  if (values.out && performance.now() - kept > 180_000) {
    await save(model, values.out);
    kept = performance.now();
  }
}
if (values.out) await save(model, values.out);
const seconds = Math.round(model.training.elapsed); // of training, over all sittings
for (const part of values.test ? ["valid", "test"] : ["valid"]) {
  const options = { beamSize: recipe.beam, lengthPenalty: recipe.lengthPenalty };
  const { bleu, chrF, exactMatch, outputs } = await report(model, data[part], options);
  const { score, signature } = bleu;
  const references = data[part].map(({ target }) => target);
  const bleuLowercase = bleuOf(outputs, references, { lowercase: true }).score;
  const found = { bleu: score, signature, bleuLowercase, chrF, exactMatch };
  console.log(JSON.stringify({ data: name, part, ...found, seed, seconds, ...recipe }));
  if (name === "scan") continue;
  // Ten from all over the part: files are often sorted by length.
  for (let k = 0; k < 10; k++) {
    const i = Math.floor(((k + 0.5) / 10) * outputs.length);
    const { source, target } = data[part][i];
    console.log(`  ${source}\n    ${outputs[i]}\n    (${target})`);
  }
}

// Subject-verb agreement at a distance: a word-level language model, and whether it finds the verb's right form likelier.
//
//   npm run build && node bench/agreement.mjs [--data FOLDER] [--minutes M] [--out FOLDER] [--resume] [--seed S]
//                                             [--corpus enwiki|wikitext] [--set JSON]
//
// FOLDER (default ../shared/data) holds enwiki-100mb or wikitext-2, and agreement/colorless-english (Gulordava et al.,
// 2018: 41 sentences, and 369 of the same shape with words drawn at random, "nonce"). The words of the test are kept in the
// vocabulary where the corpus has them five times, as the paper does by drawing them from its vocabulary. Nothing of
// the test is trained on. --out saves every few minutes; --resume goes on from there, for --minutes more.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stepper } from "../dist/tasks/index.js";
import * as u from "./library.mjs";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    corpus: { type: "string", default: "enwiki" },
    minutes: { type: "string", default: "22" },
    seed: { type: "string", default: "1" },
    out: { type: "string" },
    resume: { type: "boolean", default: false },
    "only-evaluate": { type: "boolean", default: false },
    set: { type: "string", default: "{}" },
  },
});
const recipe = {
  vocabulary: 16_000,
  hidden: 256,
  layers: 1,
  dropout: 0.1,
  candidates: 1500,
  batch: 128,
  bptt: 32,
  learningRate: 4e-3,
  ...JSON.parse(values.set),
};
const at = (...parts) => join(values.data, ...parts);
const corpusFile = values.corpus === "enwiki" ? at("enwiki-100mb", "enwiki.txt.gz") : at("wikitext-2", "train.txt.gz");
const testFile = at("agreement", "colorless-english", "generated.tab");
const missing = [corpusFile, testFile].filter((file) => !existsSync(file));
if (missing.length) {
  console.log(`skipped: ${missing.join(", ")} is not there (--data FOLDER says where)`);
  process.exit(0);
}
const began = performance.now();
const seconds = () => Math.round((performance.now() - began) / 1000);

/** The test: prefix, right and wrong form. */
function readPairs() {
  const [head, ...lines] = readFileSync(testFile, "utf8").trimEnd().split("\n");
  const names = head.split("\t");
  const rows = lines.map((line) => Object.fromEntries(line.split("\t").map((cell, i) => [names[i], cell])));
  const pairs = new Map();
  for (const { constr_id, sent_id, pattern, type, prefix, form, class: side } of rows) {
    const key = [pattern, constr_id, sent_id, type].join("\t");
    pairs.set(key, { ...pairs.get(key), type, prefix: prefix.split(" "), [side]: form });
  }
  return [...pairs.values()];
}
const pairs = readPairs();

/** A sentence a line, cut into words and marks as the test is: `it 's`, `do n't`, `al - Qaeda`. */
function* sentences(text) {
  if (values.corpus === "wikitext") {
    for (const line of text.split("\n")) if (line.trim()) yield line.trim().replaceAll(" @-@ ", " - ").split(" ");
    return;
  }
  const cut =
    /n't\b|'(?:s|re|ve|ll|d|m)\b|\p{L}+?(?=n't\b)|[\p{L}\p{M}\p{N}]+(?:[.,]\p{N}+)*|\.\.\.|[^\s\p{L}\p{M}\p{N}]/gu;
  for (const line of text.split("\n")) {
    for (const sentence of line.split(/(?<=[.!?]["”)]?) +(?=["“(]?\p{Lu})/u)) {
      const words = sentence.match(cut);
      if (words) yield words;
    }
  }
}

const model = values.out && (values.resume || values["only-evaluate"]) ? await u.load(values.out) : undefined;
const text = await u.readText(corpusFile);
const counts = new Map();
const numbers = []; // every word of the corpus by order of first sight, then as ids
const sight = new Map();
for (const words of sentences(text)) {
  for (const word of [...words, "<eos>"]) {
    let n = sight.get(word);
    if (n === undefined) {
      n = sight.size;
      sight.set(word, n);
    }
    numbers.push(n);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
}
const wanted = new Set(pairs.flatMap(({ prefix, correct, wrong }) => [...prefix, correct, wrong]));
function fit() {
  const kept = [...counts]
    .filter(([word]) => word !== "<unk>")
    .sort((a, b) => b[1] - a[1])
    .filter(([word, count], i) => i < recipe.vocabulary || (wanted.has(word) && count >= 5));
  const vocabulary = {
    tokens: ["<unk>", ...kept.map(([word]) => word)],
    specials: ["<unk>"],
    counts: [0, ...kept.map(([, count]) => count)],
  };
  return u.wordTokenizer.fromJSON({ kind: "word", split: "whitespace", lowercase: false, vocabulary });
}
const tokenizer = model?.tokenizer ?? fit();
const idOf = Int32Array.from(sight.keys(), (word) => tokenizer.vocabulary.id(word) ?? 0);
const ids = Int32Array.from(numbers, (n) => idOf[n]);
const held = 100_000;
const lm =
  model ??
  u.languageModel({
    tokenizer,
    encoder: u.lstm({ hiddenSize: recipe.hidden, numLayers: recipe.layers, dropout: recipe.dropout }),
    embeddingSize: recipe.hidden,
    tieWeights: true,
    dropout: recipe.dropout,
    candidates: recipe.candidates,
    seed: Number(values.seed),
  });
const unknown = ids.reduce((sum, id) => sum + (id === 0 ? 1 : 0), 0) / ids.length;
console.log(
  `${values.corpus}: ${ids.length} tokens, vocabulary ${tokenizer.vocabulary.size} (${(100 * unknown).toFixed(1)} % unknown), ${lm.layout.count} parameters, read in ${seconds()} s`,
);

/** Share of the pairs whose right form has the higher probability after <eos> and the prefix. */
async function agreement() {
  const step = await stepper(lm);
  const id = (word) => tokenizer.vocabulary.id(word) ?? 0;
  const counts = { original: [0, 0], generated: [0, 0] };
  let outside = 0;
  for (const { type, prefix, correct, wrong } of pairs) {
    step.reset();
    let logits;
    for (const word of ["<eos>", ...prefix]) logits = await step.read(id(word));
    if (!id(correct) || !id(wrong)) outside++;
    counts[type][1]++;
    if (logits[id(correct)] > logits[id(wrong)]) counts[type][0]++;
  }
  await step.release();
  const [original, nonce] = ["original", "generated"].map((type) => counts[type][0] / counts[type][1]);
  return { original, nonce, outside, pairs: pairs.length };
}

let last = { step: lm.training?.step ?? 0, epoch: 0 };
const trainBegan = performance.now();
if (!values["only-evaluate"]) {
  const stop = new AbortController();
  const minutes = Number(values.minutes) + (lm.training?.elapsed ?? 0) / 60;
  let [told, saved] = [performance.now(), performance.now()];
  for await (last of u.train(lm, ids.subarray(0, ids.length - held), {
    minutes,
    batchSize: recipe.batch,
    bptt: recipe.bptt,
    optimizer: u.adamW({ learningRate: recipe.learningRate, weightDecay: 0 }),
    schedule: u.oneCycle(),
    clipNorm: 1,
    seed: Number(values.seed),
    threads: 2,
    resume: values.resume,
    signal: stop.signal,
  })) {
    if (performance.now() - told > 30_000) {
      told = performance.now();
      console.log(
        `step ${last.step}/${last.steps}  epoch ${last.epoch.toFixed(3)}  ${Math.round(last.elapsed)} s  loss ${last.loss.toFixed(3)} over the candidates  ${Math.round(last.tokensPerSecond)} tokens/s`,
      );
    }
    if (values.out && performance.now() - saved > 240_000) {
      await u.save(lm, values.out);
      saved = performance.now();
    }
  }
  if (values.out) await u.save(lm, values.out);
}
const trainSeconds = Math.round((performance.now() - trainBegan) / 1000);
const { perplexity } = await u.evaluate(lm, ids.subarray(ids.length - held));
const found = await agreement();
console.log(
  JSON.stringify({
    bench: "agreement colorless-english",
    original: Number(found.original.toFixed(4)),
    nonce: Number(found.nonce.toFixed(4)),
    pairs: found.pairs,
    outside: found.outside,
    heldOutPerplexity: Number(perplexity.toFixed(1)),
    corpus: values.corpus,
    epochs: Number(last.epoch.toFixed(3)),
    steps: last.step,
    trainSeconds: Math.round(last.elapsed ?? trainSeconds),
    wallSeconds: seconds(),
    seed: Number(values.seed),
    recipe: { ...recipe, vocabulary: tokenizer.vocabulary.size },
  }),
);

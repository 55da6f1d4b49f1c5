// Quality of word vectors that are the mean of sub-models, against one model, on the same text with the same seed:
//   node bench/embeddings/sub-models.mjs TEXT PAIRS QUESTIONS [MEGABYTES] [--record]
// TEXT is plain or .gz; its first megabytes are read. PAIRS: a word similarity file; QUESTIONS: questions-words.txt.
import { readFileSync } from "node:fs";
import {
  embeddingTrainer,
  evaluateAnalogies,
  evaluateSimilarity,
  plainWords,
  readCorpus,
  subModelTrainer,
} from "../../dist/embeddings/index.js";
import { corpusChunks } from "../../dist/node/corpus-files.js";
import { spawnThread } from "../../dist/node/embedding-worker.js";
import { recordSection } from "../record.mjs";

const record = process.argv.includes("--record");
const [text, pairs, questions, megabytes = "15"] = process.argv.slice(2).filter((arg) => arg !== "--record");
const variants = [
  ["1 model", undefined],
  ["2 sub-models", 2],
  ["4 sub-models", 4],
  ["8 sub-models", 8],
  ["4 sub-models, the learning rate of 1 model", 4, true],
];

/** The first bytes of a stream. */
async function* start(chunks, most) {
  let left = most;
  for await (const chunk of chunks) {
    if (left <= 0) return;
    yield chunk.subarray(0, left);
    left -= chunk.length;
  }
}

const corpus = await readCorpus(plainWords(start(corpusChunks([text]), Number(megabytes) * 1e6)));
const rows = [];
let base;
let rate;
for (const [name, subModels, likeOne] of variants) {
  const options = { corpus, learningRate: likeOne && rate, seed: 1, spawn: spawnThread };
  const trainer = subModels ? subModelTrainer({ ...options, subModels }) : embeddingTrainer(options);
  for await (const _ of trainer.run());
  const vectors = trainer.vectors();
  const { spearman } = evaluateSimilarity(vectors, readFileSync(pairs, "utf8"));
  const { accuracy, asked } = evaluateAnalogies(vectors, readFileSync(questions, "utf8"), { restrict: 30_000 }).total;
  const { learningRate, epochs } = trainer.settings;
  base ??= spearman;
  rate ??= learningRate;
  console.log(
    JSON.stringify({
      name,
      learningRate,
      spearman,
      accuracy,
      asked,
      words: corpus.known,
    }),
  );
  rows.push([
    `word vectors, ${name}`,
    `${spearman.toFixed(3)}; ${(100 * accuracy).toFixed(1)} %`,
    base.toFixed(3),
    `${(spearman / base).toFixed(2)} x`,
    `Spearman, MEN; analogies (${(corpus.known / 1e6).toFixed(1)} M words, ${epochs} epochs)`,
    "report",
    "1 model",
  ]);
}
if (record) recordSection("## Several processes", undefined, rows);

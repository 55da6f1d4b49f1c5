// One task of this library in a process of its own: node ours.mjs TASK JSON; the last line is the result as JSON.
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { random } from "../../dist/base/index.js";
import {
  embeddingTrainer,
  evaluateAnalogies,
  evaluateSimilarity,
  readCorpus,
  writeFastText,
} from "../../dist/embeddings/index.js";
import { corpusChunks, fileSpool } from "../../dist/node/corpus-files.js";
import { spawnThread } from "../../dist/node/embedding-worker.js";
import { writeOutput } from "../../dist/node/output.js";
import { loadVectors, saveVectors } from "../../dist/node/vector-files.js";

const began = performance.now();
const seconds = () => (performance.now() - began) / 1000;
const peakMb = () => Math.round(process.resourceUsage().maxRSS / 1024);
const options = JSON.parse(process.argv[3]);

const tasks = {
  async count({ file }) {
    const { tokens, words } = await readCorpus(corpusChunks([file]));
    return { tokens, words: words.length };
  },
  /** From the text to a file of vectors, all of it counted. */
  async train({ file, out, minCount, subwords, minn = 3, maxn = 6, jamo = false, ...settings }) {
    const spool = fileSpool();
    const corpus = await readCorpus(corpusChunks([file]), { minCount, spool });
    const shape = subwords ? { minn, maxn, jamo } : undefined;
    const trainer = embeddingTrainer({ corpus, ...settings, subwords: shape, spawn: spawnThread });
    let last;
    for await (last of trainer.run());
    if (subwords) await writeOutput(out, writeFastText(trainer.fastText()));
    else await saveVectors(out, trainer.vectors(), { format: "word2vec-binary" });
    spool.close();
    return {
      seconds: seconds(),
      kernelWordsPerSecond: Math.round(last.tokensPerSecond),
      loss: last.loss,
      peakMb: peakMb(),
    };
  },
  async evaluate({ vectors: path, questions, pairs, restrict }) {
    const { vectors } = await loadVectors(path);
    const result = {};
    if (questions) {
      const { total, semantic, syntactic } = evaluateAnalogies(vectors, readFileSync(questions, "utf8"), { restrict });
      Object.assign(result, {
        total: total.accuracy,
        semantic: semantic.accuracy,
        syntactic: syntactic.accuracy,
        asked: total.asked,
      });
    }
    if (pairs) {
      const { spearman, outOfVocabulary } = evaluateSimilarity(vectors, readFileSync(pairs, "utf8"));
      Object.assign(result, { spearman, outOfVocabulary });
    }
    return result;
  },
  async load({ file }) {
    const { vectors } = await loadVectors(file);
    return { seconds: seconds(), peakMb: peakMb(), words: vectors.size, dim: vectors.dim };
  },
  async nearest({ file }) {
    const { vectors } = await loadVectors(file);
    const first = performance.now();
    vectors.nearest(vectors.words[0]);
    const preparing = performance.now() - first;
    const times = Array.from({ length: 101 }, (_, i) => {
      const start = performance.now();
      vectors.nearest(vectors.words[i * 37]);
      return performance.now() - start;
    }).sort((a, b) => a - b);
    return { ours: times[50], worst: times[100], preparing, peakMb: peakMb() };
  },
  /** Random numbers with six digits after the point, as word2vec writes them. */
  make({ path, rows, dim }) {
    const r = random(1);
    const file = openSync(path, "w");
    writeSync(file, `${rows} ${dim}\n`);
    const pool = Array.from({ length: 1 << 16 }, () => (r.normal() * 0.15).toFixed(6));
    for (let row = 0; row < rows; row++) {
      const numbers = Array.from({ length: dim }, () => pool[Math.floor(r.uniform() * pool.length)]);
      writeSync(file, `word${row} ${numbers.join(" ")} \n`);
    }
    closeSync(file);
    return {};
  },
};

console.log(JSON.stringify(await tasks[process.argv[2]](options)));

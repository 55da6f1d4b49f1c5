// What one call of a predictor costs, and how long a saved model takes to load. Medians of many calls, after a warm-up.
//
//   npm run build && node bench/predictor.mjs
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bidirectional, classifier, load, lstm, predict, predictor, save, wordTokenizer } from "../dist/index.js";

const texts = ["a fine film, and the actors are better still", "two hours that nobody will give me back"];
const words = (count) => Array.from({ length: count }, (_, i) => `w${i}`).join(" ");

function model(vocabulary, embeddingSize) {
  const tokenizer = wordTokenizer.fit(`${texts.join(" ")} ${words(vocabulary)}`);
  const encoder = bidirectional(lstm({ hiddenSize: 128 }));
  return classifier({ tokenizer, labels: ["good", "bad"], encoder, embeddingSize, pooling: "max" });
}

/** Milliseconds: the median of the calls, and CPU time for each. */
async function time(count, run) {
  const times = [];
  const cpu = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await run(i);
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const { user, system } = process.cpuUsage(cpu);
  return `${times[count >> 1].toFixed(2)} ms, CPU ${((user + system) / count / 1000).toFixed(2)} ms`;
}

const small = model(8000, 128);
const first = await time(1, () => predictor(small).then((one) => one.release()));
const reviews = await predictor(small);
await time(50, (i) => reviews.run([texts[i % 2]]));
console.log(`compiling a classifier, bi-LSTM 128, ${small.parameters.length} parameters: ${first}`);
console.log(`predictor, one text of 9 words: ${await time(500, (i) => reviews.run([texts[i % 2]]))}`);
const once = async (i) => {
  for await (const _ of predict(small, [texts[i % 2]]));
};
await time(20, once);
console.log(`predict(model, [text]): ${await time(300, once)}`);
await reviews.release();

const large = model(100_000, 150);
const folder = await mkdtemp(join(tmpdir(), "unrolled-bench-"));
await save(large, join(folder, "m"));
console.log(
  `loading a classifier, ${large.parameters.length} parameters: ${await time(7, () => load(join(folder, "m")))}`,
);
const back = await load(join(folder, "m"));
const lived = await time(1, () => predictor(back).then((one) => one.run([texts[0]])));
console.log(`and its first answer: ${lived}`);
await rm(folder, { recursive: true });

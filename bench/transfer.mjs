// What transfer is worth: a tagger, a classifier and a language model on 100, 1,000 and 10,000 sentences, with random word
// rows and with word vectors (frozen, fine-tuned, frozen for the first half and then fine-tuned).
//
//   npm run build && node bench/transfer.mjs tag|classify|lm [--data FOLDER] [--vectors FILE] [--name NAME]
//                    [--sizes 100,1000] [--rows none,frozen] [--seeds 1,2,3] [--again] [--epochs N]
//                    [--piece SECONDS]
//   node bench/transfer.mjs render        writes the table of docs/transfer.md
//
// Each run is a line of bench/transfer.jsonl, so that the table can be made piece by piece; what is there is not run
// again unless told to. FOLDER (default ../shared/data) holds ud-english-ewt, sst, wikitext-2 and glove-50d-9k;
// --vectors takes other vectors, by the name that the table is to show. --piece ends the process after so many seconds (exit
// code 75); the same command then goes on where it was.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const resultsFile = join(here, "transfer.jsonl");
const page = join(here, "..", "docs", "transfer.md");
const allRows = ["none", "frozen", "fine-tuned", "unfrozen"];
const rowNames = {
  frozen: "frozen",
  "fine-tuned": "fine-tuned",
  unfrozen: "frozen for half of the run, then fine-tuned",
};
const allSizes = [100, 1000, 10000];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: process.env.DATA ?? "../shared/data" },
    vectors: { type: "string" },
    name: { type: "string" },
    sizes: { type: "string" },
    rows: { type: "string" },
    seeds: { type: "string" },
    piece: { type: "string", default: "Infinity" },
    keep: { type: "string", default: join(tmpdir(), "unrolled-transfer") },
    epochs: { type: "string" },
    again: { type: "boolean", default: false },
  },
});
const task = positionals[0];
if (task === "render") {
  render();
  process.exit(0);
}
const u = await import("./library.mjs");
const { foldIn, random, randomKey } = await import("../dist/base/index.js");
const at = (...parts) => join(values.data, ...parts);
const adamW = (learningRate) => u.adamW({ learningRate, weightDecay: 0.01 });

/** The first `count` of a shuffle of the rows, by the seed: each seed has a training set of its own. */
function drawn(rows, count, seed) {
  const order = Int32Array.from({ length: rows.length }, (_, i) => i);
  random(foldIn(randomKey(seed), "sentences")).shuffle(order);
  return Array.from(order.subarray(0, count), (i) => rows[i]);
}

/** One task: reads its data, and trains and measures one cell of the table. */
const tasks = {
  tag: {
    files: ["train", "dev", "test"].map((part) => at("ud-english-ewt", `en_ewt-ud-${part}.conllu.gz`)),
    // Epochs and rows in a batch, by size.
    course: { 100: [30, 8], 1000: [8, 16], 10000: [2, 32] },
    read: async (file) => u.readConllu(await u.readText(file), { source: file }).sentences,
    async run({ data, held, test, layer, vectors, course: { epochs, batchSize }, seed, place }) {
      // A hundred sentences may lack a rare tag: the loss of one that is not known is not defined.
      const known = new Set(data.flatMap(({ tags }) => tags));
      const made = u.tagger({
        vocabulary: u.taggerVocabulary(data, { known: vectors?.words }),
        encoder: u.bidirectional(u.lstm({ hiddenSize: 64, dropout: 0.3 })),
        decoder: u.independent(),
        ...(layer ? { embedding: layer } : { embeddingSize: 50 }),
        dropout: 0.3,
        seed,
      });
      const options = {
        epochs,
        batchSize,
        optimizer: adamW(0.004),
        schedule: u.oneCycle(),
        seed,
        valid: held.filter(({ tags }) => tags.every((tag) => known.has(tag))).slice(0, 250),
      };
      const { spent, model } = await trained(made, data, { ...common(data, epochs, batchSize), ...options }, place);
      return { score: 100 * (await u.report(model, test)).accuracy, ...spent };
    },
  },
  classify: {
    files: ["train", "dev", "test"].map((part) => at("sst", `sst2.${part}.txt${part === "train" ? ".gz" : ""}`)),
    course: { 100: [20, 8], 1000: [8, 16], 10000: [2, 32] },
    async read(file) {
      const text = await u.readText(file);
      return u.readLabeled(text, { source: file, recognized: u.recognize(text, file), keepEmpty: true }).rows;
    },
    async run({ data, held, test, layer, vectors, course: { epochs, batchSize }, seed, place }) {
      const tokenizer = u.wordTokenizer.fit(
        data.map(({ text }) => text),
        { split: "whitespace", specials: ["pad", "unk"], minCount: data.length >= 1000 ? 2 : 1, known: vectors?.words },
      );
      const made = u.classifier({
        tokenizer,
        labels: ["0", "1"],
        encoder: u.bidirectional(u.lstm({ hiddenSize: 64 })),
        pooling: "max",
        ...(layer ? { embedding: layer } : { embeddingSize: 50 }),
        dropout: 0.4,
        seed,
      });
      const options = {
        epochs,
        batchSize,
        optimizer: adamW(0.003),
        schedule: u.oneCycle(),
        seed,
        valid: { rows: held.slice(0, 400) },
      };
      const { spent, model } = await trained(
        made,
        { rows: data },
        { ...common(data, epochs, batchSize), ...options },
        place,
      );
      return { score: 100 * (await u.report(model, { rows: test })).accuracy, ...spent };
    },
  },
  lm: {
    files: ["train", "valid", "test"].map((part) => at("wikitext-2", `${part}.txt.gz`)),
    course: { 100: [16, 8], 1000: [6, 16], 10000: [2, 32] },
    async read(file) {
      const lines = (await u.readText(file)).toLowerCase().split("\n");
      const text = lines.map((line) => line.trim()).filter((line) => line && !line.startsWith("="));
      return text.flatMap((line) => line.split(/(?<= [.!?]) /)).filter((sentence) => sentence.split(" ").length > 2);
    },
    async run({ data, all, held, test, layer, course: { epochs, batchSize }, seed, place }) {
      // One vocabulary for all sizes, so that their perplexities compare.
      const tokenizer = u.wordTokenizer.fit(all, {
        split: "whitespace",
        specials: ["pad", "bos", "eos", "unk"],
        maxSize: 2000,
      });
      const made = u.languageModel({
        tokenizer,
        encoder: u.lstm({ hiddenSize: 64, dropout: 0.2 }),
        ...(layer ? { embedding: layer } : { embeddingSize: 50 }),
        dropout: 0.2,
        seed,
      });
      const options = {
        epochs,
        batchSize,
        optimizer: adamW(0.004),
        schedule: u.oneCycle(),
        seed,
        valid: held.slice(0, 250),
      };
      const { spent, model } = await trained(made, data, { ...common(data, epochs, batchSize), ...options }, place);
      return { score: (await u.evaluate(model, test.slice(0, 1000))).perplexity, ...spent };
    },
  },
};

/** Five looks at the validation part; one thread, so that two parts of the table can be made side by side. */
function common(data, epochs, batchSize) {
  const steps = epochs * Math.ceil(data.length / batchSize);
  return { evaluateEvery: Math.ceil(steps / 5), threads: 1 };
}

/**
 * Trains, and says the wall time and the time of the processor, which other jobs on the machine do not stretch. Where the
 * time of this piece is over, the run is kept and the process ends; the next one goes on with it, bit for bit.
 */
async function trained(made, data, options, place) {
  const note = `${place}.json`;
  const before = existsSync(note) ? JSON.parse(readFileSync(note, "utf8")) : undefined;
  const model = before ? await u.load(place, { training: true }) : made;
  const [began, used] = [performance.now(), process.cpuUsage()];
  let over = false;
  for await (const { step, steps } of u.train(model, data, { ...options, resume: before !== undefined })) {
    over = step < steps && performance.now() > 1000 * Number(values.piece);
    if (over) break;
  }
  const { user, system } = process.cpuUsage(used);
  const spent = {
    seconds: (before?.seconds ?? 0) + (performance.now() - began) / 1000,
    cpuSeconds: (before?.cpuSeconds ?? 0) + (user + system) / 1e6,
  };
  if (!over) return { spent, model };
  await u.save(model, place);
  writeFileSync(note, JSON.stringify(spent));
  console.log(`${place}: kept after ${spent.seconds.toFixed(0)} s; the same command goes on`);
  process.exit(75);
}

const chosen = tasks[task];
if (!chosen) {
  console.error(
    "usage: node bench/transfer.mjs tag|classify|lm|render [--data FOLDER] [--sizes N,..] [--rows ..] [--seeds ..]",
  );
  process.exit(2);
}
const vectorFile = values.vectors ?? at("glove-50d-9k", "glove.6B.50d.top9163.txt.gz");
const vectorName = values.name ?? (values.vectors ? values.vectors : "GloVe 6B, first 9,163 words");
const missing = [...chosen.files, vectorFile].filter((file) => !existsSync(file));
if (missing.length > 0) {
  console.log(`skipped: ${missing.join(", ")} is not there (--data FOLDER says where)`);
  process.exit(0);
}
const started = performance.now();
mkdirSync(values.keep, { recursive: true });
const [all, held, test] = await Promise.all(chosen.files.map(chosen.read));
const { vectors } = await u.loadVectors(vectorFile, { limit: 50_000 });
console.log(
  `${task}: ${all.length} sentences, ${vectors.size} vectors, read in ${((performance.now() - started) / 1000).toFixed(1)} s`,
);
const done = new Set(existsSync(resultsFile) ? readResults().map(keyOf) : []);

for (const size of (values.sizes?.split(",") ?? allSizes).map(Number))
  for (const seed of (values.seeds?.split(",") ?? { 100: [1, 2, 3], 1000: [1, 2], 10000: [1] }[size]).map(Number))
    for (const row of values.rows?.split(",") ?? allRows) {
      const [usual, batchSize] = chosen.course[size];
      const epochs = values.epochs === undefined ? usual : Number(values.epochs);
      const cell = {
        task,
        size,
        row,
        vectors: row === "none" ? "none" : vectorName,
        seed,
        ...(epochs === usual ? {} : { longer: epochs }),
      };
      if (done.has(keyOf(cell)) && !values.again) continue;
      const data = drawn(all, size, seed);
      const table = row === "none" ? undefined : u.embedding({ from: vectors });
      const layer = {
        frozen: () => u.freeze(table),
        "fine-tuned": () => table,
        unfrozen: () => u.freeze(table, { unfreezeAfter: { epochs: epochs / 2 } }),
      }[row]?.();
      const own = row === "none" ? undefined : vectors;
      const course = { epochs, batchSize };
      const place = join(values.keep, keyOf(cell).replaceAll(/[^\w.-]+/g, "-"));
      const { score, seconds, cpuSeconds } = await chosen.run({
        data,
        all,
        held,
        test,
        layer,
        vectors: own,
        course,
        seed,
        place,
      });
      const result = { ...cell, sentences: data.length, score, seconds, cpuSeconds, epochs, ...facts() };
      appendFileSync(resultsFile, `${JSON.stringify(result)}\n`);
      console.log(
        `${task} ${size} ${row} seed ${seed}: ${score.toFixed(2)}, ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of the processor`,
      );
    }

function facts() {
  const machine = `${cpus()[0]?.model.trim() ?? "unknown"}, ${availableParallelism()} cores, Node ${process.versions.node}`;
  return { date: new Date().toISOString().slice(0, 10), machine };
}

function readResults() {
  const lines = readFileSync(resultsFile, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

function keyOf({ task: name, size, row, vectors: from, seed, longer = "" }) {
  return [name, size, row, from, seed, longer].join("|");
}

/** Writes the tables between the marks of the page: the mean over seeds, and the deviation where there are several. */
function render() {
  const every = [...new Map(readResults().map((result) => [keyOf(result), result])).values()];
  const results = every.filter(({ longer }) => longer === undefined);
  const others = every.filter(({ longer }) => longer !== undefined);
  const titles = {
    tag: "Parts of speech (UD English EWT), accuracy in %, more is better",
    classify: "Film reviews (SST-2), accuracy in %, more is better",
    lm: "Language model of words (WikiText-2), perplexity, less is better",
  };
  const parts = Object.entries(titles).map(([name, title]) => {
    const own = results.filter((result) => result.task === name);
    const sizes = [...new Set(own.map(({ size }) => size))].sort((a, b) => a - b);
    const sets = [...new Set(own.map(({ vectors: from }) => from))].filter((from) => from !== "none");
    const lines = [["none", "none"], ...sets.flatMap((from) => allRows.slice(1).map((row) => [from, row]))];
    const head = sizes.map((size) => {
      const { sentences } = own.find((result) => result.size === size);
      return `${sentences.toLocaleString("en-US")} sentences`;
    });
    const body = lines.map(([from, row]) => {
      const cells = sizes.map((size) =>
        cellText(own.filter((result) => result.size === size && result.row === row && result.vectors === from)),
      );
      return `| ${from === "none" ? "none (random rows)" : `${from}: ${rowNames[row]}`} | ${cells.join(" | ")} |`;
    });
    return [
      `**${title}**`,
      "",
      `| word vectors | ${head.join(" | ")} |`,
      `|---|${sizes.map(() => "--:").join("|")}|`,
      ...body,
    ].join("\n");
  });
  const total = results.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  const wall = results.reduce((sum, { seconds }) => sum + seconds, 0) / 2;
  const dates = [...new Set(results.map(({ date }) => date))].sort().join(", ");
  const machines = [...new Set(results.map(({ machine }) => machine))].join("; ");
  const more = others.map(
    ({ task: name, size, row, longer, score, cpuSeconds }) =>
      `\`${name}\` ${row} at ${size.toLocaleString("en-US")} with ${longer} epochs: ${score.toFixed(1)} (${cpuSeconds.toFixed(0)} s).`,
  );
  const footer = `Mean over seeds, ± their standard deviation, then the seconds that the training takes of a processor core; one seed where there is no ±. ${results.length} runs, ${Math.round(total / 60)} core minutes of training in all (${Math.round(wall / 60)} minutes of wall time, two runs side by side), ${dates}, ${machines}, other jobs running beside.${more.length > 0 ? ` Apart from the table: ${more.join(" ")}` : ""}`;
  const text = readFileSync(page, "utf8");
  const [before, after] = [text.split("<!-- table -->")[0], text.split("<!-- /table -->")[1]];
  writeFileSync(page, `${before}<!-- table -->\n\n${parts.join("\n\n")}\n\n${footer}\n\n<!-- /table -->${after}`);
}

function cellText(runs) {
  if (runs.length === 0) return "";
  const scores = runs.map(({ score }) => score);
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  const deviation = Math.sqrt(
    scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / Math.max(1, scores.length - 1),
  );
  const seconds = runs.reduce((sum, run) => sum + run.cpuSeconds, 0) / runs.length;
  return `${mean.toFixed(1)}${runs.length > 1 ? ` ± ${deviation.toFixed(1)}` : ""} (${seconds.toFixed(0)} s)`;
}

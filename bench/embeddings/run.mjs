// node bench/embeddings/run.mjs NAME... [| node bench/record-line.mjs] : word vectors against other programs; one JSON
// object a line. Without a name: the measures and about how many minutes each takes on two quiet cores.
//   speed-gensim speed-word2vec speed-fasttext speed-subwords   words a second and thread, corpus reading included
//   accuracy-gensim accuracy-word2vec                           analogies after 5 epochs, mean of SEEDS
//   hierarchical-gensim hierarchical-word2vec                   the same with hierarchical softmax, on MEGABYTES
//   rare-words korean                                           subwords against fastText's on the same text
//   load nearest                                                a text file of 400,000 x 300
// A measure whose peer or data is absent prints { name, skipped }. Environment: DATA (a folder with enwiki-100mb/,
// kowiki-60mb/ and word-eval/), PYTHON (has gensim; default python3), FASTTEXT and WORD2VEC (programs; default fasttext
// in the path, none; build_word2vec.sh makes the second), ROUNDS (3), SEEDS (1,2,3), MEGABYTES of text (30; accuracy: all
// 100), THREADS (2), RATE (the learning rate of every program; by default each has its own), WORK (a folder for files).
// Each accuracy that was found is kept in WORK/accuracies.json, so that SEEDS=1, SEEDS=2 and SEEDS=3 may be runs of their
// own: the line is the mean over all seeds that are known by then. word2vec.c has no seed: its runs differ by the race of
// its threads only.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const { env } = process;
const data = env.DATA ?? "";
const python = env.PYTHON ?? "python3";
const fasttext = env.FASTTEXT ?? "fasttext";
const rounds = Number(env.ROUNDS ?? 3);
const seeds = (env.SEEDS ?? "1,2,3").split(",").map(Number);
const megabytes = Number(env.MEGABYTES ?? 30);
const threads = Number(env.THREADS ?? 2);
const work = env.WORK ?? join(tmpdir(), "unrolled-bench-embeddings");
const rate = env.RATE && Number(env.RATE);
if (env.RATE && !(rate > 0)) throw new Error("RATE: expected a number above 0");
const settings = {
  ...{ dim: 100, window: 5, negatives: 5, sample: 1e-4, minCount: 5, threads },
  ...(rate ? { learningRate: rate } : {}),
};

class Skip extends Error {}
const need = (there, what) => {
  if (!there) throw new Skip(what);
};
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const mean = (values) => values.reduce((a, b) => a + b) / values.length;

/** Runs a program to its end; returns the seconds, the peak of its memory in MB, and what it wrote. */
function timed(command, args) {
  const began = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  const seconds = (performance.now() - began) / 1000;
  if (error?.code === "ENOENT") throw new Skip(`no ${command}`);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr || status}`);
  return { seconds, stdout };
}
const lastJson = (text) => JSON.parse(text.trim().split("\n").at(-1));
const ours = (task, options) =>
  lastJson(timed(process.execPath, [join(here, "ours.mjs"), task, JSON.stringify(options)]).stdout);
const gensim = (task, options) => {
  need(spawnSync(python, ["-c", "import gensim"]).status === 0, `${python} has no gensim`);
  return lastJson(timed(python, [join(here, "peer_gensim.py"), task, JSON.stringify(options)]).stdout);
};
const hasProgram = (name) => spawnSync(name, [], { stdio: "ignore" }).error === undefined;

/** A corpus as words of a-z in lower case, a line a paragraph, as all four programs read it. */
async function englishText(megabytes) {
  const source = join(data, "enwiki-100mb", "enwiki.txt.gz");
  need(data && existsSync(source), "no DATA/enwiki-100mb");
  const target = join(work, `enwiki-${megabytes}.txt`);
  if (existsSync(target)) return target;
  mkdirSync(work, { recursive: true });
  const unzipped = createReadStream(source).pipe(createGunzip());
  const out = openSync(target, "w");
  let left = megabytes * 1e6;
  for await (const chunk of unzipped) {
    const text = chunk
      .toString("latin1")
      .toLowerCase()
      .replace(/[^a-z\n]+/g, " ")
      .slice(0, left);
    left -= text.length;
    writeSync(out, text);
    if (left <= 0) break;
  }
  closeSync(out);
  return target;
}

/** Whole processes in turns, reading and writing included; words a second and thread, and the median of the rounds' ratios. */
function inTurns(words, one, other) {
  const rates = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const [i, side] of [one, other].entries()) rates[i].push(words / side() / threads);
  }
  const ratio = median(rates[0].map((rate, i) => rate / rates[1][i]));
  return { ours: Math.round(median(rates[0])), peer: Math.round(median(rates[1])), ratio: +ratio.toFixed(2) };
}

function fastTextArguments(file, out, more) {
  const fixed = { dim: 100, ws: 5, neg: 5, t: 1e-4, minCount: 5, thread: threads, verbose: 0 };
  const all = { input: file, output: out, ...fixed, ...(rate ? { lr: rate } : {}), ...more };
  return ["skipgram", ...Object.entries(all).flatMap(([key, value]) => [`-${key}`, String(value)])];
}
function word2vecArguments(file, out, more) {
  const fixed = { size: 100, window: 5, negative: 5, hs: 0, sample: 1e-4, "min-count": 5, cbow: 0, threads, binary: 1 };
  return Object.entries({ train: file, output: out, ...fixed, ...(rate ? { alpha: rate } : {}), ...more }).flatMap(
    ([k, v]) => [`-${k}`, String(v)],
  );
}

async function speed(peer, subwords = false) {
  const file = await englishText(megabytes);
  const count = ours("count", { file });
  const out = join(work, "speed");
  const mine = () => ours("train", { file, ...settings, epochs: 1, subwords, out: `${out}.ours` }).seconds;
  return { unit: "words/s/thread", ...inTurns(count.tokens, mine, () => peer(file, out)) };
}

/** Accuracies by kind, then seed; ours belong to one version of the trainer. */
function accuracyStore() {
  const file = join(work, "accuracies.json");
  const hash = createHash("sha256");
  for (const part of ["kernel-wasm", "trainer", "layout", "options"]) {
    hash.update(readFileSync(join(here, "..", "..", "dist", "embeddings", "training", `${part}.js`)));
  }
  const version = hash.digest("hex").slice(0, 12);
  const read = () => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {});
  return {
    /** What is known, or what `find` finds. */
    of(kind, seed, find) {
      const key = kind.startsWith("ours") ? `${kind} ${version}` : kind;
      const known = read();
      if (known[key]?.[seed] === undefined) {
        const found = find();
        const now = read();
        now[key] = { ...now[key], [seed]: found };
        writeFileSync(file, JSON.stringify(now, null, 1));
      }
      return Object.values(read()[key]);
    },
  };
}

/** Analogies of both sides after five epochs, seed by seed. */
async function accuracy(name, size, loss, peer) {
  const file = await englishText(size);
  const questions = join(data, "word-eval", "questions-words.txt");
  need(existsSync(questions), "no DATA/word-eval");
  const store = accuracyStore();
  const out = join(work, "accuracy.bin");
  const found = () => ours("evaluate", { vectors: out, questions, restrict: 30_000 }).total;
  const shape = `${size} MB, ${loss}${rate ? `, rate ${rate}` : ""}${threads === 2 ? "" : `, ${threads} threads`}`;
  let runs;
  for (const seed of seeds) {
    runs = {
      ours: store.of(`ours, ${shape}`, seed, () => {
        ours("train", { file, ...settings, loss, epochs: 5, seed, out });
        return found();
      }),
      peer: store.of(`${name}, ${shape}`, seed, () => {
        peer(file, out, seed);
        return found();
      }),
    };
  }
  const percent = (values) => +(100 * mean(values)).toFixed(2);
  const [a, b] = [percent(runs.ours), percent(runs.peer)];
  const each = { ours: runs.ours.map((v) => percent([v])), peer: runs.peer.map((v) => percent([v])) };
  return { unit: `% of analogies, ${size} MB`, ours: a, peer: b, difference: +(a - b).toFixed(2), each };
}

const trainGensim = (more) => (file, out, seed) =>
  gensim("train", { file, ...settings, epochs: 5, seed, out, ...more });
const trainWord2vec = (more) => {
  need(env.WORD2VEC, "WORD2VEC is not set");
  need(readsEveryEpoch(), `${env.WORD2VEC}: its last thread reads one epoch only; build_word2vec.sh repairs that`);
  return (file, out) => timed(env.WORD2VEC, word2vecArguments(file, out, { iter: 5, ...more }));
};

/** word2vec.c forgets to forget the end of the file (its issue 47): one thread then stops after the first epoch. */
function readsEveryEpoch() {
  mkdirSync(work, { recursive: true });
  const file = join(work, "short.txt");
  writeFileSync(file, "one two three four five six seven eight\n".repeat(6000));
  const { stdout } = timed(env.WORD2VEC, word2vecArguments(file, `${file}.out`, { iter: 5, threads: 1, size: 10 }));
  return Number(/.*Progress: ([\d.]+)%/s.exec(stdout)?.[1]) > 60;
}

/** One run of each side on the same text; `score` names the result that counts, in percent. */
async function againstFastText(file, tests, { score, ...shape }) {
  need(hasProgram(fasttext), "no fasttext");
  const out = join(work, "subwords");
  const mine = learned(file, tests, shape);
  const peerSeconds = timed(fasttext, fastTextArguments(file, `${out}.peer`, { epoch: 5, ...shape })).seconds;
  const details = { ours: mine.result, peer: ours("evaluate", { vectors: `${out}.peer.bin`, ...tests }) };
  const [a, b] = [details.ours, details.peer].map(({ [score]: value }) => +(100 * value).toFixed(2));
  return {
    ours: a,
    peer: b,
    difference: +(a - b).toFixed(2),
    details,
    seconds: { ours: mine.seconds, peer: peerSeconds },
  };
}

/** Our subword vectors of a text, and what they score. */
function learned(file, tests, shape) {
  const out = join(work, "subwords.ours");
  const { seconds } = ours("train", { file, ...settings, epochs: 5, subwords: true, out, ...shape });
  return { seconds, result: ours("evaluate", { vectors: out, ...tests }) };
}

async function bigFile() {
  const path = join(work, "400000x300.vec");
  if (!existsSync(path) || statSync(path).size < 1e9) {
    mkdirSync(work, { recursive: true });
    ours("make", { path, rows: 400_000, dim: 300 });
  }
  return path;
}

/** Syllables against fastText's, and as a line of its own what our letters (jamo) add. */
async function korean() {
  const source = join(data, "kowiki-60mb", "kowiki.txt.gz");
  need(data && existsSync(source), "no DATA/kowiki-60mb");
  const size = Number(env.MEGABYTES ?? 60);
  const file = join(work, `kowiki-${size}.txt`);
  mkdirSync(work, { recursive: true });
  if (!existsSync(file)) {
    await pipeline(createReadStream(source), createGunzip(), createWriteStream(`${file}.part`));
    writeFileSync(file, readFileSync(`${file}.part`).subarray(0, size * 1e6));
    rmSync(`${file}.part`);
  }
  const tests = { questions: join(data, "word-eval", "word_analogy_korean.txt"), restrict: 300_000 };
  const shape = { minn: 1, maxn: 5 };
  const found = await againstFastText(file, tests, { score: "total", ...shape });
  const letters = learned(file, tests, { ...shape, jamo: true });
  return [
    { unit: `% of analogies, ${size} MB`, ...found },
    { name: "korean-jamo", details: letters.result, seconds: letters.seconds },
  ];
}

const measures = {
  "speed-gensim": () => speed((file) => gensim("train", { file, ...settings, epochs: 1 }).seconds),
  "speed-word2vec": () => {
    need(env.WORD2VEC, "WORD2VEC is not set");
    return speed((file, out) => timed(env.WORD2VEC, word2vecArguments(file, out, { iter: 1 })).seconds);
  },
  "speed-fasttext": () => {
    need(hasProgram(fasttext), "no fasttext");
    return speed((file, out) => timed(fasttext, fastTextArguments(file, out, { epoch: 1, maxn: 0 })).seconds);
  },
  "speed-subwords": () => {
    need(hasProgram(fasttext), "no fasttext");
    return speed((file, out) => timed(fasttext, fastTextArguments(file, out, { epoch: 1 })).seconds, true);
  },
  "accuracy-gensim": () => accuracy("gensim", 100, "negative-sampling", trainGensim({})),
  "accuracy-word2vec": () => accuracy("word2vec", 100, "negative-sampling", trainWord2vec({})),
  "hierarchical-gensim": () =>
    accuracy("gensim", megabytes, "hierarchical-softmax", trainGensim({ hierarchical: true, negatives: 0 })),
  "hierarchical-word2vec": () =>
    accuracy("word2vec", megabytes, "hierarchical-softmax", trainWord2vec({ hs: 1, negative: 0 })),
  "rare-words": async () => {
    const pairs = join(data, "word-eval", "EN-RW-STANFORD.txt");
    const file = await englishText(megabytes);
    return {
      unit: `100 Spearman, ${megabytes} MB`,
      ...(await againstFastText(file, { pairs }, { score: "spearman" })),
    };
  },
  korean,
  load: async () => {
    const file = await bigFile();
    const turns = { ours: [], peer: [] };
    for (let round = 0; round < Math.min(rounds, 2); round++) {
      turns.ours.push(ours("load", { file }));
      turns.peer.push(gensim("load", { file }));
    }
    const of = (side, key) => median(turns[side].map((turn) => turn[key]));
    const [a, b] = [of("ours", "seconds"), of("peer", "seconds")];
    const memory = { ours: of("ours", "peakMb"), peer: of("peer", "peakMb") };
    const ratio = +(memory.ours / memory.peer).toFixed(2);
    return [
      { unit: "s", ours: a, peer: b, ratio: +(b / a).toFixed(2) },
      { name: "load-memory", unit: "MB", ...memory, ratio },
    ];
  },
  nearest: async () => ({ unit: "ms", ...ours("nearest", { file: await bigFile() }) }),
};

/** Minutes on two quiet cores; an accuracy: for each seed. */
const minutes = {
  "speed-gensim": 4,
  "speed-word2vec": 4,
  "speed-fasttext": 4,
  "speed-subwords": 8,
  "accuracy-gensim": 5,
  "accuracy-word2vec": 8,
  "hierarchical-gensim": 4,
  "hierarchical-word2vec": 4,
  "rare-words": 12,
  korean: 25,
  load: 4,
  nearest: 1,
};
const names = process.argv.slice(2);
const chosen = names.includes("all") ? Object.keys(measures) : names;
if (!chosen.length) {
  console.log("usage: node bench/embeddings/run.mjs NAME... | all\n\nmeasure                about how many minutes");
  for (const name of Object.keys(measures)) {
    const of = /^(acc|hier)/.test(name) ? " for each of SEEDS" : "";
    console.log(`${name.padEnd(22)} ${minutes[name]}${of}`);
  }
}
for (const name of chosen) {
  // gensim's threads each count their own words: its last rates differ with two (docs/decisions/word-vectors.md).
  const accuracies = /^(acc|hier)/.test(name);
  const trained = rate && !/^(load|nearest)/.test(name) ? `, learning rate ${rate}` : "";
  const about = `${trained}${accuracies && threads === 1 ? ", one thread" : ""}`;
  try {
    if (!measures[name]) throw new Skip("no such measure");
    for (const line of [await measures[name]()].flat())
      console.log(JSON.stringify({ ...line, name: `${line.name ?? name}${about}` }));
  } catch (error) {
    if (!(error instanceof Skip)) throw error;
    console.log(JSON.stringify({ name, skipped: error.message }));
  }
}

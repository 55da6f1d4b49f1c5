// Tiny data and commands for each task, and random draws: for scripts/soak.mjs and scripts/interleave.mjs.
import { writeFileSync } from "node:fs";

const words = "the quick brown fox jumps over a lazy dog while birds sing".split(" ");
const word = (i) => words[(i * i + 3 * i) % words.length];
const sentence = (i, n = 6) => Array.from({ length: n }, (_, j) => word(i + j * j)).join(" ");
const lines = (count, line) => `${Array.from({ length: count }, (_, i) => line(i)).join("\n")}\n`;

const data = {
  "text.txt": lines(80, (i) => sentence(i, 9)),
  "labeled.tsv": `text\tlabel\n${lines(120, (i) => `${sentence(i)}\t${i % 3 ? "good" : "bad"}`)}`,
  "rated.tsv": `text\tlabel\n${lines(120, (i) => `${sentence(i)}\t${((i * 7) % 10) + 0.5}`)}`,
  "series.csv": `day,sales\n${lines(160, (i) => `${i},${(10 + 3 * Math.sin(i / 3) + (i % 5)).toFixed(3)}`)}`,
  "tags.conll": lines(60, (i) => `${words.map((w, j) => `${w} ${(i + j) % 4 ? "O" : "B-X"}`).join("\n")}\n`),
  "pairs.tsv": `source\ttarget\n${lines(100, (i) => `${sentence(i, 4)}\t${sentence(i + 1, 3).toUpperCase()}`)}`,
  "names.tsv": `text\tlabel\n${lines(90, (i) => `${word(i)}${word(i + 2)}\t${i % 2 ? "a" : "b"}`)}`,
};

const short = ["--steps", "24", "--hidden", "8", "--batch", "4", "--evaluate-every", "4", "--threads", "1"];
const train =
  (file, ...more) =>
  (out, path) => ["train", path(file), "--out", out, ...short, ...more];
const embed =
  (...more) =>
  (out, path) => [
    "embed",
    "train",
    path("text.txt"),
    "--out",
    out,
    "--dim",
    "8",
    "--min-count",
    "1",
    "--deterministic",
    "--threads",
    "2",
    "--save-every",
    "0",
    ...more,
  ];

const commands = {
  "language-model": train("text.txt", "--task", "language-model", "--bptt", "8"),
  classifier: train("labeled.tsv", "--task", "classifier"),
  regressor: train("rated.tsv", "--task", "regressor"),
  forecaster: train("series.csv", "--task", "forecaster"),
  tagger: train("tags.conll", "--task", "tagger"),
  translator: train("pairs.tsv", "--task", "translator"),
  generator: train("names.tsv", "--task", "generator"),
  toy: (out) => [
    "train",
    "--toy",
    "adding:8",
    "--out",
    out,
    "--steps",
    "24",
    "--hidden",
    "8",
    "--batch",
    "4",
    "--threads",
    "1",
  ],
  embed: embed("--epochs", "400"),
  "embed-glove": embed("--epochs", "400", "--model", "glove"),
};

/** Writes the data; each task has the command that trains and the one that resumes. */
export function soakTasks(path, only = Object.keys(commands)) {
  for (const [name, text] of Object.entries(data)) {
    try {
      writeFileSync(path(name), text, { flag: "wx" });
    } catch (error) {
      if (error.code !== "EEXIST") throw error; // the time stamp stays
    }
  }
  return only.map((name) => {
    if (!commands[name]) throw new Error(`--tasks: expected ${Object.keys(commands).join(", ")}, got ${name}`);
    return {
      name,
      train: (out) => commands[name](out, path),
      resume: (out) =>
        name.startsWith("embed") ? ["embed", "train", "--resume", "--out", out] : ["train", "--resume", out],
    };
  });
}

/** A number from 0 to 1 that depends on the integers alone. */
export function uniform(...integers) {
  let h = 0x811c9dc5;
  for (const n of integers) {
    h = Math.imul(h ^ n, 0x01000193) >>> 0;
    h = Math.imul(h ^ (h >>> 15), 0x85ebca6b) >>> 0;
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0;
    h = (h ^ (h >>> 16)) >>> 0;
  }
  return h / 2 ** 32;
}

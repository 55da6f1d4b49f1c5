// Real corpora: `unrolled train` with its defaults, and the score of the test part, with seed and wall time; of several
// seeds, also the mean.
//
//   npm run build && node bench/tasks/defaults.mjs NAME... [--data FOLDER] [--seeds 1,2,3] [--test] [-- FLAGS OF TRAIN]
//
// NAME is one of `corpora` below. FOLDER (or DATA) holds them, files perhaps with .gz. The test part is read with --test only.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";

const accuracy = (report) => report.accuracy;
const f1 = (report) => report.spans.overall.f1;
const bleu = (report) => report.bleu;
const nats = (report) => report.nats;
const perplexity = (report) => report.perplexity;
const parallel = (part) => ["en", "de"].map((language) => `multi30k/raw/${part}.${language}`);
const conllu = (folder, name) => ({
  train: `${folder}/${name}-ud-train.conllu`,
  valid: `${folder}/${name}-ud-dev.conllu`,
  test: `${folder}/${name}-ud-test.conllu`,
  score: accuracy,
});

/**
 * Korean to English. A sentence with several translations stands in one part only: of the distinct ones, every 20th is held
 * out, and every 20th after it tested.
 */
const partedByTarget = (file, name) =>
  Object.fromEntries(["train", "valid", "test"].map((part) => [part, { file, name: `${name}-${part}.tsv`, part }]));

/** A part is a file, two of parallel lines, some of a file's rows, or an end of it; `score` reads a report. */
const corpora = {
  nsmc: { train: "nsmc/ratings_train.txt", test: "nsmc/ratings_test.txt", score: accuracy },
  "sst-2": { train: "sst/sst2.train.txt", valid: "sst/sst2.dev.txt", test: "sst/sst2.test.txt", score: accuracy },
  wnut17: {
    train: "wnut17/wnut17train.conll",
    valid: "wnut17/emerging.dev.conll",
    test: "wnut17/emerging.test.annotated",
    score: f1,
  },
  "klue-ner": {
    train: "klue-ner/klue-ner-v1.1_train.first5000.tsv",
    test: "klue-ner/klue-ner-v1.1_dev.tsv",
    score: f1,
  },
  "ud-english-ewt": conllu("ud-english-ewt", "en_ewt"),
  "ud-korean-gsd": conllu("ud-korean-gsd", "ko_gsd"),
  multi30k: {
    train: parallel("train"),
    valid: parallel("val"),
    test: parallel("test_2016_flickr"),
    score: bleu,
  },
  tatoeba: { ...partedByTarget("tatoeba-kor-eng/kor.txt", "tatoeba"), score: bleu },
  scitldr: {
    train: "scitldr/train.jsonl",
    valid: "scitldr/dev.jsonl",
    test: "scitldr/test.jsonl",
    score: ({ rouge1 }) => rouge1,
  },
  scan: {
    train: "scan/tasks_train_simple.txt",
    test: "scan/tasks_test_simple.txt",
    score: (report) => report.exactMatch,
  },
  chorales: {
    train: "jsb-chorales/jsb-chorales-quarter.json",
    test: "jsb-chorales/jsb-chorales-quarter.json", // the file has the parts
    score: nats,
  },
  "wikitext-2": {
    train: "wikitext-2/train.txt",
    valid: "wikitext-2/valid.txt",
    test: "wikitext-2/test.txt",
    score: perplexity,
  },
  enwiki: {
    train: { file: "enwiki-100mb/enwiki.txt.gz", name: "enwiki-train.txt", lastBytes: 5e6, kept: "rest" },
    test: { file: "enwiki-100mb/enwiki.txt.gz", name: "enwiki-test.txt", lastBytes: 5e6, kept: "last" },
    score: (report) => report.bitsPerToken,
  },
  shakespeare: { train: "tinyshakespeare/input.txt", score: nats },
  adding: { toy: "adding:600", score: ({ loss }) => loss }, // makes its samples, those of the test too
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: process.env.DATA ?? "../shared/data" },
    seeds: { type: "string", default: "1" },
    test: { type: "boolean", default: false },
  },
});
const flag = positionals.findIndex((word) => !Object.hasOwn(corpora, word));
const [names, flags] = flag < 0 ? [positionals, []] : [positionals.slice(0, flag), positionals.slice(flag)];
if (names.length === 0) {
  console.error(
    `usage: node bench/tasks/defaults.mjs NAME... [-- FLAGS OF TRAIN]\nNAME: ${Object.keys(corpora).join(", ")}`,
  );
  process.exit(2);
}
const main = new URL("../../dist/cli/main.js", import.meta.url).pathname;
const seeds = values.seeds.split(",").map(Number);
const folder = mkdtempSync(join(tmpdir(), "defaults-"));
try {
  for (const name of names) await rows(name);
} finally {
  rmSync(folder, { recursive: true });
}

async function rows(name) {
  const { score, toy, ...parts } = corpora[name];
  const files = Object.fromEntries(
    Object.entries(parts).map(([part, wanted]) => [part, fileOf([wanted].flat(), `${name}-${part}.tsv`)]),
  );
  if (Object.values(files).includes(undefined)) return console.log(`skipped: ${name} is not in ${values.data}`);
  const runs = [];
  for (const seed of seeds) runs.push(await trained(name, { toy, ...files }, score, seed));
  if (seeds.length === 1) return;
  const mean = (key) => runs.reduce((sum, run) => sum + run[key], 0) / runs.length;
  const measured = ["seconds", "valid", "test"].filter((key) => runs[0][key] !== undefined);
  const means = Object.fromEntries(measured.map((key) => [key, mean(key)]));
  console.log(JSON.stringify({ data: name, seed: seeds.join(", "), ...means }));
}

/** The path of a part; parallel files become one with a pair a line. Undefined where one is not there. */
function fileOf(wanted, joined) {
  if (wanted[0].part) return partOf(wanted[0]);
  if (wanted[0].lastBytes) return endOf(wanted[0]);
  const found = wanted.map((name) =>
    [name, `${name}.gz`].map((one) => join(values.data, one)).find((path) => existsSync(path)),
  );
  if (found.length === 1 || found.includes(undefined)) return found.includes(undefined) ? undefined : found[0];
  const [sources, targets] = found.map((path) => {
    const bytes = readFileSync(path);
    return String(path.endsWith(".gz") ? gunzipSync(bytes) : bytes)
      .trimEnd()
      .split("\n");
  });
  const path = join(folder, joined);
  writeFileSync(path, sources.map((source, i) => `${source}\t${targets[i]}\n`).join(""));
  return path;
}

/** The lines of a text that begin in its last bytes, or the rest. */
function endOf({ file, name, lastBytes, kept }) {
  const from = join(values.data, file);
  if (!existsSync(from)) return undefined;
  const text = gunzipSync(readFileSync(from));
  const cut = text.indexOf("\n", text.length - lastBytes) + 1;
  const path = join(folder, name);
  writeFileSync(path, kept === "last" ? text.subarray(cut) : text.subarray(0, cut));
  return path;
}

function partOf({ file, name, part }) {
  if (!existsSync(join(values.data, file))) return undefined;
  const rows = readFileSync(join(values.data, file), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  const places = new Map([...new Set(rows.map(([target]) => target))].map((target, i) => [target, i % 20]));
  const kept = { train: (i) => i < 18, valid: (i) => i === 18, test: (i) => i === 19 }[part];
  const path = join(folder, name);
  writeFileSync(
    path,
    rows.flatMap(([target, source]) => (kept(places.get(target)) ? `${source}\t${target}\n` : [])).join(""),
  );
  return path;
}

async function trained(name, { toy, train, valid, test }, score, seed) {
  const command = [
    ...(toy ? ["train", "--toy", toy] : ["train", train]),
    ...(valid ? ["--valid", valid] : []),
    ...(test && values.test ? ["--test", test] : []),
    ...["--seed", String(seed), "--out", join(folder, "model"), "--overwrite", "--json"],
    ...flags,
  ];
  const child = spawn(process.execPath, [main, ...command], { stdio: ["ignore", "pipe", "inherit"] });
  const found = { data: name, seed, ...(flags.length ? { flags: flags.join(" ") } : {}) };
  try {
    for await (const text of createInterface({ input: child.stdout })) {
      const event = JSON.parse(text);
      if (event.event === "validation")
        console.log(`step ${event.step}  valid ${(event.valid.nats ?? event.valid.loss).toPrecision(4)}`);
      if (event.event === "end") Object.assign(found, { steps: event.steps, seconds: Math.round(event.seconds) });
      if (event.event === "report") found[event.part === "test" ? "test" : "valid"] = score(event);
    }
  } finally {
    child.kill("SIGKILL"); // where its output could not be read, it would still write
  }
  console.log(JSON.stringify(found));
  return found;
}

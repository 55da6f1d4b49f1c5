// Tokens on disk: peak memory of a language model over the size of its text, and the speed of tokenizing.
//
//   node bench/tokens.mjs memory 10 1000 10000 [--record]    megabytes of text, which is made here and removed again; the
//                                                            median of a size that is named several times
//   node bench/tokens.mjs record FILE                        records the lines that an interrupted run of `memory` printed
//   node bench/tokens.mjs speed 20 [TEXT] [--record]         megabytes; of a file, or of text that is made here
//
// Needs `npm run build`; `speed` compares with the npm package `tokenizers` (Rust) where bench/ has it installed. Speeds are of
// one thread: CPU time of the process, so that other jobs of the machine change them little.
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./interleave.mjs";
import { peak } from "./peak.mjs";
import { recordSection } from "./record.mjs";

const [mode, ...rest] = process.argv.slice(2).filter((arg) => arg !== "--record");
const record = process.argv.includes("--record");
const dist = join(import.meta.dirname, "..", "dist");
const title = "## Tokens on disk";
const intro = `Peak memory of \`unrolled train\` on plain text, which is tokenized to the cache above 64 MB (20 steps of an LSTM of 64 units,
the report on the held-out text included); tokenizing on one thread, in MB of UTF-8 per second of CPU time, after the
vocabulary was learned. \`node bench/tokens.mjs\`.`;

/** Random numbers below n, the same in every run. */
let state = 12345;
const below = (n) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return (state >>> 8) % n;
};

/** 4 MB of sentences; few words are frequent and most are rare. */
function block() {
  const letters = "etaoinshrdlucmfwypvbgkjqxz";
  const words = Array.from({ length: 50_000 }, () =>
    Array.from({ length: 2 + below(9) }, () => letters[Math.min(below(26), below(26))]).join(""),
  );
  let text = "";
  while (text.length < 4e6) {
    const line = Array.from({ length: 8 + below(20) }, () => words[Math.floor(50_000 ** (below(1e6) / 1e6))]);
    text += `${line.join(" ")}.\n`;
  }
  return text;
}

/** A text of so many megabytes: the lines of a block, begun at another place each time. */
function write(path, megabytes) {
  const bytes = Buffer.from(block());
  const file = openSync(path, "w");
  for (let left = megabytes * 1e6; left > 0; ) {
    const from = bytes.indexOf(10, below(bytes.length / 2)) + 1;
    const part = bytes.subarray(from, from + Math.min(left, bytes.length - from));
    writeSync(file, part);
    left -= part.length;
  }
  closeSync(file);
}

async function memory(sizes) {
  const folder = mkdtempSync(join(tmpdir(), "unrolled-tokens-"));
  const found = [];
  try {
    for (const size of sizes) {
      const path = join(folder, `${size}.txt`);
      write(path, size);
      const began = performance.now();
      const args = ["train", path, "--out", join(folder, `model-${found.length}`), "--steps", "20", "--hidden", "64"];
      const bytes = await peak(args, { UNROLLED_CACHE: join(folder, "cache") });
      found.push(bytes);
      console.log(JSON.stringify({ megabytes: size, peak: bytes, seconds: (performance.now() - began) / 1000 }));
      rmSync(path);
      rmSync(join(folder, "cache"), { recursive: true, force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return memoryRows(sizes, found);
}

function memoryRows(sizes, found) {
  const mb = (bytes) => Math.round(bytes / 1e6);
  const different = [...new Set(sizes)];
  const medians = different.map((size) => median(found.filter((_, i) => sizes[i] === size)));
  const spread = Math.max(...medians) / Math.min(...medians) - 1;
  return [
    [
      `peak memory, ${different.map((size) => (size < 1000 ? `${size} MB` : `${size / 1000} GB`)).join(", ")} of text`,
      medians.map(mb).join(", "),
      "-",
      `${(100 * spread).toFixed(1)} % apart${found.length > different.length ? `; ${found.length} runs, ${mb(Math.min(...found))} to ${mb(Math.max(...found))}` : ""}`,
      "MB",
      "5 % apart / -",
      "-",
    ],
  ];
}

async function speed([megabytes = "20", path]) {
  const { bpeTokenizer, charTokenizer, wordTokenizer } = await import(join(dist, "data", "index.js"));
  const { toHubTokenizer } = await import(join(dist, "interop", "index.js"));
  const text = path ? readStart(path, Number(megabytes) * 1e6) : block().repeat(Math.ceil(megabytes / 4));
  const pieces = [];
  for (let at = 0; at < text.length; ) {
    const end = text.lastIndexOf("\n", at + 65_536) + 1;
    const to = end > at ? end : Math.min(text.length, at + 65_536);
    pieces.push(text.slice(at, to));
    at = to;
  }
  const mb = Buffer.byteLength(text) / 1e6;
  /** The best of three, in MB per second of CPU time. */
  const best = async (run) => {
    const speeds = [];
    for (let i = 0; i < 3; i++) {
      const before = process.cpuUsage();
      await run();
      const { user, system } = process.cpuUsage(before);
      speeds.push(mb / ((user + system) / 1e6));
    }
    return Math.max(...speeds);
  };
  const into = new Int32Array(1 << 17);
  const rows = [];
  const kinds = [
    ["characters", charTokenizer.fit(pieces)],
    ["words", wordTokenizer.fit(pieces, { minCount: 2, maxSize: 20_000 })],
    ["subwords", bpeTokenizer.fit(pieces, { specials: ["unk"], merges: 8000 })],
  ];
  for (const [name, tokenizer] of kinds) {
    const ours = await best(() => {
      for (const piece of pieces) tokenizer.encode(piece, { into, continued: true });
    });
    let peer;
    if (name === "subwords") peer = await rust(tokenizer, toHubTokenizer, pieces, best);
    console.log(JSON.stringify({ name, ours, ...(peer === undefined ? {} : { peer, ratio: ours / peer }) }));
    rows.push([
      `tokenizing ${name}`,
      ours.toFixed(1),
      peer === undefined ? "-" : peer.toFixed(1),
      peer === undefined ? "-" : `${(ours / peer).toFixed(2)} x`,
      "MB/s of CPU time",
      name === "subwords" ? "0.5 / 1" : "report",
      peer === undefined ? "-" : "tokenizers (npm, Rust), the same merges",
    ]);
  }
  return rows;
}

/** The same tokenizer in Rust; undefined where it is not installed. */
async function rust(tokenizer, toHubTokenizer, pieces, best) {
  const { Tokenizer } = await import("tokenizers").catch(() => ({}));
  if (!Tokenizer) return undefined;
  const theirs = Tokenizer.fromString(JSON.stringify(toHubTokenizer(tokenizer)));
  const sample = pieces[1] ?? pieces[0];
  const ids = (await theirs.encode(sample)).getIds();
  const own = tokenizer.encode(sample);
  if (ids.length !== own.length || ids.some((id, i) => id !== own[i])) throw new Error("the ids differ");
  return best(async () => {
    for (const piece of pieces) (await theirs.encode(piece)).getIds();
  });
}

/** The first bytes of a file, to the end of a line. */
function readStart(path, bytes) {
  const file = openSync(path, "r");
  const buffer = Buffer.alloc(bytes);
  const count = readSync(file, buffer, 0, bytes, 0);
  closeSync(file);
  const text = buffer.subarray(0, count);
  return text.subarray(0, text.lastIndexOf(10) + 1).toString("utf8");
}

function fromLines(path) {
  const lines = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return memoryRows(
    lines.map(({ megabytes }) => megabytes),
    lines.map(({ peak: bytes }) => bytes),
  );
}

const rows =
  mode === "memory" ? await memory(rest.map(Number)) : mode === "record" ? fromLines(rest[0]) : await speed(rest);
if (record || mode === "record") recordSection(title, intro, rows);

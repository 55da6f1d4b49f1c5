// Memory of a training whose data stays on disk: node bench/stream.mjs [--kind labeled|tagged|pairs|text] [--mb 1024]
// [--steps 30] [--memory] (`--memory`: read into memory as a whole, to compare). The data is made here, from a seed; the
// built program trains on it, and its peak resident memory is read from /proc (Linux). Prints one JSON object.
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    kind: { type: "string", default: "labeled" },
    mb: { type: "string", default: "1024" },
    steps: { type: "string", default: "30" },
    memory: { type: "boolean", default: false },
    limit: { type: "string" },
  },
});
const megabytes = Number(values.mb);

/** Numbers from 0 to below 1 (mulberry32). */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
const next = numbers(1);

/** Words of two scripts, a few of them very frequent, as in texts. */
const syllables = ["ka", "to", "mi", "ren", "so", "lu", "가", "나", "다", "영", "화", "좋"];
const wordOf = (rank) => {
  let word = "";
  for (let n = rank + 1; n > 0; n = Math.floor(n / syllables.length)) word += syllables[n % syllables.length];
  return word;
};
const words = Array.from({ length: 200_000 }, (_, rank) => wordOf(rank));
const word = () => words[Math.floor(words.length ** next()) - 1];
const sentence = () => Array.from({ length: 3 + Math.floor(20 * next() ** 2) }, word).join(" ");

const kinds = {
  labeled: { file: "rows.tsv", head: "text\tlabel\n", row: () => `${sentence()}\t${next() < 0.5 ? "good" : "bad"}\n` },
  tagged: {
    file: "tags.conll",
    head: "",
    row: () =>
      `${sentence()
        .split(" ")
        .map((w) => `${w}\t${next() < 0.1 ? "B-X" : "O"}`)
        .join("\n")}\n\n`,
  },
  pairs: { file: "pairs.tsv", head: "source\ttarget\n", row: () => `${sentence()}\t${sentence()}\n` },
  text: { file: "text.txt", head: "", row: () => `${sentence()}.\n` },
};
const { file, head, row } = kinds[values.kind];
const folder = mkdtempSync(join(tmpdir(), "unrolled-stream-"));
try {
  const path = join(folder, file);
  const out = openSync(path, "w");
  let bytes = 0;
  let rows = 0;
  for (let part = head; bytes < megabytes * 2 ** 20; part = "") {
    for (let i = 0; i < 20_000; i++) part += row();
    rows += 20_000;
    bytes += writeSync(out, part);
  }
  closeSync(out);
  const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
  const args = [
    "train",
    path,
    "--out",
    join(folder, "model"),
    "--steps",
    values.steps,
    "--seed",
    "1",
    "--valid",
    "0",
    "--json",
  ];
  const where = values.memory ? [] : ["--stream"];
  const small = values.kind === "text" ? [] : ["--hidden", "64", "--embedding", "64"];
  const began = performance.now();
  const child = spawn(process.execPath, [
    ...(values.limit ? [`--max-old-space-size=${values.limit}`] : []),
    program,
    ...args,
    ...where,
    ...small,
  ]);
  let [peak, ready, errors] = [0, 0, ""];
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {}
  }, 100);
  child.stdout.on("data", (text) => {
    if (!ready && /"event":"(step|evaluation)"/.test(text)) ready = (performance.now() - began) / 1000;
  });
  child.stderr.on("data", (text) => {
    errors += text;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(watch);
  const result = {
    kind: values.kind,
    fileMiB: Math.round(bytes / 2 ** 20),
    rows,
    from: values.memory ? "memory" : "disk",
    peakMiB: Math.round(peak),
    secondsToFirstStep: Number(ready.toFixed(1)),
    seconds: Number(((performance.now() - began) / 1000).toFixed(1)),
    code,
    ...(errors ? { errors: errors.slice(0, 300) } : {}),
  };
  console.log(JSON.stringify(result));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

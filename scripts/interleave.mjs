// Two processes on one folder, at random moments: trainings, resumed and overwriting ones, and readers. After each round the
// folder must hold a model that works, nothing may be left beside it, and every refusal must be one of those listed here.
//
//   npm run build && node scripts/interleave.mjs [--rounds 200] [--seed 1] [--folder /tmp/interleave]
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { uniform } from "./soak-tasks.mjs";

const main = join(dirname(fileURLToPath(import.meta.url)), "..", "dist", "cli", "main.js");
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    folder: { type: "string", default: join(tmpdir(), "unrolled-interleave") },
  },
});
const { folder } = values;
const seed = Number(values.seed);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const text = join(folder, "text.txt");
writeFileSync(text, "the quick brown fox jumps over the lazy dog.\n".repeat(60));
const out = join(folder, "model");
const short = [
  "--steps",
  "40",
  "--hidden",
  "8",
  "--batch",
  "4",
  "--bptt",
  "8",
  "--threads",
  "1",
  "--evaluate-every",
  "2",
];

const actions = {
  train: ["train", text, "--out", out, ...short],
  overwrite: ["train", text, "--out", out, "--overwrite", ...short],
  resume: ["train", "--resume", out],
  sample: ["sample", out, "--length", "3"],
  evaluate: ["evaluate", out, text],
};
/** What a second process, or one that comes too early or too late, may be told. */
const refusals = [
  /another run is writing to this folder \(process \d+\)/,
  /expected an empty or new folder/,
  /no such folder/,
  /no checkpoint yet/,
  /no training state|a run that was stopped/,
];

let failures = 0;
const counts = {};
const names = Object.keys(actions);
for (let round = 0; round < Number(values.rounds); round++) {
  const draw = (...place) => uniform(seed, round, ...place);
  if (draw(0) < 0.1) rmSync(out, { recursive: true, force: true });
  const two = [1, 2].map((n) => names[Math.floor(draw(n, 0) * names.length)]);
  const existed = existsSync(out);
  const ran = await Promise.all(
    two.map((name, n) => unrolled(actions[name], { delay: 500 * draw(n, 1), kill: draw(n, 2) })),
  );
  const faults = ran.flatMap(({ code, signal, text: said }, n) => {
    const refused = code !== 0 && refusals.some((refusal) => refusal.test(said));
    const outcome = signal ? "killed" : code === 0 ? "done" : refused ? "refused" : "FAILED";
    const key = `${two[n]} ${outcome}`;
    counts[key] = (counts[key] ?? 0) + 1;
    return outcome === "FAILED" ? [`${two[n]}: ${said}`] : [];
  });
  const killed = ran.some(({ signal }) => signal);
  if (existed || existsSync(out)) {
    const last = await unrolled(actions.sample, {});
    if (last.code !== 0) faults.push(`the model does not load afterwards: ${last.text}`);
  }
  const left = readdirSync(folder).filter((name) => name.startsWith(".model"));
  if (!killed && left.length > 0) faults.push(`left behind: ${left.join(", ")}`);
  if (faults.length > 0) {
    failures++;
    console.log(`FAIL round ${round}: ${two.join(" and ")}\n${faults.join("\n").replace(/^/gm, "     ")}`);
  }
}
for (const [key, count] of Object.entries(counts).sort()) console.log(`${String(count).padStart(4)} ${key}`);
console.log(`${Number(values.rounds) - failures} passed, ${failures} failed`);
process.exitCode = failures ? 1 : 0;

/** Runs a command after a delay; some are killed, when `kill` is low. */
async function unrolled(args, { delay = 0, kill = 1 }) {
  await new Promise((done) => setTimeout(done, delay));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args], { cwd: folder });
    let said = "";
    child.stdout.on("data", (chunk) => (said += chunk));
    child.stderr.on("data", (chunk) => (said += chunk));
    const timer = kill < 0.2 ? setTimeout(() => child.kill("SIGKILL"), 5000 * kill + 300) : undefined;
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, text: said });
    });
  });
}

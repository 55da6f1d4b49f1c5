// Two processes on one folder, at random moments: trainings, resumed and overwriting ones, and readers. After each round the
// folder must hold a model that works: the one of a whole run where a run has ended, the same bytes as before where nothing has
// written. Nothing may be left beside it, and every refusal must be one of those listed here.
// Seeded; started again with the same folder, it goes on from the round that it was in.
//
//   npm run build && node scripts/interleave.mjs [--rounds 200] [--seed 1] [--folder /tmp/interleave]
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { optionsOf, resumable, stopAfterRound, unrolled } from "./processes.mjs";
import { uniform } from "./soak-tasks.mjs";

const values = optionsOf({ rounds: "200", seed: "1", folder: join(tmpdir(), "unrolled-interleave") });
const { folder } = values;
const seed = Number(values.seed);
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

const rounds = Number(values.rounds);
const { state, keep } = resumable(join(folder, "interleave.json"), { seed }, { done: 0, failures: 0, counts: {} });
const { counts } = state;
const flag = stopAfterRound();
const names = Object.keys(actions);
const writers = ["train", "overwrite", "resume"];
/** The files of the model, and of the training that goes on from it. */
const bytes = (model) =>
  ["model.safetensors", "config.json", "training/state.json"]
    .map((name) => join(model, name))
    .map((path) => (existsSync(path) ? readFileSync(path, "base64") : "none"));
const through = join(folder, "through");
if (!existsSync(join(through, "model.safetensors")))
  await unrolled(["train", text, "--out", through, "--overwrite", ...short], { cwd: folder });
const whole = bytes(through)[0];
if (whole === "none") throw new Error("the run through failed");

for (let round = state.done; round < rounds && !flag.stopping; round++) {
  const draw = (...place) => uniform(seed, round, ...place);
  if (draw(0) < 0.1) rmSync(out, { recursive: true, force: true });
  const two = [1, 2].map((n) => names[Math.floor(draw(n, 0) * names.length)]);
  const before = bytes(out);
  const ran = await Promise.all(
    two.map((name, n) => start(actions[name], { delay: 500 * draw(n, 1), kill: draw(n, 2) })),
  );
  const outcomes = ran.map(({ code, signal, text: said }, n) => {
    const refused = code !== 0 && refusals.some((refusal) => refusal.test(said));
    const outcome = signal ? "killed" : code === 0 ? "done" : refused ? "refused" : "FAILED";
    const key = `${two[n]} ${outcome}`;
    counts[key] = (counts[key] ?? 0) + 1;
    return outcome;
  });
  const faults = ran.flatMap(({ text: said }, n) => (outcomes[n] === "FAILED" ? [`${two[n]}: ${said}`] : []));
  const wrote = (outcome) => two.some((name, n) => writers.includes(name) && outcomes[n] === outcome);
  const killed = outcomes.includes("killed");
  const after = bytes(out);
  if (wrote("done") && !wrote("killed") && after[0] !== whole) faults.push("other bytes than those of a whole run");
  if (!wrote("done") && !wrote("killed") && after.join() !== before.join())
    faults.push("changed, and nothing has written");
  if (before[0] !== "none" || after[0] !== "none") {
    const last = await unrolled(actions.sample, { cwd: folder });
    // A first run that was killed before its first checkpoint left nothing that could be lost, and the folder says so.
    const begun = before[0] === "none" && wrote("killed") && /no checkpoint yet/.test(last.text);
    if (last.code !== 0 && !begun) faults.push(`the model does not load afterwards: ${last.text}`);
  }
  const left = readdirSync(folder).filter((name) => name.startsWith(".model"));
  if (!killed && left.length > 0) faults.push(`left behind: ${left.join(", ")}`);
  if (faults.length > 0) {
    state.failures++;
    console.log(`FAIL round ${round}: ${two.join(" and ")}\n${faults.join("\n").replace(/^/gm, "     ")}`);
  }
  state.done = round + 1;
  keep();
}
for (const [key, count] of Object.entries(counts).sort()) console.log(`${String(count).padStart(4)} ${key}`);
console.log(`${state.done - state.failures} passed, ${state.failures} failed`);
process.exitCode = state.failures === 0 && (flag.stopping || state.done >= rounds) ? 0 : 1;

/** Runs a command after a delay; some are killed, when `kill` is low. */
async function start(args, { delay, kill }) {
  await new Promise((done) => setTimeout(done, delay));
  return unrolled(args, { cwd: folder, killAfter: kill < 0.2 ? 6000 * kill : undefined });
}

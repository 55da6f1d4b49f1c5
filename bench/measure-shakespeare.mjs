// tinyshakespeare: nanoGPT's CPU recipe is timed, then `unrolled train` gets the same wall time.
//
//   DATA=input.txt (or .gz)   the text; first 90 % to train on, last 10 % to validate
//   NANOGPT=folder            a checkout of karpathy/nanoGPT; without it, SECONDS or 60 s is the time
//
// nanoGPT runs in a copy of the checkout, with the data set written from DATA by peers/nanogpt_data.py.

import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Skip } from "./skip.mjs";

const here = dirname(fileURLToPath(import.meta.url));
/** What its README gives for a machine without a GPU. */
const recipe = [
  "config/train_shakespeare_char.py",
  "--device=cpu",
  "--compile=False",
  "--eval_iters=20",
  "--log_interval=100",
  "--block_size=64",
  "--batch_size=12",
  "--n_layer=4",
  "--n_head=4",
  "--n_embd=128",
  "--max_iters=2000",
  "--lr_decay_iters=2000",
  "--dropout=0.0",
];
let timed; // nanoGPT's run is shared by the two measures

export async function nanogpt(settings) {
  const { seconds, loss, name } = await runNanogpt(settings);
  return { peer: seconds, peerLoss: loss, peerName: name };
}

export async function shakespeare(settings) {
  const { data } = settings;
  if (!data) throw new Skip("give DATA=tinyshakespeare's input.txt");
  let time = { seconds: settings.seconds ?? 60, loss: undefined, name: "given time" };
  if (settings.nanogpt && settings.python) time = await runNanogpt(settings);
  const folder = mkdtempSync(join(tmpdir(), "unrolled-bench-"));
  try {
    const command = join(here, "..", "dist", "cli", "main.js");
    if (!existsSync(command)) throw new Skip("ours: not built yet");
    const minutes = String(time.seconds / 60);
    const model = join(folder, "model");
    const start = performance.now();
    const arguments_ = [command, "train", data, "--valid", "0.1", "--minutes", minutes, "--out", model, "--json"];
    const trained = await run(process.execPath, arguments_, here);
    const seconds = (performance.now() - start) / 1000;
    const loss = trained.map(validLoss).findLast((found) => found !== undefined);
    if (loss === undefined) throw new Error("unrolled train --json told no validation loss");
    return {
      ours: loss,
      peer: time.loss,
      ratio: time.loss === undefined ? undefined : loss / time.loss,
      seconds,
      peerSeconds: time.seconds,
      peerName: time.name,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The loss in nats on the whole validation part, if a line of `unrolled train --json` tells it: evaluations during a run score a share. */
function validLoss(line) {
  if (!line.startsWith("{")) return undefined;
  const { event, part, share, nats } = JSON.parse(line);
  return event === "report" && part === "validation" && share === undefined ? nats : undefined;
}

async function runNanogpt({ python, nanogpt: checkout, data }) {
  if (timed) return timed;
  if (!python) throw new Skip("nanoGPT: give PYTHON=a Python that has torch");
  if (!checkout) throw new Skip("give NANOGPT=a checkout of karpathy/nanoGPT");
  if (!data) throw new Skip("give DATA=tinyshakespeare's input.txt");
  const folder = mkdtempSync(join(tmpdir(), "unrolled-bench-"));
  try {
    cpSync(checkout, folder, { recursive: true, filter: (path) => !path.endsWith(".git") });
    await run(python, [join(here, "peers", "nanogpt_data.py"), data, join(folder, "data", "shakespeare_char")], folder);
    const start = performance.now();
    const lines = await run(python, ["train.py", ...recipe], folder);
    const seconds = (performance.now() - start) / 1000;
    const loss = lines.map((line) => /val loss ([\d.]+)/.exec(line)?.[1]).filter(Boolean);
    timed = { seconds, loss: Number(loss.at(-1)), name: "nanoGPT (PyTorch)" };
    return timed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a command to its end and gives its lines; throws with the last of its complaints if it fails. */
async function run(command, arguments_, folder) {
  const child = spawn(command, arguments_, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr = (stderr + text).slice(-4000);
  });
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const lines = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(line);
  const code = await ended;
  if (code !== 0) throw new Error(stderr.trim().split("\n").at(-1) || `${command} ended with ${code}`);
  return lines;
}

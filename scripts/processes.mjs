// For scripts/soak.mjs, scripts/interleave.mjs and scripts/mpi-soak.mjs: options, commands that may be killed, and how far a
// script has come.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** The command line. */
export const main = join(dirname(fileURLToPath(import.meta.url)), "..", "dist", "cli", "main.js");

/** The options of a script, as text: `--name value`, or the default, where it has one. */
export const optionsOf = (defaults) =>
  parseArgs({
    options: Object.fromEntries(
      Object.entries(defaults).map(([name, value]) => [name, { type: "string", default: value }]),
    ),
  }).values;

/**
 * Runs `unrolled ...args`; with `killAfter`, kills it once it has used that many milliseconds of processor time. On a busy
 * machine a process gets as far as on a quiet one.
 */
export function unrolled(args, { cwd, killAfter }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args], { cwd });
    let text = "";
    let used = 0;
    const began = performance.now();
    child.stdout.on("data", (chunk) => (text += chunk));
    child.stderr.on("data", (chunk) => (text += chunk));
    const timer = setInterval(() => {
      used = processorTime(child.pid, began) ?? used;
      if (used >= killAfter) child.kill("SIGKILL");
    }, 3);
    child.on("close", (code, signal) => {
      clearInterval(timer);
      resolve({ code, signal, text, used });
    });
  });
}

/** Milliseconds that a process has computed, in steps of 10; where there is no /proc, the time since it began. */
function processorTime(pid, began) {
  if (process.platform !== "linux") return performance.now() - began;
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return undefined; // it has ended
  }
}

/** The state in a file, or a fresh one; `keep` writes it. A file of other settings is refused. */
export function resumable(file, settings, fresh) {
  const state = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { settings, ...fresh };
  if (JSON.stringify(state.settings) !== JSON.stringify(settings))
    throw new Error(`${file} belongs to a run with other settings: choose another --folder, or remove it`);
  const keep = () => {
    writeFileSync(`${file}.new`, JSON.stringify(state, null, 1));
    renameSync(`${file}.new`, file);
  };
  return { state, keep };
}

/** Becomes true at Ctrl-C, so that a script stops after the round it is in. */
export function stopAfterRound() {
  const flag = { stopping: false };
  process.once("SIGINT", () => {
    flag.stopping = true;
    console.log("stopping after this round");
  });
  return flag;
}

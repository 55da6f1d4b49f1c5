// The parent's side: one peer, one long-lived process, one line of JSON a message (peers/serve.mjs has the other side).
//
// Between its turns a process is stopped (SIGSTOP), so that idle threads that spin cannot take the other's cores.

import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const peers = join(dirname(fileURLToPath(import.meta.url)), "peers");
const canStop = process.platform !== "win32";

/** Starts `command peers/script options` and waits until it is ready, then stops it. */
export async function startChild(command, script, options, { args = [], environment = {} } = {}) {
  const child = spawn(command, [...args, join(peers, script), JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr = (stderr + text).slice(-4000);
  });
  let failed;
  child.on("error", (error) => {
    failed = error;
  });
  child.stdin.on("error", () => {}); // the process has ended: next() tells
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  /** The next message; lines that are not JSON (a library's greetings) are passed over. */
  async function next() {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(failed?.message ?? lastLine(stderr) ?? `${script} ended without a word`);
      if (!value.startsWith("{")) continue;
      const message = JSON.parse(value);
      if (message.error) throw new Error(message.error);
      return message;
    }
  }
  async function ask(message) {
    if (canStop) child.kill("SIGCONT");
    child.stdin.write(`${JSON.stringify(message)}\n`);
    const answer = await next();
    if (canStop) child.kill("SIGSTOP");
    return answer;
  }

  let ready;
  try {
    ready = await next();
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  if (canStop) child.kill("SIGSTOP");
  return {
    name: ready.name,
    unitsPerStep: ready.unitsPerStep,
    go: (steps, more = {}) => ask({ go: steps, ...more }),
    peakMiB: async () => (await ask({ memory: true })).peakMiB,
    end: () => child.kill("SIGKILL"),
  };
}

const lastLine = (text) => text.trim().split("\n").at(-1) || undefined;

// node bench/serve-load.mjs [--minutes 10] [--rate 1000] [--warm-up SECONDS]
//
// `unrolled serve` with a small classifier at a constant rate of requests: errors by kind, latencies, and the growth of the
// server's memory from the end of the warm-up, every thread's garbage collected before each measurement. Prints one JSON line.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as u from "../dist/index.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    rate: { type: "string", default: "1000" },
    "warm-up": { type: "string", default: "60" },
  },
});
const [minutes, rate, warmUp] = [values.minutes, values.rate, values["warm-up"]].map(Number);

const folder = mkdtempSync(join(tmpdir(), "unrolled-load-"));
const tokenizer = u.charTokenizer.fit("ABCDEFGHIJ", { specials: ["pad", "unk"] });
const encoder = u.gru({ hiddenSize: 32 });
await u.save(u.classifier({ tokenizer, labels: ["a", "b"], encoder, embeddingSize: 16 }), join(folder, "small"));

const preload = join(import.meta.dirname, "gc-on-signal.mjs");
const main = join(import.meta.dirname, "..", "dist", "cli", "main.js");
const server = spawn(
  process.execPath,
  ["--expose-gc", "--import", preload, main, "serve", join(folder, "small"), "--port", "0", "--json"],
  { stdio: ["ignore", "pipe", "pipe"] },
);
const lineOf = (stream, fits = () => true) =>
  new Promise((resolve) => {
    let text = "";
    stream.setEncoding("utf8").on("data", function take(part) {
      text += part;
      const line = text.split("\n").slice(0, -1).find(fits);
      if (line === undefined) return;
      stream.off("data", take);
      resolve(JSON.parse(line));
    });
  });
server.once("exit", (code) => {
  console.error(`the server ended with code ${code}`);
  process.exit(1);
});
const port = Number(new URL((await lineOf(server.stdout)).url).port);
function memory() {
  const line = lineOf(server.stderr, (text) => text.startsWith('{"resident"'));
  server.kill("SIGUSR2");
  return line;
}

const resident = () => Math.round(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1] / 1024);

const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const body = JSON.stringify({ inputs: "ABCDEFGHIJ", model: "small" });
const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
const post = () =>
  new Promise((resolve) => {
    const sent = request({ agent, port, host: "127.0.0.1", path: "/classify", method: "POST", headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode === 200 ? "ok" : `status ${response.statusCode}`));
      response.on("error", ({ code }) => resolve(`${code} in the answer`));
    });
    sent.on("error", ({ code }) => resolve(sent.reusedSocket ? `${code} on a kept connection` : code)).end(body);
  });

/** Requests at the rate for some seconds, then waits for all answers. */
async function load(seconds) {
  const outcomes = {};
  const latencies = [];
  const began = performance.now();
  const open = new Set();
  let lines = 0;
  for (let sent = 0; ; ) {
    const elapsed = (performance.now() - began) / 1000;
    if (elapsed > seconds) break;
    if (elapsed > (lines * seconds) / 10) console.error(`${lines++ * 10} %: ${resident()} MiB, ${open.size} open`);
    for (; sent < elapsed * rate; sent++) {
      const at = performance.now();
      const measured = sent % 20 === 0;
      const one = post().then((outcome) => {
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        if (measured) latencies.push(performance.now() - at);
        open.delete(one);
      });
      open.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.race([Promise.all(open), new Promise((resolve) => setTimeout(resolve, 60_000))]);
  if (open.size > 0) outcomes["no answer"] = open.size;
  latencies.sort((a, b) => a - b);
  const at = (share) => Math.round(10 * (latencies[Math.floor(share * latencies.length)] ?? 0)) / 10;
  return { outcomes, p50: at(0.5), p99: at(0.99), most: at(0.99999) };
}

await load(warmUp);
const first = await memory();
const { outcomes, ...latency } = await load(60 * minutes);
const last = await memory();
const { ok = 0, ...errors } = outcomes;
const growth = Math.round(1000 * (last.resident / first.resident - 1)) / 1000;
console.log(JSON.stringify({ name: "classify-load", minutes, rate, ok, errors, ...latency, growth, first, last }));
server.removeAllListeners("exit");
server.kill("SIGTERM");
agent.destroy();
rmSync(folder, { recursive: true });

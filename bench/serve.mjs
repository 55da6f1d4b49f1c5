// node bench/serve.mjs [--seconds N] [--hidden H] [--texts N]
//
// `unrolled serve` under load, in one run: 16 clients against one at a time, against FastAPI + PyTorch with the same
// weights (PYTHON has torch, fastapi, uvicorn, safetensors), the delay of the event loop, seeded texts at once against
// one by one, and SIGTERM. Prints one JSON line for each measure. serve-load.mjs measures /classify at a constant rate.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as u from "../dist/index.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "8" },
    hidden: { type: "string", default: "512" },
    texts: { type: "string", default: "1000" },
  },
});
const [seconds, texts] = [values.seconds, values.texts].map(Number);
const folder = mkdtempSync(join(tmpdir(), "unrolled-serve-"));
const characters = Array.from({ length: 65 }, (_, i) => String.fromCharCode(48 + i)).join("");
const tokenizer = u.charTokenizer.fit(characters);
await u.save(
  u.languageModel({ tokenizer, encoder: u.lstm({ hiddenSize: Number(values.hidden) }), embeddingSize: 64 }),
  join(folder, "lm"),
);
const words = u.charTokenizer.fit(characters, { specials: ["pad", "unk"] });
const small = u.classifier({
  tokenizer: words,
  labels: ["a", "b"],
  encoder: u.gru({ hiddenSize: 32 }),
  embeddingSize: 16,
});
await u.save(small, join(folder, "small"));

const agent = new Agent({ keepAlive: true, maxSockets: 1000 });
const post = (port, path, body) =>
  new Promise((resolve, reject) => {
    const data = JSON.stringify(body);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(data) };
    const sent = request({ agent, port, host: "127.0.0.1", path, method: "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode, text }));
      response.on("error", reject);
    });
    sent.on("error", reject).end(data);
  });

/** Clients that ask one after the other, for some seconds: completions/s, tokens/s, latencies in ms. */
async function load(port, clients, time = seconds) {
  const tokens = 100;
  const latencies = [];
  const began = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async (_, c) => {
      for (let i = 0; performance.now() - began < time * 1000; i++) {
        const sent = performance.now();
        const { status, text } = await post(port, "/v1/completions", {
          prompt: "ABCDEFGH",
          max_tokens: tokens,
          seed: c * 1000 + i,
        });
        if (status !== 200) throw new Error(`status ${status}: ${text}`);
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const elapsed = (performance.now() - began) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))];
  return {
    completions: latencies.length / elapsed,
    tokens: (latencies.length * tokens) / elapsed,
    p50: at(0.5),
    p99: at(0.99),
  };
}

const print = (name, found) => console.log(JSON.stringify({ name, ...found }));
const round = (x, digits = 2) => Number(x.toFixed(digits));

const main = join(import.meta.dirname, "..", "dist", "cli", "main.js");
const server = spawn(
  process.execPath,
  [
    main,
    "serve",
    join(folder, "lm"),
    join(folder, "small"),
    "--port",
    "0",
    "--max-requests",
    "1000",
    "--grace",
    "5",
    "--json",
  ],
  {
    stdio: ["ignore", "pipe", "inherit"],
  },
);
const port = await new Promise((resolve, reject) => {
  server.stdout
    .setEncoding("utf8")
    .on("data", (line) => resolve(Number(new URL(JSON.parse(line.split("\n")[0]).url).port)));
  server.on("exit", (code) => reject(new Error(`the server ended with code ${code}`)));
});
const metric = async (name) => {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${name} `))
      ?.split(" ")[1],
  );
};

await load(port, 16, 1);
const one = await load(port, 1);
const sixteen = await load(port, 16);
print("continuous-batching", {
  hidden: Number(values.hidden),
  one: round(one.tokens, 0),
  sixteen: round(sixteen.tokens, 0),
  unit: "tokens/s",
  ratio: round(sixteen.tokens / one.tokens),
  p99: round(sixteen.p99, 1),
});
print("event-loop-delay-p99", {
  ms: round(1000 * (await metric('unrolled_event_loop_delay_seconds{quantile="0.99"}')), 1),
});

const requests = Array.from({ length: texts }, (_, i) => ({
  prompt: characters.slice(0, 1 + (i % 60)),
  max_tokens: 40,
  seed: i,
  model: "lm",
}));
const textOf = async (body) => JSON.parse((await post(port, "/v1/completions", body)).text).choices[0].text;
const together = await Promise.all(requests.map(textOf));
let equal = 0;
for (const [i, body] of requests.entries()) if ((await textOf(body)) === together[i]) equal++;
print("seeded-texts-under-load", { equal, of: texts, atOnce: agent.maxSockets });

const python = process.env.PYTHON;
if (python) {
  const peer = spawn(python, [join(import.meta.dirname, "peers", "serve.py"), join(folder, "lm"), "18931"], {
    stdio: "inherit",
  });
  try {
    for (let i = 0; i < 120; i++) {
      if ((await post(18931, "/v1/completions", { prompt: "A", max_tokens: 1 }).catch(() => ({}))).status === 200)
        break;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    await load(18931, 16, 1);
    const theirs = await load(18931, 16);
    print("against-fastapi", {
      clients: 16,
      ours: round(sixteen.completions),
      theirs: round(theirs.completions),
      unit: "completions/s",
      ratio: round(sixteen.completions / theirs.completions),
      p99: [round(sixteen.p99, 1), round(theirs.p99, 1)],
    });
  } finally {
    peer.kill();
  }
} else print("against-fastapi", { skipped: "PYTHON is not set" });

server.removeAllListeners("exit");
const ended = new Promise((resolve) => server.once("exit", (code, signal) => resolve({ code, signal })));
/** How a request ended: with an answer, with an error, or (a stream) with an event of either; "cut" where it had no end. */
async function endOf(body) {
  const { status, text } = await post(port, "/v1/completions", body).catch(({ code }) => ({ status: code, text: "" }));
  if (!body.stream || status !== 200) return String(status);
  const last = text.trimEnd().split("\n\n").at(-1);
  return last === "data: [DONE]" ? "stream done" : last.includes('"error"') ? "stream error" : "cut";
}
const open = Promise.all(
  Array.from({ length: 200 }, (_, i) => endOf({ max_tokens: 1000, seed: i, model: "lm", stream: i % 2 === 0 })),
);
while ((await metric("unrolled_requests_open")) < 200) await new Promise((resolve) => setTimeout(resolve, 20));
const terminated = performance.now();
server.kill("SIGTERM");
const ends = {};
for (const end of await open) ends[end] = (ends[end] ?? 0) + 1;
print("sigterm-under-load", { ends, ...(await ended), seconds: round((performance.now() - terminated) / 1000) });
rmSync(folder, { recursive: true });
process.exit();

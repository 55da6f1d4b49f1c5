// node bench/serve-connections.mjs [--turns 100000] [--at-once 15000]
//
// `unrolled serve` with a small classifier against many connections: first one after the other (64 at a time), of which some
// ask, some leave in the middle of a request and some say nothing; then as many at once as the limit of open files allows
// (`ulimit -n`). Meanwhile a client with one connection of its own asks without a pause. Prints one JSON line.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as u from "../dist/index.js";

const { values } = parseArgs({
  options: { turns: { type: "string", default: "100000" }, "at-once": { type: "string", default: "15000" } },
});
const [turns, atOnce] = [values.turns, values["at-once"]].map(Number);

const folder = mkdtempSync(join(tmpdir(), "unrolled-connections-"));
const tokenizer = u.charTokenizer.fit("ABCDEFGHIJ", { specials: ["pad", "unk"] });
const encoder = u.gru({ hiddenSize: 32 });
await u.save(u.classifier({ tokenizer, labels: ["a", "b"], encoder, embeddingSize: 16 }), join(folder, "small"));

const main = join(import.meta.dirname, "..", "dist", "cli", "main.js");
const server = spawn(process.execPath, [main, "serve", join(folder, "small"), "--port", "0", "--json"], {
  stdio: ["ignore", "pipe", "inherit"],
});
const port = await new Promise((resolve, reject) => {
  server.stdout.setEncoding("utf8").once("data", (line) => resolve(Number(new URL(JSON.parse(line).url).port)));
  server.once("exit", (code) => reject(new Error(`the server ended with code ${code}`)));
});
server.removeAllListeners("exit");
let ended;
server.once("exit", (code) => (ended = code ?? "a signal"));
const resident = () => Math.round(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1] / 1024);

const body = JSON.stringify({ inputs: "ABCDEFGHIJ" });
const headers = { "content-type": "application/json", "content-length": body.length };
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
/** What the client with its own connection has seen. */
const steady = { sent: 0, ok: 0, connections: new Set(), latencies: [] };
let going = true;
const client = (async () => {
  while (going) {
    const at = performance.now();
    steady.sent++;
    const status = await new Promise((resolve) => {
      const options = { agent, port, host: "127.0.0.1", path: "/classify", method: "POST", headers };
      const sent = request(options, (response) => response.resume().on("end", () => resolve(response.statusCode)));
      sent.on("socket", (socket) => steady.connections.add(socket));
      sent.on("error", ({ code }) => resolve(code)).end(body);
    });
    if (status === 200) steady.ok++;
    steady.latencies.push(performance.now() - at);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
})();

const whole = `POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
const kinds = [
  { name: "asks", text: whole, expected: "200" },
  { name: "asks", text: whole, expected: "200" },
  { name: "is no HTTP", text: "nonsense\r\n\r\n", expected: "400" },
  { name: "leaves in its body", text: whole.slice(0, -5), leaves: true },
  { name: "says nothing", text: "", leaves: true },
];
/** Local addresses, so that ports do not run out. */
const from = (i) => `127.0.0.${2 + (i % 100)}`;

/** One connection; its end in a word. */
const one = (i, { text, leaves }) =>
  new Promise((resolve) => {
    let found = "";
    const socket = connect({ port, host: "127.0.0.1", localAddress: from(i) }, () => {
      socket.write(text);
      if (leaves) setTimeout(() => socket.destroy(), 1);
    });
    socket.setEncoding("latin1").on("data", (data) => (found += data));
    socket.on("error", ({ code }) => resolve(code));
    socket.on("close", () => resolve(leaves ? "left" : found.slice(9, 12) || "closed"));
  });

const before = resident();
const wrong = {};
let next = 0;
const began = performance.now();
await Promise.all(
  Array.from({ length: 64 }, async () => {
    while (next < turns) {
      const i = next++;
      const kind = kinds[i % kinds.length];
      const outcome = await one(i, kind);
      if (outcome !== (kind.expected ?? "left"))
        wrong[`${kind.name}: ${outcome}`] = (wrong[`${kind.name}: ${outcome}`] ?? 0) + 1;
    }
  }),
);
const seconds = (performance.now() - began) / 1000;
console.error(
  `${turns} connections in turns: ${Math.round(seconds)} s, ${steady.ok} of ${steady.sent} answers for the other client`,
);

// All at once: those above the server's limit are closed, and those below it say nothing until their time is over.
const outcomes = { closed: 0, refused: 0 };
let open = 0;
let most = 0;
await Promise.all(
  Array.from(
    { length: atOnce },
    (_, i) =>
      new Promise((resolve) => {
        const socket = connect(
          { port, host: "127.0.0.1", localAddress: from(i) },
          () => (most = Math.max(most, ++open)),
        );
        socket.once("error", () => outcomes.refused++);
        socket.resume().once("close", () => {
          open--;
          outcomes.closed++;
          resolve();
        });
      }),
  ),
);
going = false;
await client;
const after = resident();
const health = (await fetch(`http://127.0.0.1:${port}/health`)).status;
const latencies = steady.latencies.sort((a, b) => a - b);
const at = (share) => Math.round(10 * latencies[Math.floor(share * (latencies.length - 1))]) / 10;
server.kill("SIGTERM");
while (ended === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
console.log(
  JSON.stringify({
    name: "connections",
    turns,
    perSecond: Math.round(turns / seconds),
    wrong,
    atOnce: { asked: atOnce, most, ...outcomes },
    steady: { sent: steady.sent, ok: steady.ok, connections: steady.connections.size, p50: at(0.5), p99: at(0.99) },
    health,
    residentMiB: [before, after],
    exit: ended,
  }),
);
agent.destroy();
rmSync(folder, { recursive: true });

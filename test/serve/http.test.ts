// The server in a process: Node's HTTP, a worker thread for the models, signals.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runProgram } from "../../src/cli/program.ts";
import { exportOnnx, save } from "../../src/index.ts";
import { httpServer, workerBackend } from "../../src/node/index.ts";
import { type Backend, modelServer } from "../../src/serve/index.ts";
import { host, run } from "../cli/in-process.ts";
import { reviews, writer } from "./models.ts";

let backend: Backend;
let url: string;
let server: ReturnType<typeof httpServer>;
const folder = mkdtempSync(join(tmpdir(), "unrolled-serve-"));
beforeAll(async () => {
  await save(writer(), `${folder}/lm`);
  await save(reviews(), `${folder}/reviews`);
  backend = await workerBackend({ lm: `${folder}/lm`, reviews: `${folder}/reviews` }, { threads: 1 });
  server = httpServer(modelServer(backend, { maxBody: 1000, hosts: ["127.0.0.1"] }).fetch).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await backend.close();
  rmSync(folder, { recursive: true });
});

const post = (path: string, body: object, signal?: AbortSignal) =>
  fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });

/** What comes back for bytes that no HTTP client would send. */
const raw = (text: string, port = Number(new URL(url).port)): Promise<string> =>
  new Promise((resolve, reject) => {
    let found = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("utf8").on("data", (data) => {
      found += data;
    });
    socket.on("close", () => resolve(found)).on("error", reject);
  });

test("answers from the worker, errors included", async () => {
  expect(await (await post("/classify", { inputs: ["abc", "h"] })).json()).toMatchObject({ results: [{}, {}] });
  const refused = await post("/v1/completions", { prompt: "Ω" });
  expect(refused.status).toBe(400);
  expect(JSON.stringify(await refused.json())).toContain("unknown character");
});

test("a stream ends with [DONE]; a client that leaves frees its place", async () => {
  const streamed = await (await post("/v1/completions", { max_tokens: 10, stream: true })).text();
  expect(streamed).toMatch(/^data: \{.*\n\ndata: \[DONE\]\n\n$/s);
  const controller = new AbortController();
  const left = await post("/v1/completions", { max_tokens: 4096, stream: true }, controller.signal);
  const reader = left.body!.getReader();
  await reader.read();
  expect((await backend.stats()).running).toBe(1);
  controller.abort();
  await expect.poll(async () => (await backend.stats()).running).toBe(0);
});

test("bytes that are no request, and bodies that are too large", async () => {
  const refused = await raw("nonsense\r\n\r\n");
  expect(refused).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  expect(JSON.parse(refused.split("\r\n\r\n")[1]!).error).toMatchObject({
    code: 400,
    message: "this is not a valid HTTP request",
  });
  expect(await raw(`GET / HTTP/1.1\r\na: ${"a".repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431/);
  const head = "POST /classify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
  expect(await raw(`${head}Content-Length: 1073741824\r\n\r\n{`)).toMatch(/^HTTP\/1.1 413/);
  const chunk = `400\r\n${" ".repeat(1024)}\r\n`;
  expect(await raw(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`)).toMatch(/^HTTP\/1.1 413/);
  expect(await raw("GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")).toMatch(
    /^HTTP\/1.1 421/,
  );
  expect((await post("/classify", { inputs: "abc" })).status).toBe(200); // the others are not disturbed
});

test("silent connections give their places to others", async () => {
  const small = httpServer(modelServer(backend).fetch, { maxConnections: 1, headersTimeout: 200 }).listen(
    0,
    "127.0.0.1",
  );
  await new Promise((resolve) => small.once("listening", resolve));
  const { port } = small.address() as AddressInfo;
  const silent = connect(port, "127.0.0.1").on("error", () => {});
  await new Promise((resolve) => silent.once("connect", resolve));
  const health = () =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      ({ status }) => status,
      () => 0,
    );
  expect(await health()).toBe(0); // full
  await expect.poll(health, { timeout: 60_000, interval: 100 }).toBe(200);
  silent.destroy();
  small.closeAllConnections();
  small.close();
});

test("a body that arrives slowly is refused, and the others are answered meanwhile", async () => {
  const logged: unknown[] = [];
  const { fetch: answer } = modelServer(backend, { maxRequests: 8, log: (error) => logged.push(error) });
  const slow = httpServer(answer, { requestTimeout: 300 }).listen(0, "127.0.0.1");
  await new Promise((resolve) => slow.once("listening", resolve));
  const { port } = slow.address() as AddressInfo;
  const trickle = `POST /classify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`;
  const refused = Array.from({ length: 20 }, () => raw(trickle, port));
  const body = { method: "POST", headers: { "content-type": "application/json" }, body: '{"inputs": "abc"}' };
  expect((await fetch(`http://127.0.0.1:${port}/classify`, { ...body })).status).toBe(200);
  for (const text of await Promise.all(refused)) {
    expect(text).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
    expect(text).toContain('"message":"the request took too long to arrive"');
  }
  expect(logged).toEqual([]);
  expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('status="499"} 20\n');
  slow.closeAllConnections();
  slow.close();
});

test.each([
  [1, 5],
  [100, 60],
])("of %i places, an idle connection is announced for %i s and stays open longer", async (maxConnections, seconds) => {
  const small = httpServer(modelServer(backend).fetch, { maxConnections }).listen(0, "127.0.0.1");
  await new Promise((resolve) => small.once("listening", resolve));
  const { headers } = await fetch(`http://127.0.0.1:${(small.address() as AddressInfo).port}/health`);
  expect(headers.get("keep-alive")).toBe(`timeout=${seconds}`);
  expect(small.keepAliveTimeout).toBe(1000 * (seconds + 5));
  small.closeAllConnections();
  small.close();
});

test("what a function gets is a whole Request", async () => {
  const seen: unknown[] = [];
  const echo = httpServer(async (request) => {
    seen.push(request instanceof Request, request.method, new URL(request.url).pathname, request.headers.get("x-a"));
    seen.push(request.credentials, request.signal.aborted, await request.clone().text(), await request.json());
    expect(request.bodyUsed).toBe(true);
    return new Response("done");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => echo.once("listening", resolve));
  const { port } = echo.address() as AddressInfo;
  const sent = { method: "POST", headers: { "x-a": "b", connection: "close" }, body: '{"c": 1}' };
  expect(await (await fetch(`http://127.0.0.1:${port}/path`, sent)).text()).toBe("done");
  expect(seen).toEqual([true, "POST", "/path", "b", "same-origin", false, '{"c": 1}', { c: 1 }]);
  echo.close();
});

test("takes requests from an application of node:http", async () => {
  const models = httpServer(modelServer(backend).fetch);
  const app = createServer((request, response) => {
    if (request.url!.startsWith("/v1/")) models.emit("request", request, response);
    else response.end("my own page");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => app.once("listening", resolve));
  const own = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  const sent = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"prompt": "a", "max_tokens": 5}',
  };
  expect(await (await fetch(`${own}/v1/completions`, sent)).json()).toMatchObject({
    choices: [{ finish_reason: "length" }],
  });
  expect(await (await fetch(`${own}/`)).text()).toBe("my own page");
  app.closeAllConnections();
  app.close();
});

test("serves an exported ONNX file like the folder that it comes from", async () => {
  writeFileSync(`${folder}/reviews.onnx`, exportOnnx(reviews()).model);
  const exported = await workerBackend({ reviews: `${folder}/reviews.onnx` }, { threads: 1 });
  const { signal } = new AbortController();
  const asked = ["reviews", ["abc"], {}, signal] as const;
  expect(await exported.predict(...asked)).toEqual(await backend.predict(...asked));
  await exported.close();
});

test("a model that cannot be loaded is refused by name", async () => {
  await expect(workerBackend({ none: `${folder}/none` })).rejects.toThrow(/none.*: .*no such/s);
});

/** The command in this process, and how to ask it. */
async function serving(...flags: readonly string[]) {
  const seen = { out: "", err: "" };
  const own = host(seen);
  const args = ["serve", `names=${folder}/lm`, "--port", "0", "--json", "--threads", "1", ...flags];
  const ended = runProgram(args, own, "0.0.0");
  await expect.poll(() => seen.out, { timeout: 60_000 }).toContain("\n");
  const { event, url: address, models } = JSON.parse(seen.out) as { event: string; url: string; models: object[] };
  expect([event, models]).toEqual(["serving", [{ name: "names", task: "language-model" }]]);
  const complete = (body: object) =>
    fetch(`${address}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  /** Waits until the server has taken so many requests (the one that asks is one of them). */
  const taken = (count: number) =>
    expect
      .poll(async () => (await fetch(`${address}/metrics`)).text(), { timeout: 60_000, interval: 10 })
      .toContain(`unrolled_requests_open ${count + 1}\n`);
  return { own, ended, address, complete, taken };
}

test("the command serves until SIGTERM, and answers what is open", async () => {
  const { own, ended, address, complete, taken } = await serving("--grace", "100");
  const open = complete({ max_tokens: 4096, n: 2 });
  await taken(1);
  process.emit("SIGTERM");
  expect((await open).status).toBe(200);
  await ended;
  expect(own.exitCode).toBe(0);
  await expect(fetch(`${address}/health`)).rejects.toThrow();
});

test("SIGTERM under load: each open request is answered, or its stream ends with an error", async () => {
  const { own, ended, complete, taken } = await serving("--grace", "0.2");
  const warned = vi.spyOn(process, "emitWarning"); // of too many listeners
  const long = { max_tokens: 4096, n: 64 }; // more than the grace allows
  const whole = Array.from({ length: 6 }, (_, seed) => complete({ ...long, seed }));
  const streams = await Promise.all(Array.from({ length: 6 }, (_, seed) => complete({ ...long, seed, stream: true })));
  const texts = streams.map((stream) => stream.text());
  await taken(12);
  const began = performance.now();
  process.emit("SIGTERM");
  for (const response of await Promise.all(whole)) {
    const { error } = (await response.json()) as { error: { message: string } };
    expect([response.status, error.message]).toEqual([503, "the server is stopping"]);
  }
  for (const text of await Promise.all(texts)) {
    const last = JSON.parse(text.trimEnd().split("\n\ndata: ").at(-1)!) as { error: object };
    expect(last.error).toMatchObject({ message: "the server is stopping", code: 503 });
  }
  await ended;
  expect(own.exitCode).toBe(0);
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
});

test("addresses that others can reach need a token; names are unlike", async () => {
  await expect(run("serve", folder, "--host", "0.0.0.0")).rejects.toThrow(/--host 0.0.0.0: expected --token/);
  await expect(run("serve", `${folder}/lm`, `${folder}/lm`)).rejects.toThrow(/models of different names, got lm twice/);
});

// The studio's server: who may ask, what stays inside the models folder, and a run in a thread of the process.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { dinosaurNames } from "../../src/index.ts";
import { httpServer, studioFetch, watchedRun } from "../../src/node/index.ts";
import { decodeMessage, encodeMessage, type FromRun, type ToRun } from "../../src/run/index.ts";
import { scratchFolder } from "../cli/terminal.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const folder = scratch.path("built");
const models = scratch.path("models");
mkdirSync(join(folder, "assets"), { recursive: true });
writeFileSync(join(folder, "index.html"), "<!doctype html>");
for (const name of ["first", "second"]) {
  mkdirSync(join(models, name), { recursive: true });
  writeFileSync(join(models, name, "config.json"), JSON.stringify({ unrolled: 1, task: "classifier" }));
  writeFileSync(join(models, name, "model.safetensors"), new Uint8Array(8));
}
writeFileSync(scratch.path("secret.json"), "secret");
symlinkSync(scratch.path("."), join(models, "link"));
symlinkSync(scratch.path("secret.json"), join(models, "first", "tokenizer.json"));

const key = "0123456789abcdef";
const opened = { name: "a.txt", bytes: new TextEncoder().encode("abc") };
const answer = studioFetch({ folder, key, opened, models });
const ask = async (path: string, headers: Record<string, string> = {}, method = "GET", body?: string) => {
  const init = { method, headers: { host: "localhost:4747", ...headers }, ...(body === undefined ? {} : { body }) };
  const response = await answer(new Request(`http://localhost:4747${path}`, init));
  return { status: response.status, text: await response.text() };
};
const mine = { authorization: `Bearer ${key}` };

describe("the studio's server", () => {
  it.each([
    ["another host", "/", { host: "evil.example" }, 421],
    ["another origin", "/", { origin: "https://evil.example" }, 403],
    ["another port of this machine", "/", { origin: "http://localhost:9" }, 403],
    ["no key", "/api/session", {}, 401],
    ["a wrong key", "/api/opened", { authorization: "Bearer 0" }, 401],
    ["a file above the folder", "/../package.json", {}, 404],
    ["an encoded file above the folder", "/assets/..%2f..%2f..%2fpackage.json", {}, 404],
    ["a hidden file", "/assets/.hidden.js", {}, 404],
    ["a folder", "/assets/", {}, 404],
    ["a model above the folder", "/api/models/..%2f..", mine, 404],
    ["a file above a model", "/api/models/first/..%2f..%2fsecret.json", mine, 404],
    ["a file that is none of a model's", "/api/models/first/notes.txt", mine, 404],
    ["a link to a folder", "/api/models/link/secret.json", mine, 404],
    ["a link to a file", "/api/models/first/tokenizer.json", mine, 404],
    ["an unknown address", "/api/else", mine, 404],
    ["events without an id", "/api/events", mine, 400],
  ])("refuses %s", async (_, path, headers, status) => {
    expect((await ask(path, headers)).status).toBe(status);
  });

  it("gives the page that has the key what it was opened with, and the models", async () => {
    expect(JSON.parse((await ask("/api/session", mine)).text)).toMatchObject({
      opened: "a.txt",
      models,
      watched: false,
    });
    expect((await ask("/api/opened", mine)).text).toBe("abc");
    const listed = JSON.parse((await ask("/api/models", mine)).text) as { name: string; task: string }[];
    expect(listed.map(({ name, task }) => [name, task]).sort()).toEqual([
      ["first", "classifier"],
      ["second", "classifier"],
    ]);
    expect(JSON.parse((await ask("/api/models/first", mine)).text)).toEqual(["config.json", "model.safetensors"]);
    expect((await ask("/", {}, "POST")).status).toBe(405);
  });

  it("saves a new model, and neither over one nor with foreign files", async () => {
    const save = (name: string, files: object) => ask(`/api/models/${name}`, mine, "POST", encodeMessage(files));
    const bytes = new TextEncoder().encode("{}");
    expect((await save("third", { "config.json": bytes })).status).toBe(200);
    expect((await save("third", { "config.json": bytes })).status).toBe(409);
    expect((await save("fourth", { "config.json": bytes, "../run.sh": bytes })).status).toBe(409);
    expect((await save("..%2fout", { "config.json": bytes })).status).toBe(409);
    expect((await save("fifth", { "config.json": "text" })).status).toBe(400);
    expect((await ask("/api/run?id=00000000", mine, "POST", "{}")).status).toBe(404);
    const long = { ...mine, "content-length": String(2 ** 30) };
    expect((await ask("/api/models/sixth", long, "POST", "{}")).status).toBe(413);
  });
});

it("trains in a thread of its own, and a run that is watched tells who comes late what has happened", async () => {
  const heard: ToRun[] = [];
  const watched = watchedRun((message) => heard.push(message));
  watched.post({ kind: "tick", step: 2, steps: 9, losses: Float32Array.of(3, 2), tokensPerSecond: 1, remaining: 1 });
  watched.post({ kind: "tick", step: 3, steps: 9, losses: Float32Array.of(1), tokensPerSecond: 1, remaining: 1 });
  const late: FromRun[] = [];
  watched.listen((message) => late.push(message))();
  expect(late).toMatchObject([{ kind: "tick", step: 3, losses: Float32Array.of(3, 2, 1) }]);

  const server = httpServer(studioFetch({ folder, key }));
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  const leave = new AbortController();
  const response = await fetch(`${at}/events?id=0123abcd`, { headers: mine, signal: leave.signal });
  const recipe = { hiddenSize: 8, embeddingSize: 8, steps: 4, batchSize: 16 };
  const start: ToRun = { kind: "start", recipe, text: dinosaurNames.slice(0, 60).join("\n") };
  const sent = await fetch(`${at}/run?id=0123abcd`, { method: "POST", headers: mine, body: encodeMessage(start) });
  expect(sent.status).toBe(204);
  const kinds: string[] = [];
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream()) as unknown as AsyncIterable<string>) {
    text += part;
    const whole = text.split("\n\n");
    text = whole.pop()!;
    for (const one of whole.filter((line) => line.startsWith("data: ")))
      kinds.push(decodeMessage<FromRun>(one.slice(6)).kind);
    if (kinds.includes("done") || kinds.includes("failed")) break;
  }
  leave.abort();
  expect(kinds).toEqual(expect.arrayContaining(["ready", "samples", "tick", "done"]));
  server.closeAllConnections();
  server.close();
});

it("1,000 silent connections: a page is still served, further ones are closed, and their places are free again", async () => {
  const server = httpServer(studioFetch({ folder, key, models }), { headersTimeout: 30_000 }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const open = new Set<Socket>();
  const silent = () =>
    new Promise<void>((resolve) => {
      const socket = connect(port, "127.0.0.1").once("connect", resolve);
      open.add(socket);
      socket
        .resume()
        .on("error", () => {})
        .on("close", () => open.delete(socket));
    });
  const session = () =>
    fetch(`http://127.0.0.1:${port}/api/session`, { headers: { ...mine, connection: "close" } }).then(
      ({ status }) => status,
      () => "closed",
    );
  const before = process.memoryUsage().rss;
  await Promise.all(Array.from({ length: 1000 }, silent));
  expect(await session()).toBe(200);
  await Promise.all(Array.from({ length: 1000 }, silent)); // the system accepts them, the server closes them
  expect(await session()).toBe("closed");
  // The server has closed the others; that their sockets here hear of it takes a moment.
  await expect.poll(() => open.size, { timeout: 10_000, interval: 20 }).toBeLessThanOrEqual(server.maxConnections + 1);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  server.headersTimeout = 1; // 30 s have passed
  await expect.poll(session, { timeout: 60_000, interval: 50 }).toBe(200);
  await expect.poll(() => open.size, { timeout: 60_000 }).toBe(0);
  server.closeAllConnections();
  server.close();
});

// The executable as a process of its own: signals, pipes, sudden death.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build, main } from "../built.ts";
import { jsonLines, type Ran, scratchFolder, smallText, tiny, unrolled } from "./terminal.ts";

const scratch = scratchFolder();
let text = "";
beforeAll(() => {
  build();
  text = scratch.write("text.txt", smallText);
}, 60_000);
afterAll(() => scratch.remove());

const start = (args: readonly string[], env = {}): ChildProcess =>
  spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env } });

/** What a process writes until it ends. */
async function ended(child: ChildProcess) {
  const ran = { out: "", err: "", code: 0, signal: "" };
  child.stdout!.on("data", (chunk) => (ran.out += chunk));
  child.stderr!.on("data", (chunk) => (ran.err += chunk));
  const [code, signal] = (await once(child, "close")) as [number, string];
  return { ...ran, code, signal };
}

describe("the executable", () => {
  it("says its version and, called wrongly, code 2", async () => {
    const version = await ended(start(["--version"]));
    expect(version).toMatchObject({ out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: "", code: 0 });
    const wrong = await ended(start(["train", text, "--hidden", "0"]));
    expect(wrong).toMatchObject({
      out: "",
      code: 2,
      err: expect.stringMatching(/^error: [^\n]+\n {2}hint: [^\n]+\n$/),
    });
  });
  it("shows a stack trace only where it is asked for", async () => {
    const plain = await ended(start(["sample", scratch.path("none")]));
    expect(plain).toMatchObject({ code: 1, err: `error: ${scratch.path("none")}: no such folder\n` });
    const debug = await ended(start(["sample", scratch.path("none")], { UNROLLED_DEBUG: "1" }));
    expect(debug.err).toMatch(/\n {4}at /);
  });
  it("is quiet where its reader has gone", async () => {
    const child = start(["walk", "--cell", "lstm"]);
    child.stdout!.destroy();
    expect(await ended(child)).toMatchObject({ err: "", code: 0 });
  });
  it("stops a training whose reader has gone, and saves it", async () => {
    const out = scratch.path("unread");
    const child = start(["train", text, "--out", out, "--steps", "20000", "--evaluate-every", "5", ...tiny]);
    let read = "";
    child.stdout!.on("data", (chunk) => (read += chunk));
    await expect.poll(() => read, { timeout: 30_000 }).toMatch(/^step /m);
    child.stdout!.destroy();
    child.stderr!.destroy();
    const [code, signal] = await once(child, "close");
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(existsSync(join(out, "training"))).toBe(true);
  });
  it.skipIf(!existsSync("/dev/full"))("says so where its output cannot be written", () => {
    const { status, stderr } = spawnSync("sh", ["-c", `"${process.execPath}" "${main}" walk > /dev/full`], {
      encoding: "utf8",
    });
    expect(stderr).toMatch(/^error: [^\n]*(ENOSPC|disk is full)[^\n]*\n/);
    expect(stderr).not.toContain("    at ");
    expect(status).toBe(1);
  });
});

describe.skipIf(process.platform === "win32")("a text from a pipe", () => {
  const long = smallText.repeat(Math.ceil(700_000 / smallText.length)); // more than the 576 KiB that are looked at
  const flags = ["--steps", "1", "--valid", "0.001", "--json", ...tiny];
  const size = (all: Ran) =>
    jsonLines(all).flatMap(({ event, data }) => (event === "start" ? [(data as { tokens: number }).tokens] : []))[0];
  let expected: number | undefined;
  beforeAll(async () => {
    const file = scratch.write("long.txt", long);
    expected = size(await unrolled(["train", file, "--out", scratch.path("from-file"), ...flags]));
    expect(expected).toBeGreaterThan(650_000);
  });
  it.each(["-", "/dev/stdin", "a named pipe"])("is read once, from its first byte on: %s", async (name) => {
    const pipe = name.startsWith("a ") ? scratch.path("pipe") : name;
    if (pipe !== name) spawnSync("mkfifo", [pipe]);
    const child = start(["train", pipe, "--out", scratch.path(`from-${name.length}`), ...flags]);
    const ran = ended(child);
    const into = pipe === name ? child.stdin! : createWriteStream(pipe);
    into.end(long);
    const given = await ran;
    expect(given).toMatchObject({ err: "", code: 0 });
    expect(size(given)).toBe(expected);
  });
});

describe("a training that is stopped from outside", () => {
  const endless = ["--minutes", "5", ...tiny];
  /** Waits until the run has written a checkpoint with its training in it. */
  async function checkpointed(folder: string): Promise<void> {
    const limit = performance.now() + 15_000;
    while (!existsSync(join(folder, "training", "state.json")) && performance.now() < limit)
      await new Promise((done) => setTimeout(done, 5));
  }

  it("by Ctrl-C: code 130, and how to go on", async () => {
    const out = scratch.path("interrupted");
    const child = start(["train", text, "--out", out, ...endless]);
    const ran = ended(child);
    child.stdout!.once("data", () => setTimeout(() => child.kill("SIGINT"), 100));
    expect(await ran).toMatchObject({
      code: 130,
      err: "",
      out: expect.stringContaining(`unrolled train --resume ${out}\n`),
    });
    expect((await unrolled(["sample", out, "--length", "3"])).code).toBe(0);
  });
  it("is not joined by a second run in its folder, while readers are let in", async () => {
    const out = scratch.path("busy");
    const child = start(["train", text, "--out", out, ...endless, "--evaluate-every", "2"]);
    const ran = ended(child);
    await checkpointed(out);
    const refused = { code: 1, err: expect.stringContaining(`(process ${child.pid})\n  hint: `) };
    expect(await unrolled(["train", "--resume", out])).toMatchObject(refused);
    expect(await unrolled(["train", text, "--out", out, "--overwrite", ...endless])).toMatchObject(refused);
    for (let i = 0; i < 5; i++) expect((await unrolled(["sample", out, "--length", "3"])).code).toBe(0);
    child.kill("SIGINT");
    expect((await ran).code).toBe(130);
    const stop = (line: string) => void (line.includes('"validation"') && process.emit("SIGINT"));
    expect(await unrolled(["train", "--resume", out, "--json"], stop)).toMatchObject({ code: 130, err: "" });
  });
  it("by kill -9 before its first checkpoint: no command takes its first weights, and --resume starts again", async () => {
    const out = scratch.path("early");
    const child = start(["train", text, "--out", out, "--steps", "3", ...tiny]);
    const limit = performance.now() + 60_000;
    while (!existsSync(join(out, "training", "start.json")) && child.exitCode === null && performance.now() < limit)
      await new Promise((done) => setTimeout(done, 1));
    child.kill("SIGKILL");
    await ended(child);
    if (!existsSync(join(out, "training", "start.json"))) return; // it was quicker; the soak has all instants
    expect(await unrolled(["sample", out])).toMatchObject({
      code: 1,
      err: expect.stringContaining("no checkpoint yet"),
    });
    const again = await unrolled(["train", "--resume", out, "--json"]);
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(jsonLines(again).map(({ event }) => event)).toContain("restart");
    const through = scratch.path("early-through");
    expect((await unrolled(["train", text, "--out", through, "--steps", "3", ...tiny])).code).toBe(0);
    const weights = (folder: string) => readFileSync(join(folder, "model.safetensors"));
    expect(weights(out)).toEqual(weights(through));
  });
  it("by kill -9, anywhere: the last checkpoint is a model that writes, and the run goes on", async () => {
    const out = scratch.path("killed");
    // A checkpoint is being written most of the time.
    const child = start(["train", text, "--out", out, "--steps", "100000", ...tiny, "--evaluate-every", "2"]);
    await checkpointed(out);
    await new Promise((done) => setTimeout(done, 50));
    child.kill("SIGKILL");
    expect((await ended(child)).signal).toBe("SIGKILL");
    expect((await unrolled(["sample", out, "--length", "3"])).code).toBe(0);
    const stop = (line: string) => void (line.includes('"validation"') && process.emit("SIGINT"));
    const resumed = await unrolled(["train", "--resume", out, "--json"], stop);
    expect(resumed).toMatchObject({ code: 130, err: "" });
    expect(jsonLines(resumed)[0]).toMatchObject({ event: "start", resumed: true, recipe: { steps: 100000 } });
  });
});

// `unrolled embed train` as a process of its own: sudden death, Ctrl-C, and going on exactly where it stood.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../../src/base/random.ts";
import { loadVectors } from "../../src/node/index.ts";
import { build, main } from "../built.ts";
import { scratchFolder, unrolled } from "./terminal.ts";

const scratch = scratchFolder();
let text = "";
beforeAll(() => {
  build();
  const draw = random(5);
  const words = Array.from({ length: 30_000 }, () => `w${draw.below(12) * draw.below(12)}`);
  text = scratch.write("text.txt", words.map((word, i) => (i % 10 === 9 ? `${word}\n` : `${word} `)).join(""));
}, 60_000);
afterAll(() => scratch.remove());

const learn = ["--dim", "16", "--threads", "2", "--deterministic", "--epochs", "120", "--save-every", "0"];

/**
 * Starts `embed train` and ends it with a signal some time after its first checkpoint. A run that was over before the signal
 * came, on a machine where this process had to wait, is tried again.
 */
async function ended(out: string, signal: "SIGKILL" | "SIGINT", more: readonly string[] = [], afterMs = 0) {
  for (let attempt = 1; ; attempt++) {
    const args = [main, "embed", "train", text, "--out", out, "--overwrite", ...learn, ...more];
    const child = spawn(process.execPath, args);
    const ran = { out: "", err: "", code: 0, signal: "" };
    child.stdout.on("data", (chunk) => (ran.out += chunk));
    child.stderr.on("data", (chunk) => (ran.err += chunk));
    const close = once(child, "close") as Promise<[number, string]>;
    const checkpoint = join(out, "training", "state.json");
    while (child.exitCode === null && !existsSync(checkpoint)) await sleep(2);
    await sleep(afterMs / attempt);
    child.kill(signal);
    const [code, how] = await close;
    if (code !== 0 || attempt === 10) return { ...ran, code, signal: how };
    rmSync(out, { recursive: true });
  }
}

async function exact(out: string, through: string) {
  const done = await unrolled(["embed", "train", "--resume", "--out", out, "--json"]);
  expect(done).toMatchObject({ err: "", code: 0, out: expect.stringContaining('"event":"end"') });
  if (!existsSync(through)) {
    expect(await unrolled(["embed", "train", text, "--out", through, ...learn])).toMatchObject({ code: 0 });
  }
  expect(await readFile(join(out, "vectors.safetensors"))).toEqual(
    await readFile(join(through, "vectors.safetensors")),
  );
}

describe("embed train", () => {
  it("killed at any instant leaves the last checkpoint whole, and resumed gives the same vectors", async () => {
    for (const afterMs of [10, 40]) {
      const out = scratch.path(`killed-${afterMs}`);
      expect((await ended(out, "SIGKILL", [], afterMs)).signal).toBe("SIGKILL");
      const { vectors } = await loadVectors(out);
      expect(vectors.matrix.some((x) => x !== 0)).toBe(true);
      expect(vectors.nearest(vectors.words[0]!)).toHaveLength(10);
      await exact(out, scratch.path("through"));
    }
  });
  it("keeps subwords through a kill", async () => {
    const out = scratch.path("killed-subwords");
    const subwords = ["--subwords", "--bucket", "2000"];
    expect((await ended(out, "SIGKILL", subwords, 30)).signal).toBe("SIGKILL");
    expect((await loadVectors(out)).vectors.get("unseen")).toHaveLength(16);
  });
  it("goes on with GloVe", async () => {
    const out = scratch.path("killed-glove");
    const glove = ["--model", "glove", "--epochs", "100000"];
    expect((await ended(out, "SIGKILL", glove, 50)).signal).toBe("SIGKILL");
    expect((await loadVectors(out)).vectors.size).toBeGreaterThan(20);
    let stops = 0;
    const stop = (line: string) =>
      void (line.includes('"stage":"training"') && stops++ === 0 && process.emit("SIGINT"));
    const again = await unrolled(["embed", "train", "--resume", "--out", out, "--json"], stop);
    expect(again).toMatchObject({
      code: 130,
      err: "",
      out: expect.stringContaining('"event":"stopped"'),
    });
  });
  it("stopped by Ctrl-C keeps what was learned, and says how to go on", async () => {
    const out = scratch.path("interrupted");
    const ran = await ended(out, "SIGINT");
    expect(ran).toMatchObject({
      code: 130,
      out: expect.stringMatching(
        /stopped in epoch \d+; checkpoint saved\. To resume:\n {2}npx unrolled embed train --resume --out \S+\n$/,
      ),
      err: "",
    });
    await exact(out, scratch.path("through"));
    const other = await unrolled(["embed", "train", "--resume", "--out", out, "--dim", "17"]);
    expect(other).toMatchObject({ code: 2, err: expect.stringContaining("expected dim as before, 16, got 17") });
    const model = await unrolled(["embed", "train", "--resume", "--out", out, "--model", "glove"]);
    expect(model).toMatchObject({
      code: 2,
      err: expect.stringContaining("expected model as before, skipgram, got glove"),
    });
  });
  it("stopped while it reads leaves nothing behind", async () => {
    const child = spawn(process.execPath, [main, "embed", "train", "-", "--out", scratch.path("none")]);
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    // More than a pipe holds: when all of it has left, the program reads.
    child.stdin.write("some words that go on ".repeat(20_000), () => {
      child.kill("SIGINT");
      setTimeout(() => child.stdin.write("and on"), 200);
    });
    const [code] = (await once(child, "close")) as [number];
    expect({ code, out, err }).toEqual({
      code: 130,
      out: expect.stringMatching(/stopped before the first checkpoint; nothing was saved\n/),
      err: "",
    });
    expect(existsSync(scratch.path("none"))).toBe(false);
  });
});

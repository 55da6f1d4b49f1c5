// `unrolled tokenize` as a process that is killed, or stopped by Ctrl-C, while it writes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build, main } from "../built.ts";
import { scratchFolder, smallText, unrolled } from "./terminal.ts";

const scratch = scratchFolder();
const folder = scratch.path("tokens");
const half = scratch.path(".tokens.unrolled-new");
let [text, old] = ["", ""];
const index = () => readFileSync(join(folder, "index.json"), "utf8");
const names = () => readdirSync(scratch.path(".")).sort();
const flags = ["--out", folder, "--tokens", "word", "--valid", "0", "--overwrite"];

beforeAll(async () => {
  build();
  text = scratch.write("text.txt", smallText.repeat(6_000)); // 12 MB: a quarter of a second of writing
  scratch.write(".tokens.notes", "of the user");
  await unrolled(["tokenize", scratch.write("small.txt", smallText), ...flags]);
  old = index();
}, 60_000);
afterAll(() => scratch.remove());

/** Ends the process by a signal once it has begun a shard. */
async function stopped(signal: NodeJS.Signals) {
  const child = spawn(process.execPath, [main, "tokenize", text, ...flags]);
  const began = Date.now();
  let out = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  const ended = once(child, "close");
  const limit = performance.now() + 30_000;
  while (!writing(began) && performance.now() < limit) await new Promise((done) => setTimeout(done, 1));
  child.kill(signal);
  const [code, by] = await ended;
  return { code, by, out };
}

/** Whether a shard was begun since then; an earlier process may have left some, which this one removes. */
function writing(since: number): boolean {
  try {
    return statSync(half).mtimeMs >= since && readdirSync(half).length > 0;
  } catch {
    return false; // not there, or no longer
  }
}

describe.skipIf(process.platform === "win32")("tokenize", () => {
  it("that is killed leaves the tokens that were there, and nothing half-written that is taken for whole", async () => {
    const before = names();
    expect(await stopped("SIGKILL")).toMatchObject({ by: "SIGKILL" });
    expect(index()).toBe(old);
    expect(names()).toEqual([...before, ".tokens.unrolled-new", ".tokens.unrolled-lock"].sort());
    expect(readdirSync(half)).not.toContain("index.json");
    const ran = await unrolled(["train", half, "--steps", "1", "--out", scratch.path("model")]);
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/^error: [^\n]+\n( {2}hint: [^\n]+\n)?$/);
  });
  it("that is stopped by Ctrl-C removes its own files, those of a killed run included, and no others", async () => {
    const { code, out } = await stopped("SIGINT");
    expect(code).toBe(130);
    expect(out).toContain(`stopped; nothing was written to ${folder}`);
    expect(index()).toBe(old);
    expect(names()).toEqual([".tokens.notes", "small.txt", "text.txt", "tokens"]);
  });
  it("starts anew afterwards", async () => {
    expect(await unrolled(["tokenize", text, ...flags])).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(index()).train.tokens).toBeGreaterThan(1e6);
    expect(names()).toEqual([".tokens.notes", "small.txt", "text.txt", "tokens"]);
  });
});

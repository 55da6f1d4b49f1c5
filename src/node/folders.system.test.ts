import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, renameSync } from "node:fs";
import { lstat, mkdir, mkdtemp, open, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "vite"; // comes with vitest
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../base/index.ts";
import { besides, type FolderOwner, readFolder, settleFolder, writeFolder } from "./folders.ts";

let scratch = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "unrolled-folders-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true, maxRetries: 10 }));

const text = async (path: string) =>
  Object.fromEntries([...(await readFolder(path))].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]));

describe("writeFolder", () => {
  it("replaces the whole folder and leaves nothing beside it", async () => {
    const path = join(scratch, "whole", "model");
    await writeFolder(path, { "config.json": "1", "training/state.bin": new Uint8Array([65, 66]) });
    expect(await text(path)).toEqual({ "config.json": "1", "training/state.bin": "AB" });
    await writeFolder(path, { "config.json": "2" }, { drop: ["training/state.bin"] });
    expect(await text(path)).toEqual({ "config.json": "2" });
    expect(await readdir(join(scratch, "whole"))).toEqual(["model"]);
    expect([...(await readFolder(path, { only: (name) => name === "x" })).keys()]).toEqual([]);
  });
  it("keeps what others have put there", async () => {
    const path = join(scratch, "notes");
    await writeFolder(path, { a: "1" });
    await writeFile(join(path, "notes.txt"), "mine");
    await writeFolder(path, { a: "2" });
    expect(await text(path)).toEqual({ a: "2", "notes.txt": "mine" });
  });
  it("is finished by settleFolder where the writer died after its last step but one", async () => {
    const path = join(scratch, "left");
    const [, old] = besides(path);
    await writeFolder(path, { a: "1", b: "1" });
    await writeFile(join(path, "notes.txt"), "mine");
    renameSync(path, old);
    await settleFolder(path, ["a", "b"]); // it died before the new folder took its place
    expect(await text(path)).toEqual({ a: "1", b: "1", "notes.txt": "mine" });
    renameSync(path, old);
    await mkdir(path);
    await writeFile(join(path, "a"), "2");
    await settleFolder(path, ["a", "b"]); // it died after that
    expect(await text(path)).toEqual({ a: "2", "notes.txt": "mine" });
    expect(existsSync(old)).toBe(false);
  });
  it("keeps other people's files in folders of ours, and only removes files that are ours", async () => {
    const path = join(scratch, "deep");
    await writeFolder(path, { a: "1", "training/state.json": "1" });
    await writeFile(join(path, "training", "data.csv"), "mine");
    await mkdir(join(path, "training", "state.json.d"));
    await mkdir(join(path, "mine", "deep"), { recursive: true });
    await writeFile(join(path, "mine", "deep", "x"), "mine");
    await symlink("/nowhere", join(path, "link"));
    await writeFolder(path, { a: "2", "training/state.json": "2" });
    await writeFolder(path, { a: "3" }, { drop: ["training/state.json"] });
    expect(await text(path)).toEqual({ a: "3", "training/data.csv": "mine", "mine/deep/x": "mine" });
    expect((await readdir(path)).sort()).toEqual(["a", "link", "mine", "training"]);
    expect(await readdir(join(path, "training"))).toEqual(["data.csv", "state.json.d"]);
  });
  it("refuses where a file or link of somebody else has the name of a folder of ours", async () => {
    const path = join(scratch, "clash");
    await mkdir(join(path, "elsewhere"), { recursive: true });
    await writeFile(join(path, "training"), "mine");
    const files = { a: "1", "training/state.json": "1" };
    await expect(writeFolder(path, files)).rejects.toThrow("clash/training: expected a folder, got a file");
    expect(await text(path)).toEqual({ training: "mine" });
    await rm(join(path, "training"));
    await symlink("elsewhere", join(path, "training"));
    await expect(writeFolder(path, files)).rejects.toThrow("clash/training: expected a folder, got a link");
    await expect(writeFolder(path, { elsewhere: "1" })).rejects.toThrow("elsewhere: expected a file, got a folder");
  });
  it("does not touch a folder of something else", async () => {
    const path = join(scratch, "other");
    const owner: FolderOwner = { what: "a one", file: "config.json", owns: (json) => json === 1 };
    await mkdir(path);
    await writeFolder(path, { "config.json": "1" }, { owner });
    await writeFolder(path, { "config.json": "1", b: "" }, { owner });
    for (const config of ["2", "{", ""]) {
      await writeFile(join(path, "config.json"), config);
      await expect(writeFolder(path, { a: "" }, { owner })).rejects.toThrow(
        "expected an empty folder, or one with a one, got a folder with other files",
      );
      expect(await text(path)).toEqual({ "config.json": config, b: "" });
    }
    const file = join(path, "config.json");
    await expect(writeFolder(file, { a: "" })).rejects.toThrow(`${file}: expected a folder to save in, got a file`);
    await expect(writeFolder(path, { "../a": "" })).rejects.toThrow("relative names");
    expect((await readdir(scratch)).filter((name) => name.includes("other"))).toEqual(["other"]);
  });
  it("follows a link to the folder, and reads links to files", async () => {
    const [real, path] = [join(scratch, "real"), join(scratch, "linked")];
    await symlink("real", path);
    await writeFolder(path, { a: "1" });
    await writeFile(join(scratch, "shared"), "2");
    await symlink(join(scratch, "shared"), join(real, "b"));
    expect(await text(path)).toEqual({ a: "1", b: "2" });
    await writeFolder(path, { a: "3" });
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(await text(real)).toEqual({ a: "3", b: "2" });
  });
  it.skipIf(!existsSync("/proc/self"))("ends where nothing can be created, though the parent exists", async () => {
    await expect(writeFolder("/proc/unrolled/model", { a: "1" })).rejects.toMatchObject({ code: "file" });
    await expect(writeFolder("/proc/unrolled", { a: "1" })).rejects.toMatchObject({ code: "file" });
  });
  it("leaves the old state where the disk is full", async () => {
    const path = join(scratch, "full");
    await writeFolder(path, { a: "old", b: "old" });
    let files = 0;
    const write = async (file: { writeFile(contents: string | Uint8Array): Promise<void> }) => {
      await file.writeFile("half");
      if (++files < 2) return;
      if (!existsSync("/dev/full")) throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
      const full = await open("/dev/full", "w");
      await full.writeFile("x").finally(() => full.close());
    };
    await expect(writeFolder(path, { a: "new", b: "new" }, { write })).rejects.toMatchObject({
      message: `${path}: the disk is full\n  hint: free some space; what was saved before is still there`,
      code: "file",
    });
    expect(files).toBe(2);
    expect(await text(path)).toEqual({ a: "old", b: "old" });
    expect(existsSync(besides(path)[0])).toBe(false);
  });
  it("recovers from each place where a writer may have died", async () => {
    const path = join(scratch, "died");
    await writeFolder(path, { a: "1" });
    const [next, old] = besides(path);
    await writeFolder(next, { a: "ha" });
    expect(await text(path)).toEqual({ a: "1" }); // while writing
    await rename(path, old);
    expect(await text(path)).toEqual({ a: "1" }); // between the renames
    await writeFolder(path, { a: "2" });
    expect(await text(path)).toEqual({ a: "2" });
    await writeFolder(old, { a: "1", notes: "mine" });
    expect(await text(path)).toEqual({ a: "2" }); // before the old one was removed
    await writeFolder(path, { a: "3" });
    expect(await text(path)).toEqual({ a: "3", notes: "mine" });
    expect((await readdir(scratch)).filter((name) => name.includes("died"))).toEqual(["died"]);
  });
  it("puts the old folder back even where the next save fails", async () => {
    const path = join(scratch, "back");
    await writeFolder(besides(path)[1], { a: "1" });
    await expect(writeFolder(path, { a: "2" }, { write: () => Promise.reject(new Error("no")) })).rejects.toThrow("no");
    expect(await text(path)).toEqual({ a: "1" });
    expect(existsSync(path)).toBe(true);
  });
  it("starts again where a writer has finished and sweeps up while the old state is read", async () => {
    const path = join(scratch, "swept");
    const [next, old] = besides(path);
    await writeFolder(old, { a: "1" }); // its b is gone already
    await writeFolder(next, { a: "2", b: "2" });
    const only = () => {
      if (!existsSync(path)) renameSync(next, path);
      return true;
    };
    expect([...(await readFolder(path, { only })).keys()]).toEqual(["a", "b"]);
  });
  it("says what is missing", async () => {
    await expect(readFolder(join(scratch, "no"))).rejects.toThrow("no: no such folder");
    const file = join(scratch, "plain");
    await writeFile(file, "");
    await expect(readFolder(file)).rejects.toThrow("expected a folder, got a file");
  });
});

describe("a writer that is killed", () => {
  it("leaves the last state it finished, or a later one, and readers never see a mixture", async () => {
    const program = join(scratch, "program");
    await build({
      configFile: false,
      logLevel: "error",
      build: { ssr: join(import.meta.dirname, "folders.ts"), outDir: program, minify: false },
      ssr: { noExternal: true },
    });
    const path = join(scratch, "killed");
    await writeFile(
      join(program, "save.mjs"),
      `import { writeSync } from "node:fs";
       import { writeFolder } from "./folders.js";
       for (let n = Number(process.argv[3]); ; n++) {
         await writeFolder(process.argv[2], { "a": String(n), "b/c": String(n).repeat(20000), "d": String(n) });
         writeSync(1, n + "\\n");
       }`,
    );
    await writeFile(join(program, "package.json"), '{"type":"module"}');
    const r = random(17);
    let done = 100;
    let kills = 0;
    for (let round = 0; round < 8; round++) {
      const child = spawn(process.execPath, [join(program, "save.mjs"), path, String(done + 1)]);
      let out = "";
      child.stdout!.on("data", (chunk) => (out += chunk));
      await begun(child);
      const end = performance.now() + r.uniform() * 30;
      const saved = () => out.split("\n").length - 1;
      // Every other writer saves at least twice, however busy the machine is.
      while (performance.now() < end || saved() < 1 + (round % 2)) await check(path, done);
      child.kill("SIGKILL");
      const [, signal] = await once(child, "close");
      if (signal === "SIGKILL") kills++;
      done = Number(out.trim().split("\n").at(-1));
      const left = await check(path, done);
      done = Math.max(done, left);
    }
    expect(kills).toBe(8);
    expect(done).toBeGreaterThan(108);
  });
});

/** Waits for the first state to be saved. */
async function begun(child: ChildProcess): Promise<void> {
  await Promise.race([
    once(child.stdout!, "data"),
    once(child, "close").then(() => Promise.reject(new Error("it ended"))),
    sleep(60_000).then(() => Promise.reject(new Error("it did not begin"))),
  ]);
}

/** Reads the state: whole, and not older than the last one that is known to be finished. */
async function check(path: string, least: number): Promise<number> {
  const { a, d, "b/c": c } = await text(path);
  expect(d).toBe(a);
  expect(c).toBe(a!.repeat(20000));
  expect(Number(a)).toBeGreaterThanOrEqual(least);
  return Number(a);
}

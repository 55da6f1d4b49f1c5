import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkOutput, writeOutput } from "./output.ts";

let scratch = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "unrolled-output-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));
const unix = process.platform !== "win32";

describe("writeOutput", () => {
  it("writes text, bytes and chunks, and leaves nothing beside the file", async () => {
    const folder = join(scratch, "plain");
    await mkdir(folder);
    const path = join(folder, "a.txt");
    await writeOutput(path, "one é");
    expect(await readFile(path, "utf8")).toBe("one é");
    await writeOutput(path, ["two ", new Uint8Array([65])]);
    await writeOutput(
      path,
      (async function* () {
        yield await readFile(path);
        yield "!";
      })(),
    );
    expect(await readFile(path, "utf8")).toBe("two A!");
    expect(await readdir(folder)).toEqual(["a.txt"]);
  });
  it("keeps the old file, and nothing else, where the contents end in an error", async () => {
    const folder = join(scratch, "half");
    await mkdir(folder);
    await writeFile(join(folder, "a"), "old");
    const broken = (function* () {
      yield "new";
      throw new Error("no");
    })();
    await expect(writeOutput(join(folder, "a"), broken)).rejects.toThrow("no");
    expect(await readFile(join(folder, "a"), "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["a"]);
  });
  it.skipIf(!unix)("keeps permissions, follows links and leaves them", async () => {
    const [file, link, missing] = ["file", "link", "missing"].map((name) => join(scratch, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(file, "old");
    await chmod(file, 0o640);
    await symlink("file", link);
    await symlink("later", missing);
    await writeOutput(link, "new");
    await writeOutput(missing, "made");
    for (const path of [link, missing]) expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(await readFile(file, "utf8")).toBe("new");
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect(await readFile(join(scratch, "later"), "utf8")).toBe("made");
  });
  it.skipIf(!unix)("writes to devices and pipes in place", async () => {
    await writeOutput("/dev/null", "x");
    expect((await lstat("/dev/null")).isCharacterDevice()).toBe(true);
    const pipe = join(scratch, "pipe");
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    const [text] = await Promise.all([readFile(pipe, "utf8"), writeOutput(pipe, "through")]);
    expect(text).toBe("through");
    expect((await lstat(pipe)).isFIFO()).toBe(true);
  });
  it.skipIf(!existsSync("/dev/full"))("reports a full disk", async () => {
    await expect(writeOutput("/dev/full", "x")).rejects.toThrow("/dev/full: the disk is full");
  });
  it("reports folders, missing folders and links in a circle, before and after the work", async () => {
    const cases: [string, RegExp][] = [
      [scratch, /expected a file to write to, got a folder$/],
      [join(scratch, "no", "a.txt"), /there is no folder .*no\n/],
      [`${join(scratch, "new.txt")}/`, /got a folder$/],
    ];
    if (unix) {
      await symlink("circle", join(scratch, "circle"));
      cases.push([join(scratch, "circle"), /too many symbolic links$/]);
      await writeFile(join(scratch, "notes"), "");
      cases.push([join(scratch, "notes", "a.txt"), /a part of this path is a file, not a folder$/]);
    }
    for (const [path, message] of cases) {
      await expect(checkOutput(path)).rejects.toThrow(message);
      await expect(writeOutput(path, "x")).rejects.toMatchObject({
        code: "file",
        message: expect.stringMatching(message),
      });
    }
    await checkOutput(join(scratch, "fine"));
    expect(existsSync(join(scratch, "fine"))).toBe(false);
  });
});

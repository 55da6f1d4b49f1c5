import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite"; // comes with vitest
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lockFolder } from "./folder-lock.ts";
import { readFolder, writeFolder } from "./folders.ts";
import { ownIdentity } from "./process-identity.ts";

let scratch = "";
let program = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "unrolled-lock-"));
  program = join(scratch, "program");
  const entry = join(scratch, "entry.ts");
  const from = (name: string) => JSON.stringify(join(import.meta.dirname, name));
  await writeFile(
    entry,
    `import { writeSync } from "node:fs";
     import { lockFolder } from ${from("folder-lock.ts")};
     import { writeFolder } from ${from("folders.ts")};
     const [mode, path] = process.argv.slice(2);
     const wait = (ms) => new Promise((done) => setTimeout(done, ms));
     if (mode === "hold") {
       await lockFolder(path);
       writeSync(1, "held\\n");
       await wait(60_000);
     }
     // Counts under the lock: two that hold it at once lose a number.
     for (let n = 0; n < 200; n++) {
       try {
         const lock = await lockFolder(path);
         const { readFileSync, writeFileSync } = await import("node:fs");
         const before = Number(readFileSync(path + ".count", "utf8"));
         await wait(Math.random());
         writeFileSync(path + ".count", String(before + 1));
         if (mode === "die" && n === 20) process.kill(process.pid, "SIGKILL");
         await lock.release();
         writeSync(1, "1");
       } catch (error) {
         if (!/another run|without pause/.test(error.message)) throw error;
         await wait(Math.random() * 3);
       }
     }`,
  );
  await build({
    configFile: false,
    logLevel: "error",
    build: { ssr: entry, outDir: program, minify: false, target: "node20" },
    ssr: { noExternal: true },
  });
  await writeFile(join(program, "package.json"), '{"type":"module"}');
});
afterAll(() => rm(scratch, { recursive: true, force: true, maxRetries: 10 }));

const start = (...args: string[]): ChildProcess => spawn(process.execPath, [join(program, "entry.js"), ...args]);
const fileOf = (name: string) => join(scratch, `.${name}.unrolled-lock`);

describe("lockFolder", () => {
  it("keeps a second process out, by its id, and lets readers in", async () => {
    const path = join(scratch, "model");
    await writeFolder(path, { a: "1" });
    const child = start("hold", path);
    await once(child.stdout!, "data");
    const message = `${path}: another run is writing to this folder (process ${child.pid})\n  hint: wait until it has ended`;
    await expect(lockFolder(path)).rejects.toMatchObject({ code: "file", message: expect.stringContaining(message) });
    await expect(writeFolder(path, { a: "2" })).rejects.toThrow("another run is writing");
    await symlink("model", join(scratch, "other-name"));
    await expect(lockFolder(join(scratch, "other-name"))).rejects.toThrow("another run is writing");
    expect((await readFolder(path)).size).toBe(1);
    child.kill("SIGKILL");
    await once(child, "close");
    await (await lockFolder(path)).release(); // its process has died
    await writeFolder(path, { a: "3" });
    expect((await readdir(scratch)).filter((name) => name.includes("unrolled"))).toEqual([]);
  });
  it("nests in one process, and ends with the last release", async () => {
    const path = join(scratch, "nested");
    const [one, two] = await Promise.all([lockFolder(path), lockFolder(path)]);
    await one.release();
    await one.release(); // does nothing
    expect(existsSync(fileOf("nested"))).toBe(true);
    await Promise.all(Array.from({ length: 5 }, (_, i) => writeFolder(path, { a: String(i), b: String(i) })));
    const files = await readFolder(path);
    expect(files.get("a")).toEqual(files.get("b"));
    await two.release();
    expect(existsSync(fileOf("nested"))).toBe(false);
  });
  it("takes over the lock of a process id that was given out again, and of a machine that stopped refreshing it", async () => {
    const path = join(scratch, "stale");
    const own = await lockFolder(path);
    const mine = JSON.parse(await readFile(fileOf("stale"), "utf8")) as { host: string; started?: string };
    await own.release();
    const put = (lock: object) => writeFile(fileOf("stale"), JSON.stringify({ token: "x", since: "", ...lock }));
    if (mine.started !== undefined) {
      await put({ pid: process.pid, host: mine.host, started: "long ago" });
      await (await lockFolder(path)).release();
    }
    const far = { pid: 1, host: `not-${hostname()}` };
    await put(far);
    await expect(lockFolder(path)).rejects.toThrow(`(process 1 on not-${hostname()})`);
    const old = new Date(Date.now() - 400_000);
    await utimes(fileOf("stale"), old, old);
    await (await lockFolder(path)).release();
    await writeFile(fileOf("stale"), "");
    await expect(lockFolder(path)).rejects.toThrow("its lock file cannot be read");
    await utimes(fileOf("stale"), old, old);
    await (await lockFolder(path)).release();
  });
  it("is held by one process at a time, whatever the interleaving, also where one dies with it", async () => {
    const path = join(scratch, "contended");
    await writeFile(`${path}.count`, "0");
    const children = ["count", "count", "die"].map((mode) => start(mode, path));
    const held = await Promise.all(
      children.map(async (child) => {
        let [out, err] = ["", ""];
        child.stdout!.on("data", (chunk) => (out += chunk));
        child.stderr!.on("data", (chunk) => (err += chunk));
        await once(child, "close");
        expect(err).toBe("");
        return out.length;
      }),
    );
    const died = Number(children[2]!.signalCode === "SIGKILL"); // it had counted once more
    const total = held.reduce((a, b) => a + b, 0) + died;
    expect(Number(await readFile(`${path}.count`, "utf8"))).toBe(total);
    expect(total).toBeGreaterThan(100);
  });
});

it("sweeps what a process that died while it took the lock has left, and nothing of one that lives", async () => {
  const lockOf = (pid: number) => JSON.stringify({ ...ownIdentity(), pid, token: "t", since: "" });
  const dead = start("none");
  await once(dead, "close");
  const file = fileOf("swept");
  await writeFile(`${file}.dead`, lockOf(dead.pid!));
  await writeFile(`${file}.dead.old`, lockOf(process.pid));
  await writeFile(`${file}.alive`, lockOf(process.pid));
  await writeFile(`${file}.alive.old`, lockOf(dead.pid!));
  const lock = await lockFolder(join(scratch, "swept"));
  const left = (await readdir(scratch)).filter((name) => name.startsWith(".swept.unrolled-lock."));
  expect(left.sort()).toEqual([".swept.unrolled-lock.alive", ".swept.unrolled-lock.alive.old"]);
  await lock.release();
});

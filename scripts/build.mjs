// Compiles src/ to dist/ with tsc, and does nothing when dist/ is newer than every source. One build at a time: test files
// that need dist/ may ask for it together.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packRuntime } from "./pack-runtime.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "dist", ".built");

function newest(folder) {
  let time = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    time = Math.max(time, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs, statSync(folder).mtimeMs);
  }
  return time;
}

/** Holds the folder `dist.lock` until the process ends; one that is older than two minutes was left by a killed build. */
function lock() {
  const path = join(root, "dist.lock");
  for (;;) {
    try {
      mkdirSync(path);
      process.on("exit", () => rmSync(path, { recursive: true, force: true }));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
      if (age > 120_000) rmSync(path, { recursive: true, force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}

lock();
const sources = Math.max(
  newest(join(root, "src")),
  ...["tsconfig.build.json", "scripts/pack-runtime.mjs"].map((name) => statSync(join(root, name)).mtimeMs),
);
if (!existsSync(stamp) || statSync(stamp).mtimeMs < sources) {
  rmSync(join(root, "dist"), { recursive: true, force: true });
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  chmodSync(join(root, "dist", "cli", "main.js"), 0o755);
  packRuntime(root);
  writeFileSync(stamp, "");
}

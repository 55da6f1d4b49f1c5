// For scripts/build-studio.mjs and scripts/build-site.mjs: builds a folder that has a few packages of its own.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Installs the packages of the folder at the first time, and builds it. `stdout`: where the build prints. */
export function buildIn(folder, stdout = "ignore") {
  const npm = (out, ...args) => {
    const { status } = spawnSync("npm", args, {
      cwd: folder,
      stdio: ["ignore", out, "inherit"],
      shell: process.platform === "win32",
    });
    if (status !== 0) process.exit(status ?? 1);
  };
  if (!existsSync(join(folder, "node_modules", "vite"))) npm("ignore", "ci");
  npm(stdout, "run", "build", "--silent");
}

// Builds the studio into dist/studio/, after the library. Installs its own few packages at the first time.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const studio = join(import.meta.dirname, "..", "studio");
const npm = (...args) => {
  const { status } = spawnSync("npm", args, {
    cwd: studio,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
};
if (!existsSync(join(studio, "node_modules", "vite"))) npm("ci");
npm("run", "build", "--silent");

// Builds the site (lectures and documentation) into site/dist/, after the library. Installs its own few packages at the first time.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const site = join(import.meta.dirname, "..", "site");
const npm = (...args) => {
  const { status } = spawnSync("npm", args, {
    cwd: site,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
};
if (!existsSync(join(site, "node_modules", "vite"))) npm("ci", "--silent");
npm("run", "build", "--silent");

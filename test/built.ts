// For tests of what is shipped: compiles src/ to dist/ where it is older.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..");
/** The executable of the package. */
export const main = join(root, "dist", "cli", "main.js");

let fresh = false;

/** @throws Error where the sources do not compile */
export function build(): void {
  if (fresh) return;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], {
    encoding: "utf8",
  });
  if (status !== 0 || stdout + stderr !== "") throw new Error(`npm run build: ${stdout}${stderr}`);
  fresh = true;
}

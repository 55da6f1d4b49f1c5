// Packs the package as npm would and checks what a user gets: publint on the files and the exports, and the types of every
// entry point as Node and as bundlers resolve them (@arethetypeswrong/core). Offline. Exits 1 with one line per fault.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const root = join(fileURLToPath(import.meta.url), "..", "..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
/** ESM only, Node >= 20.19: `require` of it gets the same module, and the old resolution knows no sub-paths. */
const expected = new Set(["CJSResolvesToESM"]);

spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { cwd: root, stdio: "inherit" });
const folder = mkdtempSync(join(tmpdir(), "unrolled-pack-"));
const faults = [];
try {
  const packed = spawnSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
  });
  if (packed.status !== 0) throw new Error(`npm pack: ${packed.stderr}`);
  const file = packed.stdout.trim().split("\n").at(-1);
  const bytes = readFileSync(join(folder, file));
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages } = await publint({ pack: { tarball }, level: "suggestion" });
  for (const message of messages) faults.push(`publint: ${formatMessage(message, manifest, { color: false })}`);
  const { types, problems = [] } = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  if (!types) faults.push("the package has no types");
  for (const { kind, entrypoint = "", resolutionKind = "" } of problems)
    if (!expected.has(kind) && resolutionKind !== "node10")
      faults.push(`types: ${kind} ${entrypoint} ${resolutionKind}`);
  console.log(`${file}: ${Object.keys(manifest.exports).length} entry points, ${faults.length} faults`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const fault of faults) console.error(fault);
process.exit(faults.length ? 1 : 0);

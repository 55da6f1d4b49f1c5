// Compiles each src/**/NAME.as.ts (AssemblyScript: no runtime, SIMD, imported memory) to a neighboring NAME-wasm.ts that
// holds the module as text, so that the package needs no file access and no bundler plug-in to load it.
// A first line `// asc: --flag value` in the source adds compiler flags; a line `// encoding: hex` writes hexadecimal digits in
// place of base64, which are longer and compress better. The output is committed; `--check` writes nothing
// and exits 1 where it is stale. Usage: node scripts/build-wasm.mjs [--check] [PATH...]
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const defaults = "-O3 --noAssert --runtime stub --enable simd --importMemory --initialMemory 0".split(" ");
const posix = (path) => relative(root, path).split(sep).join("/");

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : entry.name.endsWith(".as.ts") ? [path] : [];
  });
}

async function compile(source) {
  const name = source.slice(source.lastIndexOf(sep) + 1);
  const text = readFileSync(source, "utf8").replaceAll("\r\n", "\n"); // the same bytes on every system
  const extra = /^\/\/ asc: (.*)\n/.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
  let binary;
  const { error, stderr } = await asc.main([name, "--outFile", "out.wasm", ...defaults, ...extra], {
    readFile: (path) => (path === name ? text : null),
    writeFile: (_path, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${posix(source)}: ${error.message}\n${stderr.toString()}`);
  return Buffer.from(binary);
}

function rendered(source, binary) {
  const from = posix(source).split("/").at(-1);
  const hex = /^\/\/ encoding: hex$/m.test(readFileSync(source, "utf8"));
  const about = hex
    ? "The WebAssembly module as hexadecimal digits, which compress better than base64."
    : "The WebAssembly module as base64; `wasmModule` of base/wasm.ts compiles it.";
  return `// Generated from ${from} by scripts/build-wasm.mjs; do not edit. ${binary.length} bytes.

/** ${about} */
export default "${binary.toString(hex ? "hex" : "base64")}";
`;
}

const check = process.argv.includes("--check");
const only = process.argv.slice(2).filter((item) => !item.startsWith("--"));
let stale = 0;
for (const source of sources(join(root, "src"))) {
  if (only.length && !only.includes(posix(source))) continue;
  const target = source.replace(/\.as\.ts$/, "-wasm.ts");
  const text = rendered(source, await compile(source));
  if (existsSync(target) && readFileSync(target, "utf8").replaceAll("\r\n", "\n") === text) continue;
  if (check) {
    console.error(`${posix(target)} is not what ${posix(source)} compiles to; run node scripts/build-wasm.mjs`);
    stale++;
  } else {
    writeFileSync(target, text);
    console.log(`wrote ${posix(target)}`);
  }
}
process.exit(stale ? 1 : 0);

// Bundles and minifies what an exported module runs on (src/runtime/kit, one entry for each task) and the script of an
// exported page (src/runtime/page), each to a *-bundle.ts that holds it as a string: exporting then needs no bundler, in
// Node and in browsers alike. The output is committed; `--check` writes nothing and exits 1 where it is stale.
// Usage: node scripts/build-runtime.mjs [--check]
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const runtime = join(root, "src", "runtime");
const helpers = new Set(["inputs.ts", "pieces.ts"]);

/** Entry, and the name of the variable that holds its exports. */
const entries = [
  ...readdirSync(join(runtime, "kit", "tasks"))
    .filter((file) => !helpers.has(file))
    .map((file) => ({ name: file.slice(0, -3), input: join(runtime, "kit", "tasks", file), variable: "runtime" })),
  ...["page.ts"]
    .map((file) => join(runtime, "page", file))
    .filter((input) => existsSync(input))
    .map((input) => ({ name: "page", input, variable: "page" })),
];

async function bundle({ input, variable }) {
  const build = await rolldown({
    input,
    treeshake: { moduleSideEffects: false },
    transform: { target: "es2022" },
    logLevel: "warn",
  });
  const { output } = await build.generate({
    format: "iife",
    name: variable,
    minify: true,
    comments: false,
    generatedCode: { symbols: false },
  });
  await build.close();
  if (output.length !== 1) throw new Error(`${input}: expected one chunk, got ${output.length}`);
  return output[0].code.trim();
}

const check = process.argv.includes("--check");
let stale = 0;
for (const entry of entries) {
  const target = join(runtime, "bundles", `${entry.name}-bundle.ts`);
  const code = await bundle(entry);
  const from = relative(join(root, "src"), entry.input).replaceAll("\\", "/");
  const text = `// Generated from ${from} by scripts/build-runtime.mjs; do not edit. ${code.length} characters.\nexport default ${JSON.stringify(code)};\n`;
  const name = relative(root, target).replaceAll("\\", "/");
  if (existsSync(target) && readFileSync(target, "utf8").replaceAll("\r\n", "\n") === text) continue;
  if (check) {
    console.error(`${name} is stale; run node scripts/build-runtime.mjs`);
    stale++;
  } else {
    writeFileSync(target, text);
    console.log(`wrote ${name}, ${code.length} characters`);
  }
}
process.exit(stale ? 1 : 0);

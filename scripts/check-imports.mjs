// Holds the house in order: each folder of src/ imports only floors below it, no module imports in a circle (types count),
// and only node/, web/ and cli/ touch files, processes or workers. Exits 1 with one line a fault.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const src = join(root, "src");
/** From the ground up. A file may import its own floor and every floor before it; cli/ also src/index.ts, as a user would. */
const floors = [
  "base",
  "terminal",
  "tensor",
  "compile",
  "engine",
  "nn",
  "data",
  "embeddings",
  "decode",
  "networks",
  "train",
  "inspect",
  "interop",
  "tasks",
  "files",
  "compare",
  "serve",
  "run",
  "runtime",
  "web",
  "node",
  "cli",
];
const hostFloors = new Set(["node", "web", "cli"]);
const hostGlobals = /\b(?:process|Buffer|document|window|localStorage)\.|\bnew (?:Worker|SharedWorker)\b|\b__dirname\b/;

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory()
      ? files(path)
      : entry.name.endsWith(".ts") && !entry.name.endsWith(".as.ts")
        ? [path]
        : [];
  });
}

const faults = [];
const graph = new Map();
for (const file of files(src)) {
  const text = readFileSync(file, "utf8");
  const name = relative(src, file);
  const test = name.endsWith(".test.ts");
  const floor = name.includes(sep) ? name.split(sep)[0] : "index";
  const level = floors.indexOf(floor);
  if (floor !== "index" && level < 0)
    faults.push(`${name}: folder "${floor}" has no floor in scripts/check-imports.mjs`);
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const edges = [];
  for (const match of code.matchAll(
    /(?:^|\n)\s*(?:import|export)\b([^;"'`]*?)from\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g,
  )) {
    const target = match[2] ?? match[3];

    if (!target.startsWith(".")) {
      const host = target.startsWith("node:") || target === "onnxruntime-node";
      if (host && !test && !hostFloors.has(floor))
        faults.push(`${name}: imports ${target}; only node/, web/ and cli/ may touch the host`);
      continue;
    }
    const path = resolve(dirname(file), target);
    const other = relative(src, path);
    const otherFloor = other.includes(sep) ? other.split(sep)[0] : "index";
    const above = otherFloor === "index" ? floor !== "cli" : floors.indexOf(otherFloor) > level;
    if (!test && floor !== "index" && above) {
      faults.push(`${name}: imports ${other}, a floor above its own`);
    }
    edges.push(path);
  }
  if (!test && floor !== "index" && !hostFloors.has(floor) && hostGlobals.test(code)) {
    faults.push(`${name}: uses ${code.match(hostGlobals)[0]}; only node/, web/ and cli/ may touch the host`);
  }
  if (!test) graph.set(file, edges);
  const any = code.match(/(?::|<|\bas)\s*any\b/);
  if (any && name !== join("engine", "boundary.ts")) faults.push(`${name}: uses any`);
}

const state = new Map();
const stack = [];
function visit(file) {
  if (state.get(file) === "done" || !graph.has(file)) return;
  if (state.get(file) === "open") {
    const circle = [...stack.slice(stack.indexOf(file)), file].map((path) => relative(src, path)).join(" -> ");
    faults.push(`circular import: ${circle}`);
    return;
  }
  state.set(file, "open");
  stack.push(file);
  for (const next of graph.get(file)) visit(next);
  stack.pop();
  state.set(file, "done");
}
for (const file of graph.keys()) visit(file);

for (const fault of faults) console.error(fault);
console.log(`${graph.size} modules, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);

// Training on a GPU, measured in one go: results against the reference engine, then time beside PyTorch.
//
//   npm run build && node bench/gpu.mjs [--budget-seconds 240] [--quick] [--no-torch] [--software]
//   npm run build && node bench/gpu.mjs --cpu        the same character models on the CPU engine alone; needs no GPU
//
// Needs the package `webgpu` and, on Linux, libvulkan1 and a driver; python with torch and CUDA for the comparison.
// Writes $OUT/gpu.json (default: gpu.json in the current folder) after each part, so that a run cut short keeps its figures.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { checkLayers, checkModel, checkProducts, checkRepeatable } from "./gpu/check.mjs";
import { openers } from "./gpu/open.mjs";
import { cpuTimes, dispatchCost, layerTimes, modelTimes, productTimes } from "./gpu/time.mjs";

const { values: flags } = parseArgs({
  options: {
    "budget-seconds": { type: "string", default: "240" },
    quick: { type: "boolean", default: false },
    "no-torch": { type: "boolean", default: false },
    software: { type: "boolean", default: false },
    cpu: { type: "boolean", default: false },
  },
});
if (flags.software) {
  process.env.VK_DRIVER_FILES ??= "/usr/lib/chromium/vk_swiftshader_icd.json";
  process.env.VK_ICD_FILENAMES ??= "/usr/lib/chromium/vk_swiftshader_icd.json";
}
const began = performance.now();
const elapsed = () => (performance.now() - began) / 1000;
const budget = Number(flags["budget-seconds"]);
const left = () => budget - elapsed();
const results = { parts: {}, seconds: {} };
const target = join(process.env.OUT ?? ".", "gpu.json");
const keep = () => writeFileSync(target, `${JSON.stringify(results, null, 1)}\n`);

/** Runs a part if there is time left; a failure is noted and the next part goes on. */
async function part(name, seconds, run) {
  if (left() < seconds) {
    results.parts[name] = { skipped: `${Math.round(left())} s left, ${seconds} s needed` };
    console.log(`\n## ${name}: skipped, ${Math.round(left())} s left`);
    return;
  }
  console.log(`\n## ${name}`);
  const start = elapsed();
  try {
    results.parts[name] = await run();
  } catch (error) {
    results.parts[name] = { error: String(error?.stack ?? error).slice(0, 2000) };
    console.log(`failed: ${String(error?.message ?? error).slice(0, 600)}`);
  }
  results.seconds[name] = Number((elapsed() - start).toFixed(1));
  console.log(`(${results.seconds[name]} s)`);
  keep();
}

const sizes = flags.quick
  ? [{ hidden: 16, batch: 8, bptt: 6 }]
  : [
      { hidden: 128, batch: 32 },
      { hidden: 256, batch: 32 },
      { hidden: 512, batch: 64 },
      { hidden: 1024, batch: 128 },
    ].map((size) => ({ ...size, bptt: 64 }));

if (flags.cpu) {
  await part("character model, lstm, CPU engine", 0, () => cpuTimes("lstm", sizes));
  await part("character model, gru, CPU engine", 0, () => cpuTimes("gru", sizes));
  process.exit(0);
}

const torch = flags["no-torch"] ? undefined : startTorch(sizes);
const open = await openers(createRequire(import.meta.url), pathToFileURL);
const engine = await open([]);
console.log(`adapter: ${engine.device.description}${engine.device.software ? " (computes on the CPU)" : ""}`);
results.adapter = engine.device.description;

await part("layers = reference", 5, () => checkLayers(engine));
await part("products = reference", 5, () => checkProducts(engine));
await part("model = reference", 5, () => checkModel(engine));
await part("two runs = the same bits", 3, () => checkRepeatable(engine));
await part("dispatch cost", 3, () => dispatchCost(engine, sizes[0]));
await part("lstm layer", 15, () => layerTimes(engine, "lstm", sizes));
await part("gru layer", 15, () => layerTimes(engine, "gru", sizes));
await part("character model, lstm", 20, () => modelTimes(engine, "lstm", sizes));
if (torch) await part("PyTorch on this GPU", 1, async () => torchResults(await torch()));
await part("products", 15, () => productTimes(engine, flags.quick ? [64] : [1024, 2048]));
await part("character model, gru", 10, () => modelTimes(engine, "gru", sizes));
await part("character model, own cell", 10, () => modelTimes(engine, "own", sizes));
await part("character model, lstm, robustness off", 10, async () =>
  modelTimes(await open(["enable-dawn-features=disable_robustness,skip_validation"]), "lstm", sizes),
);
await part("character model, lstm, CPU engine", 45, () => cpuTimes("lstm", sizes));
results.total = elapsed();
keep();
console.log(`\n${Math.round(results.total)} s in all; ${target}`);
process.exit(0);

/** PyTorch runs after our first figures: it waits for a line on its standard input. */
function startTorch(all) {
  const python = process.env.PYTHON ?? "python3";
  const script = fileURLToPath(new URL("gpu/torch_gpu.py", import.meta.url));
  const child = spawn(python, [script, JSON.stringify(all)], { stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (data) => {
    text += data;
  });
  const done = new Promise((resolve) => {
    child.on("error", (error) => resolve({ text: "", error: String(error) }));
    child.on("close", (code) => resolve({ text, error: code ? `exit ${code}` : undefined }));
  });
  return () => {
    child.stdin.end("go\n");
    return done;
  };
}

function torchResults({ text, error }) {
  const rows = text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
  for (const row of rows)
    console.log(
      Object.entries(row)
        .map(([key, value]) => `${key} ${value}`)
        .join("  "),
    );
  if (error) console.log(`python: ${error}`);
  return { rows, error };
}

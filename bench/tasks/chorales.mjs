// Bach's chorales: `unrolled train` with its defaults on jsb-chorales-quarter, and the loss in nats a time step (88 keys
// summed, the first step of a piece not predicted), with seed and wall time; of several seeds, also the mean.
//
//   npm run build && node bench/tasks/chorales.mjs [--data FOLDER] [--seeds 1,2,3] [--test] [-- FLAGS OF TRAIN]
//
// FOLDER (or DATA) holds jsb-chorales/jsb-chorales-quarter.json, perhaps .gz. The test part is read with --test only.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: process.env.DATA ?? "../shared/data" },
    seeds: { type: "string", default: "1" },
    test: { type: "boolean", default: false },
  },
});
const base = join(values.data, "jsb-chorales", "jsb-chorales-quarter.json");
const file = [base, `${base}.gz`].find((name) => existsSync(name));
if (!file) {
  console.log(`skipped: ${base} is not there (--data FOLDER)`);
  process.exit(0);
}
const main = new URL("../../dist/cli/main.js", import.meta.url).pathname;
const seeds = values.seeds.split(",").map(Number);
const runs = [];
for (const seed of seeds) runs.push(await trained(seed));
if (seeds.length > 1) {
  const mean = (name) => runs.reduce((sum, run) => sum + run[name], 0) / runs.length;
  const measured = ["seconds", "valid", "test"].filter((name) => runs[0][name] !== undefined);
  const means = Object.fromEntries(measured.map((name) => [name, mean(name)]));
  console.log(JSON.stringify({ data: "jsb-chorales-quarter", seed: seeds.join(", "), ...means }));
}

async function trained(seed) {
  const out = mkdtempSync(join(tmpdir(), "chorales-"));
  const command = [
    "train",
    file,
    ...(values.test ? ["--test", file] : []),
    ...["--seed", String(seed), "--out", join(out, "model"), "--json"],
    ...positionals,
  ];
  const child = spawn(process.execPath, [main, ...command], { stdio: ["ignore", "pipe", "inherit"] });
  const found = { data: "jsb-chorales-quarter", seed };
  for await (const text of createInterface({ input: child.stdout })) {
    const event = JSON.parse(text);
    if (event.event === "validation") console.log(`step ${event.step}  valid ${event.valid.nats.toFixed(4)}`);
    if (event.event === "end") Object.assign(found, { steps: event.steps, seconds: Math.round(event.seconds) });
    if (event.event === "report") found[event.part === "test" ? "test" : "valid"] = event.nats;
  }
  rmSync(out, { recursive: true });
  console.log(JSON.stringify(found));
  return found;
}

// t-SNE and UMAP against Debian's scikit-learn and umap-learn on the same data in one run: seconds and trustworthiness.
// usage, after npm run build, on a machine that does nothing else (about four minutes, most of them scikit-learn's):
//   node bench/projection/run.mjs | node bench/record-line.mjs
// Options: --rows 20000 --dim 100 --methods umap,tsne --no-peers; PYTHON names another Python than /usr/bin/python3.
// One JSON line a result; the last ones, { name, ours, peer, ratio }, go into RESULTS.md. `cpu` is processor time over all
// threads: it stands where other work disturbs the clock.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { random } from "../../dist/base/index.js";
import { nearestNeighbors, trustworthiness, tsne, umap } from "../../dist/embeddings/index.js";
import { wordLikeVectors } from "./data.mjs";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "20000" },
    dim: { type: "string", default: "100" },
    methods: { type: "string", default: "umap,tsne" },
    "no-peers": { type: "boolean", default: false },
  },
});
const [rows, dim] = [Number(flags.rows), Number(flags.dim)];
const methods = flags.methods.split(",");
const high = wordLikeVectors({ rows, dim, seed: 1 });
const folder = mkdtempSync(join(tmpdir(), "projection-"));
const file = join(folder, "vectors.f32");
writeFileSync(file, high.data);
const say = (fields) => console.log(JSON.stringify(fields));
/** Of 2,000 rows, the same for every tool; their neighbors are sought among all rows. */
const trust = (points) => trustworthiness(high, { data: points, rows, dim: 2 }, { k: 15, sample: 2000, seed: 1 });

say({ bench: "projection", rows, dim, node: process.version });
{
  const start = performance.now();
  for await (const _ of nearestNeighbors(high, { k: 15 }));
  // The part of either method that an approximate index would replace.
  say({ part: "exact neighbors, 15 of each", tool: "unrolled", seconds: (performance.now() - start) / 1000 });
}
const points = {};
const times = {};
for (const method of methods) {
  const project = { tsne, umap }[method];
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  let last;
  for await (const report of project(high, { seed: 1 })) last = report;
  const used = process.cpuUsage(cpu);
  const seconds = (performance.now() - start) / 1000;
  points[`unrolled:${method}`] = last.points.slice();
  times[`unrolled:${method}`] = seconds;
  say({ method, tool: "unrolled", seconds, cpu: (used.user + used.system) / 1e6, kl: last.kl });
}

if (!flags["no-peers"] && methods.includes("umap")) await runUmapJs();
if (!flags["no-peers"]) await runPeers();
const trusted = {};
for (const [name, data] of Object.entries(points)) {
  const [tool, method] = name.split(":");
  trusted[name] = trust(data);
  say({ method, tool, trustworthiness: trusted[name] });
}
for (const method of methods) {
  const [mine, theirs] = [`unrolled:${method}`, `${{ tsne: "scikit-learn", umap: "umap-learn" }[method]}:${method}`];
  const [ours, peer] = [times[mine], times[theirs]];
  if (peer === undefined) continue;
  const trustworthy = { ours: trusted[mine], peer: trusted[theirs] };
  say({ name: method, unit: `s, ${rows} x ${dim}`, ours, peer, ratio: peer / ours, trustworthiness: trustworthy });
}
rmSync(folder, { recursive: true });

/** umap-js, where it is installed; above 5,000 rows it takes minutes. */
async function runUmapJs() {
  if (rows > 5000) return;
  const library = await import("umap-js").catch(() => undefined);
  if (!library) return say({ method: "umap", tool: "umap-js", skipped: "not installed" });
  const UMAP = library.UMAP ?? library.default.UMAP;
  const r = random(1);
  const list = Array.from({ length: rows }, (_, i) => Array.from(high.data.subarray(i * dim, (i + 1) * dim)));
  const start = performance.now();
  const result = new UMAP({ nNeighbors: 15, minDist: 0.1, random: () => r.uniform() }).fit(list);
  say({ method: "umap", tool: "umap-js", seconds: (performance.now() - start) / 1000 });
  points["umap-js:umap"] = Float32Array.from(result.flat());
}

async function runPeers() {
  const python = process.env.PYTHON ?? "/usr/bin/python3";
  if (spawnSync(python, ["-c", "import numpy"]).status !== 0) return say({ skipped: "python3 with numpy is not here" });
  const script = join(dirname(fileURLToPath(import.meta.url)), "peers.py");
  const child = spawn(python, [script, file, String(rows), String(dim), ...methods], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { file: result, ...fields } = JSON.parse(line);
    say(fields);
    if (!result) continue;
    times[`${fields.tool}:${fields.method}`] = fields.seconds;
    const bytes = readFileSync(result);
    points[`${fields.tool}:${fields.method}`] = new Float32Array(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    );
  }
}

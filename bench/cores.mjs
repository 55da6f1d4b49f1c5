// npm run bench -- cores: training tokens per second against the number of threads, beside PyTorch. It fits into a time limit,
// since a machine with many cores may be at hand for minutes only.

import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startChild } from "./child.mjs";
import { coreSizes, coreThreads } from "./cores-sizes.mjs";
import { timeSplit, timeStep } from "./ours.mjs";
import { recordRows } from "./record.mjs";

const usage = `usage: npm run bench -- cores [--limit SECONDS] [--only TEXT] [--threads N,N] [--explore | --parts] [--record]
  --limit    time for all measurements (240)
  --only     sizes whose name has this text, for example lstm-512
  --threads  numbers of threads (1,2,4,8,16, as far as there are cores)
  --explore  try mixtures of shards, workers and threads inside operations for each size
  --parts    how much of a step is not in the shards: sums, norm, update, copies and messages, with 2 and 8 shards
  --record   write the table into bench/RESULTS.md and the curve into bench/cores.svg
environment: PYTHON (has torch); without it only our side is measured`;

export async function cores(args) {
  const { values } = parseArgs({
    args,
    options: {
      limit: { type: "string", default: "240" },
      only: { type: "string", default: "" },
      threads: { type: "string", default: coreThreads.join() },
      explore: { type: "boolean" },
      parts: { type: "boolean" },
      record: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(usage);
  const available = availableParallelism();
  const threads = values.threads
    .split(",")
    .map(Number)
    .filter((n) => n <= available);
  const sizes = coreSizes.filter(({ name }) => name.includes(values.only));
  console.log(`${cpus()[0]?.model.trim()}, ${available} cores, Node ${process.versions.node}`);
  const end = performance.now() + 1000 * Number(values.limit);
  if (values.parts) await parts(sizes, threads.at(-1), end);
  else if (values.explore) await explore(sizes, threads, end);
  else await compare(sizes, threads, end, values.record);
}

const python = () => {
  const given = process.env.PYTHON;
  return given && /[\\/]/.test(given) ? resolve(process.env.INIT_CWD ?? process.cwd(), given) : given;
};

/** Seconds for one measurement so that `count` of them end in time. */
const share = (end, count) => Math.min(5, Math.max(0.3, (end - performance.now()) / 1000 / count - 0.4));

async function compare(sizes, threads, end, record) {
  if (!python()) console.log("PyTorch: not measured (give PYTHON=a Python that has torch)");
  const found = [];
  let left = sizes.length * threads.length * (python() ? 2 : 1);
  for (const { name, options } of sizes) {
    const peer = python() ? await startPeer(options) : undefined;
    const points = [];
    for (const n of threads) {
      const ours = await timeSplit(options, { threads: n }, share(end, left--));
      const theirs = peer && (await peer.time(n, share(end, left--)));
      points.push({ threads: n, ours, theirs });
      console.log(`${name.padEnd(20)} ${String(n).padStart(2)} threads  ${cell(points.at(-1))}`);
    }
    peer?.end();
    found.push({ name, points, against: peer?.name ?? "-" });
  }
  if (!record) return;
  const rows = found.map(({ name, points, against }) => [
    name,
    ...coreThreads.map((n) => cell(points.find((point) => point.threads === n))),
    against,
  ]);
  recordRows("## Cores", rows);
  writeFileSync(join(dirname(fileURLToPath(import.meta.url)), "cores.svg"), curve(found));
}

const whole = (n) => Math.round(n).toLocaleString("en-US");
function cell(point) {
  if (!point) return "-";
  const { ours, theirs } = point;
  return theirs ? `${whole(ours)} / ${whole(theirs)} (${(ours / theirs).toFixed(2)} x)` : whole(ours);
}

/** PyTorch in a process of its own, stopped between its turns. */
async function startPeer(options) {
  const child = await startChild(python(), "torch_lm.py", { ...options, threads: 1 });
  return {
    name: child.name,
    end: child.end,
    async time(threads, seconds) {
      const { ms } = await child.go(3, { threads });
      const steps = Math.max(3, Math.round((1000 * seconds) / (ms / 3)));
      const times = [];
      for (let done = 0; done < steps; done += 3) times.push((await child.go(3)).ms / 3);
      times.sort((a, b) => a - b);
      return (1000 * child.unitsPerStep) / times[times.length >> 1];
    },
  };
}

/** Every mixture of shards, workers and threads inside operations that uses about so many threads. */
function mixtures(threads, batch) {
  const out = [];
  for (let shards = 1; shards <= Math.min(16, batch / 2); shards *= 2)
    for (let workers = 1; workers <= Math.min(shards, threads); workers *= 2) {
      const inside = Math.floor(threads / workers);
      if (shards > 2 * workers) continue; // more shards on a worker than two: only slower
      out.push({ shards, workers, threads: workers * inside, spin: true });
      if (inside > 1) out.push({ shards, workers, threads: workers * inside, spin: false });
      if (inside > 2) out.push({ shards, workers, threads: workers * 2, spin: true });
    }
  return out;
}

async function parts(sizes, threads, end) {
  let left = 2 * sizes.length;
  for (const { name, options } of sizes)
    for (const shards of [2, 8]) {
      const { ms, outside } = await timeStep(options, { shards, threads }, share(end, left--));
      console.log(
        `${name.padEnd(20)} ${shards} shards, ${threads} threads: ${ms.toFixed(1)} ms a step, ` +
          `${outside.toFixed(2)} ms (${((100 * outside) / ms).toFixed(1)} %) not in the shards`,
      );
    }
}

async function explore(sizes, threads, end) {
  const plans = sizes.flatMap(({ name, options }) =>
    threads
      .filter((n) => n >= 2)
      .flatMap((n) => mixtures(n, options.batch).map((split) => ({ name, options, n, split }))),
  );
  let left = plans.length;
  const results = [];
  for (const { name, options, n, split } of plans) {
    if (performance.now() > end) break;
    let speed = Number.NaN;
    try {
      speed = await timeSplit(options, split, Math.min(1, share(end, left--)));
    } catch (error) {
      console.log(`${name}: ${error.message}`);
    }
    results.push({ name, n, split, speed });
    const { shards, workers, spin } = split;
    const inside = split.threads / workers;
    console.log(
      `${name.padEnd(20)} of ${String(n).padStart(2)}: shards ${String(shards).padStart(2)}, workers ${String(workers).padStart(2)} x ${inside} threads${spin ? "        " : " no spin"}  ${whole(speed).padStart(9)}`,
    );
  }
  console.log("\nbest of each:");
  for (const { name } of sizes)
    for (const n of threads) {
      const here = results.filter((result) => result.name === name && result.n === n).sort((a, b) => b.speed - a.speed);
      const text = here
        .slice(0, 4)
        .map(
          ({ split: { shards, workers, threads: all, spin }, speed }) =>
            `${shards}/${workers}x${all / workers}${spin ? "" : "n"} ${whole(speed)}`,
        );
      if (text.length) console.log(`${name.padEnd(20)} ${String(n).padStart(2)} threads: ${text.join(", ")}`);
    }
}

/** One small chart for each size: threads on a logarithmic axis, tokens per second from 0. */
function curve(found) {
  const [width, height, pad] = [260, 190, 40];
  const charts = found.map(({ name, points, against }, i) => {
    const top = 1.05 * Math.max(...points.flatMap(({ ours, theirs = 0 }) => [ours, theirs]));
    const x = (n) => pad + (Math.log2(n) / 4) * (width - pad - 15);
    const y = (v) => height - 25 - (v / top) * (height - 60);
    const line = (key, color) => {
      const known = points.filter((point) => point[key]);
      const path = known.map((point) => `${x(point.threads).toFixed(1)},${y(point[key]).toFixed(1)}`);
      const dots = path.map(
        (at) => `<circle cx="${at.split(",")[0]}" cy="${at.split(",")[1]}" r="3" fill="${color}"/>`,
      );
      return `<polyline points="${path.join(" ")}" fill="none" stroke="${color}" stroke-width="2"/>${dots.join("")}`;
    };
    const ticks = coreThreads
      .map((n) => `<text x="${x(n)}" y="${height - 8}" text-anchor="middle">${n}</text>`)
      .join("");
    const scale = [0.5, 1]
      .map((f) => (top / 1.05) * f)
      .map(
        (v) =>
          `<text x="${pad - 5}" y="${y(v) + 4}" text-anchor="end">${Math.round(v / 1000)}k</text><line x1="${pad}" x2="${width - 10}" y1="${y(v)}" y2="${y(v)}" stroke="#8884"/>`,
      )
      .join("");
    return `<g transform="translate(${(i % 4) * width},${Math.floor(i / 4) * height})"><text x="${pad}" y="18" font-weight="bold">${name}</text>${i === 0 ? `<text x="${width - 10}" y="18" text-anchor="end"><tspan fill="#2563eb">ours</tspan> <tspan fill="#d97706">${against}</tspan></text>` : ""}${scale}${ticks}${line("ours", "#2563eb")}${line("theirs", "#d97706")}</g>`;
  });
  const rows = Math.ceil(found.length / 4);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${4 * width} ${rows * height}" font-family="sans-serif" font-size="11" fill="#666">${charts.join("")}</svg>\n`;
}

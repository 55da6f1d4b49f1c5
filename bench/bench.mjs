// npm run bench -- NAME... [--json] [--list] [--rounds N] [--record]
//
// Runs the named measures (a name, or the beginning of several) one after the other. Each prints a row, or with --json
// one object a line: { name, ours, peer, ratio, unit, ... }, or { name, skipped: reason } where a peer is absent.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measures } from "./measures.mjs";
import { record } from "./record.mjs";
import { Skip } from "./skip.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const usage = `usage: npm run bench -- NAME... [--json] [--list] [--rounds N] [--threads N] [--record]
  NAME       a measure, or the beginning of several: train-lstm runs three; all runs everything
  cores      tokens/s against threads, a table and a curve: npm run bench -- cores --help
  --list     the measures, and what each needs
  --rounds   turns of each side after warm-up (5)
  --threads  at most so many threads on each side (2)
  --record   also write the rows into bench/RESULTS.md
environment: PYTHON (has torch), DATA (a text), CORPORA (a folder with ud-english-ewt), NANOGPT (a checkout), SECONDS (time for shakespeare without nanoGPT)`;

if (process.argv[2] === "cores") {
  const { cores } = await import("./cores.mjs");
  await cores(process.argv.slice(3));
  process.exit();
}
const { values, positionals } = readArguments();
if (values.list) {
  for (const { name, about } of measures) {
    console.log(values.json ? JSON.stringify({ name, about }) : `${name.padEnd(17)} ${about}`);
  }
} else if (!positionals.length || values.help) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 1;
} else {
  await main();
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: "boolean" },
        list: { type: "boolean" },
        help: { type: "boolean" },
        record: { type: "boolean" },
        rounds: { type: "string", default: "5" },
        threads: { type: "string", default: "2" },
      },
    });
  } catch (error) {
    console.error(`bench: ${error.message}\n${usage}`);
    process.exit(1);
  }
}

async function main() {
  const chosen = choose(positionals);
  const settings = {
    rounds: count("rounds"),
    threads: Math.min(count("threads"), availableParallelism()),
    // npm changed the folder to this one: paths are meant from where the user stands.
    python: commandPath(process.env.PYTHON),
    data: path(process.env.DATA),
    nanogpt: path(process.env.NANOGPT),
    seconds: process.env.SECONDS ? Number(process.env.SECONDS) : undefined,
  };
  install();
  if (!values.json) console.log(row("measure", "ours", "peer", "ratio", "unit", "against"));
  for (const { name, unit, must, aim, lessIsBetter, run } of chosen) {
    let result;
    try {
      result = { name, ...(await run(settings)), unit, must, aim, lessIsBetter };
    } catch (error) {
      if (!(error instanceof Skip)) process.exitCode = 1;
      result = { name, [error instanceof Skip ? "skipped" : "error"]: error.message };
    }
    if (values.record && !result.skipped && !result.error) record([result]); // at once: a run that is stopped keeps them
    console.log(values.json ? JSON.stringify(result) : render(result));
  }
}

function choose(names) {
  const chosen = new Set();
  for (const name of names) {
    const exact = measures.filter((measure) => measure.name === name || name === "all");
    const found = exact.length ? exact : measures.filter((measure) => measure.name.startsWith(name));
    if (!found.length) {
      console.error(`bench: unknown measure "${name}"\n  hint: npm run bench -- --list names them`);
      process.exit(1);
    }
    for (const measure of found) chosen.add(measure);
  }
  return [...chosen];
}

function count(option) {
  const value = Number(values[option]);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`bench: --${option}: expected a whole number above 0, got ${values[option]}`);
  process.exit(1);
}

function path(given) {
  return given ? resolve(process.env.INIT_CWD ?? process.cwd(), given) : undefined;
}

/** A command as it stands, or a path to one from where the user stands. */
function commandPath(given) {
  return given && /[\\/]/.test(given) ? path(given) : given || undefined;
}

/** The peers from npm are this package's own: the first run installs them. */
function install() {
  if (existsSync(join(here, "node_modules", "brain.js"))) return;
  console.error("bench: installing its own dependencies (npm ci in bench/)");
  const { status } = spawnSync("npm", ["ci"], {
    cwd: here,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) console.error("bench: npm ci failed; measures against peers from npm will be skipped");
}

function render({ name, ours, peer, ratio, unit, peerName, skipped, error, must, aim, lessIsBetter }) {
  if (skipped || error) return `${name.padEnd(17)} ${skipped ? "skipped" : "failed"}: ${skipped ?? error}`;
  const reached = ratio === undefined ? ours : unit === "nats/character" ? ours : ratio;
  const meets = (bar) => (lessIsBetter ? reached <= bar : reached >= bar);
  const mark =
    must === undefined || reached === undefined
      ? ""
      : meets(aim)
        ? "  (aim)"
        : meets(must)
          ? ""
          : `  (below the ${must} it must reach)`;
  return row(
    name,
    number(ours),
    number(peer),
    ratio === undefined ? "" : `${ratio.toFixed(2)} x`,
    unit,
    `${peerName}${mark}`,
  );
}

function row(name, ours, peer, ratio, unit, against) {
  return `${name.padEnd(17)} ${ours.padStart(9)} ${peer.padStart(9)} ${ratio.padStart(9)}  ${unit.padEnd(14)} ${against}`;
}

export function number(value) {
  if (value === undefined) return "-";
  return value >= 1000
    ? Math.round(value).toLocaleString("en-US")
    : value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 3);
}

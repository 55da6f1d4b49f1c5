// Keeps bench/RESULTS.md: one table, a row a measure, replaced by newer runs; each row says when and where it was taken.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { measures } from "./measures.mjs";

const file = join(dirname(fileURLToPath(import.meta.url)), "RESULTS.md");

/** Writes results of this run over the rows of the same names. */
export function record(results) {
  const rows = new Map(existsSync(file) ? readRows(readFileSync(file, "utf8")) : []);
  const machine = `${cpus()[0]?.model.trim() ?? "unknown"}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
  const date = new Date().toISOString().slice(0, 10);
  for (const result of results) {
    rows.set(result.name, [
      result.name,
      amount(result.ours),
      amount(result.peer),
      result.ratio === undefined ? "-" : `${result.ratio.toFixed(2)} x`,
      result.unit,
      bars(result),
      result.peerName ?? "-",
      date,
      machine,
    ]);
  }
  const order = measures.map(({ name }) => name);
  const missing = order.filter((name) => !rows.has(name));
  const sorted = [...rows.values()].sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]));
  writeFileSync(
    file,
    page(
      sorted.filter(([name]) => order.includes(name)),
      missing,
    ),
  );
}

const head = ["measure", "ours", "peer", "ratio", "unit", "must / aim", "against", "date", "machine"];

const page = (rows, missing) => `# Measured

Written by \`npm run bench -- NAME... --record\`; \`npm run bench -- --list\` says what each measure is. The two sides take
turns in one run and the numbers are medians; the ratio is ours over the peer's (for memory and loss, less is better).
Absolute numbers depend on the machine: compare ratios.

${[head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")}
${missing.length ? `\nNot measured yet: ${missing.join(", ")}.\n` : ""}`;

function readRows(text) {
  const lines = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---"));
  const rows = lines.slice(1).map((line) => line.slice(2, -2).split(" | "));
  return rows.map((cells) => [cells[0], cells]);
}

const bars = ({ must, aim }) => (must === undefined ? "-" : `${must} / ${aim}`);

function amount(value) {
  if (value === undefined) return "-";
  return value >= 1000 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(4)));
}

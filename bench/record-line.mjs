// node bench/SCRIPT.mjs ... | node bench/record-line.mjs [--quiet-machine]
//
// Passes its input on, and writes what the JSON lines of the task and vector benches found into bench/RESULTS.md.
// --quiet-machine says that nothing else ran, so that the seconds of the row mean something.
import { createInterface } from "node:readline";
import { bars, comparison, recordRows } from "./record.mjs";
import { dataRows, vectorRows } from "./results-rows.mjs";

const quiet = process.argv.includes("--quiet-machine");

for await (const text of createInterface({ input: process.stdin })) {
  console.log(text);
  const line = parse(text);
  if (!line || line.skipped || line.error) continue;
  const rows = dataRows.filter((row) => row.is(line)).map((row) => dataCells(row, line));
  if (rows.length) recordRows("## Results on data", rows);
  const vectors = vectorRows.find(({ name }) => name === line.name && line.ours !== undefined);
  if (vectors) recordRows("## Word vectors", [comparison({ ...vectors, ...line })]);
}

function parse(text) {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function dataCells(row, line) {
  const seconds = line.trainSeconds ?? line.seconds;
  return [
    row.name,
    row.measure,
    String(Number(row.found(line).toPrecision(4))),
    (row.must ?? row.aim) ? bars({ must: row.must ?? "report", aim: row.aim }) : "report",
    row.published,
    String(line.seed ?? "-"),
    seconds === undefined ? "-" : `${Math.round(seconds)}${quiet ? " (quiet)" : ""}`,
    `\`${row.command}\``,
  ];
}

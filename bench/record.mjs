// Keeps bench/RESULTS.md: tables with a row a measure, replaced by newer runs; each row says when and where it was taken.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { coreSizes, coreThreads } from "./cores-sizes.mjs";
import { measures } from "./measures.mjs";
import { dataRows, vectorRows } from "./results-rows.mjs";

const file = join(dirname(fileURLToPath(import.meta.url)), "RESULTS.md");

const sections = [
  {
    title: "# Measured",
    intro: `Written by \`npm run bench -- NAME... --record\`; \`npm run bench -- --list\` says what each measure is. The two sides take
turns in one run and the numbers are medians; the ratio is ours over the peer's (for memory and loss, less is better).
Absolute numbers depend on the machine: compare ratios.`,
    head: ["measure", "ours", "peer", "ratio", "unit", "must / aim", "against", "date", "machine"],
    order: measures.map(({ name }) => name),
  },
  {
    title: "## Cores",
    intro: `Training tokens per second against the number of threads, ours / PyTorch (ratio); \`npm run bench -- cores --record\`,
which also draws \`bench/cores.svg\`. Both sides take turns in one run; medians of steps.`,
    head: ["sizes", ...coreThreads.map((n) => `${n} threads`), "against", "date", "machine"],
    order: coreSizes.map(({ name }) => name),
  },
  {
    title: "## Results on data",
    intro: `Each is one training run by the command of its row; its last line, a JSON object, goes through
\`node bench/record-line.mjs\`. Settings were chosen on the validation part; the test part is read at the end. Times are
of training, on two cores, and other jobs of the machine may have slowed them down unless the row says quiet. ENWIKI-300D is the folder
of \`unrolled embed train enwiki.txt.gz --plain --dim 300 --learning-rate 0.025\`; ENWIKI-100D has 100 dimensions.`,
    head: ["data", "measure", "found", "must / aim", "published", "seed", "seconds", "command", "date", "machine"],
    order: dataRows.map(({ name }) => name),
  },
  {
    title: "## Word vectors",
    intro: `Against other programs on the same text with the same settings, but each program uses its own default learning rate
unless the row names one (rows before 2026-11-29: 0.025 for all); \`node bench/embeddings/run.mjs\` and
\`node bench/projection/run.mjs\` through \`node bench/record-line.mjs\`.`,
    head: ["measure", "ours", "peer", "ratio", "unit", "must / aim", "against", "date", "machine"],
    order: vectorRows.map(({ name }) => name),
  },
];

const day = () => new Date().toISOString().slice(0, 10);
const machine = () =>
  `${cpus()[0]?.model.trim() ?? "unknown"}, ${availableParallelism()} ${availableParallelism() === 1 ? "core" : "cores"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;

/** Writes results of this run of `npm run bench` over the rows of the same names. */
export function record(results) {
  recordRows("# Measured", results.map(comparison));
}

/** The cells of a comparison with a peer, without date and machine. */
export const comparison = (result) => [
  result.name,
  amount(result.ours),
  amount(result.peer),
  result.ratio === undefined ? "-" : `${result.ratio.toFixed(2)} x`,
  result.unit,
  bars(result),
  result.peerName ?? "-",
];

/** Writes rows into one table; the date and the machine are added. */
export function recordRows(title, rows) {
  const known = existsSync(file) ? readRows(readFileSync(file, "utf8")) : new Map();
  const table = known.get(title) ?? new Map();
  for (const cells of rows) table.set(cells[0], [...cells, day(), machine()]);
  known.set(title, table);
  const own = sections.map((section) => page(section, known.get(section.title) ?? new Map()));
  writeParts([...own, ...otherSections()]);
}

const headOfSection = ["measure", "ours", "peer", "ratio", "unit", "must / aim", "against", "date", "machine"];

/** Writes rows into a section that a script of its own keeps; rows of other names stay, and without `intro` its text. */
export function recordSection(title, intro, rows) {
  const text = readFileSync(file, "utf8");
  const table = readRows(text).get(title) ?? new Map();
  table.delete(headOfSection[0]);
  for (const cells of rows) table.set(cells[0], [...cells, day(), machine()]);
  const parts = partsOf(text);
  const at = parts.findIndex((part) => part.startsWith(`${title}\n`));
  const kept = parts[at]?.slice(title.length, parts[at].indexOf("\n|")).trim();
  const section = page({ title, intro: intro ?? kept, head: headOfSection, order: [...table.keys()] }, table);
  if (at < 0) parts.push(section);
  else parts[at] = section;
  writeParts(parts);
}

const writeParts = (parts) => writeFileSync(file, parts.map((part) => `${part.trimEnd()}\n`).join("\n"));

const partsOf = (text) => text.split(/^(?=#{1,2} )/m);

/** Sections that are kept elsewhere, as they are. */
function otherSections() {
  if (!existsSync(file)) return [];
  const titles = new Set(sections.map(({ title }) => title));
  return partsOf(readFileSync(file, "utf8")).filter((part) => !titles.has(part.split("\n")[0]));
}

function page({ title, intro, head, order }, rows) {
  const missing = order.filter((name) => !rows.has(name));
  const sorted = [...rows.values()]
    .filter(([name]) => order.includes(name))
    .sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]));
  return `${title}

${intro}

${[head, head.map(() => "---"), ...sorted].map((cells) => `| ${cells.join(" | ")} |`).join("\n")}
${missing.length ? `\nNot measured yet: ${missing.join(", ")}.\n` : ""}`;
}

/** Heading -> name -> cells. */
function readRows(text) {
  const tables = new Map();
  let title;
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) {
      title = line;
      tables.set(title, new Map());
    } else if (line.startsWith("| ") && !line.startsWith("| ---")) {
      const cells = line.slice(2, -2).split(" | ");
      tables.get(title).set(cells[0], cells);
    }
  }
  return tables;
}

export const bars = ({ must, aim }) => (must === undefined ? "-" : `${must} / ${aim ?? "-"}`);

export function amount(value) {
  if (value === undefined) return "-";
  return value >= 1000 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(4)));
}

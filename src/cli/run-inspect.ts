// Inspects models on rows of a file, or on a text, in the terminal, as SVG or as JSON.
import { basename } from "node:path";
import { fail } from "../base/index.ts";
import { heatMap, lineChart, terminalBars, terminalChart, terminalMap } from "../inspect/index.ts";
import { writeOutput } from "../node/index.ts";
import type { InspectFlags, InspectKind } from "./commands/inspect.ts";
import { type Host, writeJson } from "./host.ts";
import { byDistance, loadModel } from "./library.ts";
import { type Looked, look } from "./tasks/inspect-rows.ts";

interface Found {
  folder: string;
  rows: Looked[];
}

export async function runInspect(
  host: Host,
  kind: InspectKind,
  folder: string,
  file: string | undefined,
  flags: InspectFlags,
): Promise<void> {
  const { place, threads, row, rows = kind === "gradients" ? 10 : 1 } = flags;
  const found: Found[] = [];
  for (const one of [folder, ...(flags.beside ?? [])])
    found.push({ folder: one, rows: await look(host, await loadModel(one), file, { row, rows, place, threads }) });
  if (kind === "gradients") return gradients(host, found, flags);
  const [first] = found[0]!.rows;
  if (!first) return fail({ where: file ?? folder, expected: "a row to look at", received: "none", code: "data" });
  if (kind === "gates") return gates(host, folder, first, flags);
  return saliency(host, folder, first, flags);
}

async function gradients(host: Host, found: readonly Found[], flags: InspectFlags): Promise<void> {
  const all = found.map(({ folder, rows }) => ({ folder, rows: rows.length, layers: byDistance(rows) }));
  if (flags.json) for (const { folder, ...rest } of all) writeJson(host, { model: folder, ...rest });
  const lines = all.flatMap(({ folder, layers }) => {
    const shown = layers.filter(({ name }) => !name.endsWith(" c")); // the memory's own line would hide the others; --json has it
    const model = basename(folder);
    return shown.map(({ name, values }) => ({
      name: found.length === 1 ? name : shown.length === 1 ? model : `${model} ${name}`,
      y: values,
    }));
  });
  const title = "||d loss / d h<t>||, by distance from the output";
  const labels = { title, xLabel: "steps back", logY: true };
  await draw(host, flags, () => lineChart(lines, { ...labels, yLabel: "norm" }));
  if (flags.json) return;
  host.out(`${terminalChart(lines, { ...labels, width: Math.min(100, host.columns()) })}\n`);
  for (const { name, y } of lines) {
    const near = y.findIndex(Number.isFinite);
    const at = (distance: number) =>
      `${y[distance]!.toExponential(2)} ${distance === 0 ? "at the output" : `${distance} steps back`}`;
    host.out(`${name}: ${at(near)}, ${at(y.length - 1)}\n`);
  }
}

async function gates(host: Host, folder: string, row: Looked, flags: InspectFlags): Promise<void> {
  const { place, tokens, layers } = row;
  if (flags.json) writeJson(host, { model: folder, place, ...(tokens ? { tokens } : {}), layers });
  const named = layers.flatMap(({ layer, gates: each }) =>
    Object.entries(each).map(([gate, values]) => {
      const [least, most] = [Math.min(...values), Math.max(...values)];
      const range = `${least.toFixed(2)} to ${most.toFixed(2)}`;
      return { name: layers.length > 1 ? `${layer} ${gate}` : gate, values, range };
    }),
  );
  if (named.length === 0)
    return fail({ where: folder, expected: "a cell with gates", received: "one without", hint: "an RNN has none" });
  const values = named.map((one) => one.values);
  const labels = { rows: named.map(({ name }) => name), range: [0, 1] as const };
  // Where a source is read beside what is written, steps differ and have no common labels.
  const columns = layers.every(({ time }) => time === layers[0]!.time) ? tokens : undefined;
  const title = "gates, mean over the units: 0 closed, 1 open";
  await draw(host, flags, () => heatMap(values, { ...labels, columns, title }));
  if (flags.json) return;
  // A terminal has room for so many steps: the last ones.
  const room = Math.max(8, Math.floor((host.columns() - 20) / 2));
  const last = <T>(all: readonly T[]) => all.slice(-room);
  const map = { ...labels, ...(columns ? { columns: last(columns) } : {}) };
  host.out(`${title}\n${terminalMap(values.map(last), map)}\n`);
  for (const { name, range } of named) host.out(host.colors.dim(`${name}: ${range}\n`));
}

/** Most tokens that get a bar each. */
const fewTokens = 60;

async function saliency(host: Host, folder: string, row: Looked, flags: InspectFlags): Promise<void> {
  const { saliency: norms, place, placed, tokens, x } = row;
  if (!norms) return fail({ where: folder, expected: "a model that reads tokens or numbers", received: "another" });
  if (flags.json)
    writeJson(host, { model: folder, ...(placed ? { place } : {}), ...(tokens ? { tokens } : {}), saliency: norms });
  const title = `what ${placed ? `output ${place}` : "the output"} hangs on: ||d loss / d x<t>||`;
  const bars = tokens !== undefined && tokens.length === norms.length && tokens.length <= fewTokens;
  const line = { name: "saliency", y: norms, ...(x ? { x } : {}) };
  const xLabel = x ? "steps before the forecast" : "step";
  await draw(host, flags, () =>
    bars
      ? heatMap([norms], { columns: tokens, title, range: [0, Math.max(...norms)] })
      : lineChart([line], { title, xLabel }),
  );
  if (flags.json) return;
  const width = Math.min(100, host.columns());
  if (bars) host.out(`${title}\n${terminalBars(norms, { labels: tokens, width })}\n`);
  else host.out(`${terminalChart([line], { title, xLabel, width })}\n`);
}

async function draw(host: Host, { svg, json }: InspectFlags, picture: () => string): Promise<void> {
  if (svg === undefined) return;
  await writeOutput(svg, picture());
  if (!json) host.out(host.colors.dim(`picture in ${svg}\n`));
}

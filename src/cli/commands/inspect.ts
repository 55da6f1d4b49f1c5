// Inspects models on rows of a file, or on a text, in the terminal, as SVG or as JSON.
import { basename } from "node:path";
import type { Command } from "commander";
import { fail } from "../../base/index.ts";
import { byDistance, heatMap, lineChart, terminalBars, terminalChart, terminalMap } from "../../inspect/index.ts";
import { writeOutput } from "../../node/index.ts";
import { clean } from "../../terminal/index.ts";
import { jsonFlag, makeCommand, makeGroup, modelArgument, threadsFlag } from "../command.ts";
import { type Flags, int, several, text, type Values } from "../flags.ts";
import type { Host } from "../host.ts";
import { type Output, output } from "../output.ts";
import { openModel } from "../tasks/registry.ts";
import type { Looked } from "../tasks/task.ts";

const kinds = {
  gradients: "gradient norm ||d loss / d h<t>|| by distance from the output, to see whether it vanishes",
  gates: "how open each gate is at each step, averaged over its units",
  saliency: "how much an output depends on each input: ||d loss / d x<t>||",
} as const;
type InspectKind = keyof typeof kinds;

const flags = {
  place: int(
    "--place <n>",
    "which output to follow, where each step has one: from 0, or -1 for the last",
    {},
    { fallback: "-1" },
  ),
  svg: text("--svg <file>", "write the picture to this file"),
  ...threadsFlag,
  ...jsonFlag,
};
const gradientFlags = {
  beside: several("--beside <model...>", "other models to plot on the same data"),
  rows: int("--rows <n>", "rows to average over", { min: 1 }, { fallback: "10" }),
};
const rowFlag = {
  row: int("--row <n>", "row of the file, from 1; in a series counted from the end", { min: 1 }, { fallback: "1" }),
};
type InspectFlags = Values<typeof flags & typeof gradientFlags & typeof rowFlag>;

export function inspectCommand(host: Host): Command {
  const file = "a file of the kind that the model was trained on, or a text; omit it for a synthetic problem";
  const commands = (Object.entries(kinds) as [InspectKind, string][]).map(([kind, about]) => {
    const own: Flags = { ...flags, ...(kind === "gradients" ? gradientFlags : rowFlag) };
    return makeCommand(
      kind,
      { about, arguments: [modelArgument, ["[file]", file]], flags: own },
      (values, model, input) => runInspect(host, kind, model, input, values as InspectFlags),
    );
  });
  return makeGroup("inspect", commands);
}

interface Found {
  folder: string;
  rows: Looked[];
}

async function runInspect(
  host: Host,
  kind: InspectKind,
  folder: string,
  file: string | undefined,
  flags: InspectFlags,
): Promise<void> {
  const { place, threads, row = 1, rows = kind === "gradients" ? 10 : 1 } = flags;
  const found: Found[] = [];
  const show = output(host, flags.json);
  for (const one of [folder, ...(flags.beside ?? [])]) {
    const { model, task } = await openModel(one);
    if (file === undefined && task.name !== "toy")
      fail({ where: "inspect", expected: "a file or a text", received: "none" });
    const looked = await task.look!(model, file ?? "", { row, rows, place, threads }, { host, show, threads });
    if (looked.length === 0)
      fail({ where: file ?? one, expected: `a row ${row}`, received: "fewer rows", code: "data" });
    found.push({
      folder: one,
      rows: looked.map((each) => (each.tokens ? { ...each, tokens: each.tokens.map((token) => clean(token)) } : each)),
    });
  }
  if (kind === "gradients") return gradients(show, found, flags);
  const first = found[0]!.rows[0]!;
  if (kind === "gates") return gates(show, folder, first, flags);
  return saliency(show, folder, first, flags);
}

async function gradients(show: Output, found: readonly Found[], flags: InspectFlags): Promise<void> {
  const all = found.map(({ folder, rows }) => ({ folder, rows: rows.length, layers: byDistance(rows) }));
  for (const { folder, ...rest } of all) show.event("inspection", { kind: "gradients", model: folder, ...rest });
  const lines = all.flatMap(({ folder, layers }) => {
    const shown = layers.filter(({ name }) => !name.endsWith(" c")); // the cell state would hide the others; --json has it
    const model = clean(basename(folder));
    return shown.map(({ name, values }) => ({
      name: found.length === 1 ? name : shown.length === 1 ? model : `${model} ${name}`,
      y: values,
    }));
  });
  const title = "gradient norm ||d loss / d h<t>|| by distance from the output";
  const labels = { title, xLabel: "steps back", logY: true };
  await draw(show, flags, () => lineChart(lines, { ...labels, yLabel: "norm" }));
  if (show.json) return;
  const { host } = show;
  host.out(`${terminalChart(lines, { ...labels, width: Math.min(100, host.columns()) })}\n`);
  for (const { name, y } of lines) {
    const near = y.findIndex(Number.isFinite);
    const at = (distance: number) =>
      `${y[distance]!.toExponential(2)} ${distance === 0 ? "at the output" : `${distance} steps back`}`;
    host.out(`${name}: ${at(near)}, ${at(y.length - 1)}\n`);
  }
}

async function gates(show: Output, folder: string, row: Looked, flags: InspectFlags): Promise<void> {
  const { place, tokens, layers } = row;
  show.event("inspection", { kind: "gates", model: folder, place, ...(tokens ? { tokens } : {}), layers });
  const named = layers.flatMap(({ layer, gates: each }) =>
    Object.entries(each).map(([gate, values]) => {
      const [least, most] = [Math.min(...values), Math.max(...values)];
      const range = `${least.toFixed(2)} to ${most.toFixed(2)}`;
      return { name: layers.length > 1 ? `${layer} ${gate}` : gate, values, range };
    }),
  );
  if (named.length === 0)
    return fail({
      where: folder,
      expected: "a cell with gates",
      received: "a cell without gates",
      hint: "a plain RNN has none",
    });
  const values = named.map((one) => one.values);
  const labels = { rows: named.map(({ name }) => name), range: [0, 1] as const };
  // If a source is read besides the target, steps differ and have no common labels.
  const columns = layers.every(({ time }) => time === layers[0]!.time) ? tokens : undefined;
  const title = "gates, averaged over units: 0 closed, 1 open";
  await draw(show, flags, () => heatMap(values, { ...labels, columns, title }));
  if (show.json) return;
  const { host } = show;
  // A terminal has room for the last steps only.
  const room = Math.max(8, Math.floor((host.columns() - 20) / 2));
  const last = <T>(all: readonly T[]) => all.slice(-room);
  const map = { ...labels, ...(columns ? { columns: last(columns) } : {}) };
  host.out(`${title}\n${terminalMap(values.map(last), map)}\n`);
  for (const { name, range } of named) host.out(host.colors.dim(`${name}: ${range}\n`));
}

/** Most tokens that get a bar each. */
const fewTokens = 60;

async function saliency(show: Output, folder: string, row: Looked, flags: InspectFlags): Promise<void> {
  const { saliency: norms, place, placed, tokens, x } = row;
  if (!norms)
    return fail({
      where: folder,
      expected: "a model that reads tokens or numbers",
      received: "a model without a saliency",
    });
  const event = { model: folder, ...(placed ? { place } : {}), ...(tokens ? { tokens } : {}) };
  show.event("inspection", { kind: "saliency", ...event, saliency: norms });
  const title = `saliency of each input for ${placed ? `output ${place}` : "the output"}: ||d loss / d x<t>||`;
  const bars = tokens !== undefined && tokens.length === norms.length && tokens.length <= fewTokens;
  const line = { name: "saliency", y: norms, ...(x ? { x } : {}) };
  const xLabel = x ? "steps before the forecast" : "step";
  await draw(show, flags, () =>
    bars
      ? heatMap([norms], { columns: tokens, title, range: [0, Math.max(...norms)] })
      : lineChart([line], { title, xLabel }),
  );
  if (show.json) return;
  const { host } = show;
  const width = Math.min(100, host.columns());
  if (bars) host.out(`${title}\n${terminalBars(norms, { labels: tokens, width })}\n`);
  else host.out(`${terminalChart([line], { title, xLabel, width })}\n`);
}

async function draw(show: Output, { svg }: InspectFlags, picture: () => string): Promise<void> {
  if (svg === undefined) return;
  await writeOutput(svg, picture());
  show.line(show.host.colors.dim(`picture in ${clean(svg)}`));
}

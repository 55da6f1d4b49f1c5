// Inspects models on a file, in the terminal, as SVG or as JSON.
import { writeFile } from "node:fs/promises";
import { fail } from "../base/index.ts";
import { linesOf, readConll, readConllu, readLabelled, readTaggedJsonl, recognise } from "../data/index.ts";
import { byDistance, type InspectedRow, inspectGradients, loadModel } from "../index.ts";
import { heatMap, lineChart, terminalChart, terminalMap } from "../inspect/index.ts";
import { readText } from "../node/index.ts";
import type { InspectOptions, Model } from "../tasks/index.ts";
import type { InspectFlags, InspectKind } from "./commands/inspect.ts";
import { type Host, writeJson } from "./host.ts";

export async function runInspect(
  host: Host,
  kind: InspectKind,
  folder: string,
  file: string | undefined,
  flags: InspectFlags,
): Promise<void> {
  const folders = [folder, ...(flags.beside ?? [])];
  const rows = kind === "gradients" ? (flags.rows ?? 10) : 1;
  const options: InspectOptions = { rows, place: flags.place, threads: flags.threads };
  const found: { folder: string; rows: InspectedRow[] }[] = [];
  for (const one of folders) found.push({ folder: one, rows: await look(await loadModel(one), one, file, options) });
  if (kind === "gradients") return gradients(host, found, flags);
  const [row] = found[0]!.rows;
  if (!row) return fail({ where: file ?? folder, expected: "a row to look at", received: "none", code: "data" });
  if (kind === "gates") return gates(host, folder, row, flags);
  return saliency(host, folder, row, flags);
}

/** Reads the file as the model's task does, and follows the gradient. */
async function look(model: Model, folder: string, file: string | undefined, options: InspectOptions) {
  if (model.task === "toy") return inspectGradients(model, { from: 0, count: options.rows ?? 1 }, options);
  if (file === undefined)
    return fail({ where: "inspect", expected: "a file to read", received: "none", hint: "only toys make their own" });
  const text = await readText(file);
  switch (model.task) {
    case "languageModel": {
      const lines = model.tokenizer.special.eos !== undefined;
      return inspectGradients(model, lines ? [...linesOf(text)].filter((line) => line !== "") : text, options);
    }
    case "tagger": {
      const { format } = recognise(text, file);
      const read = format === "conllu" ? readConllu : format === "jsonl" ? readTaggedJsonl : readConll;
      return inspectGradients(model, read(text, { source: file }).sentences, options);
    }
    case "classifier":
    case "regressor": {
      const numeric = model.task === "regressor";
      return inspectGradients(
        model as Extract<Model, { task: "classifier" }>,
        readLabelled(text, { source: file, recognised: recognise(text, file), keepEmpty: false, numeric }),
        options,
      );
    }
    default:
      return fail({ where: folder, expected: "a model of texts, tags or a toy", received: `a ${model.task}` });
  }
}

async function gradients(
  host: Host,
  found: readonly { folder: string; rows: InspectedRow[] }[],
  flags: InspectFlags,
): Promise<void> {
  const lines = found.flatMap(({ folder, rows }) =>
    byDistance(rows)
      .filter(({ name }) => !name.endsWith(" c")) // the memory's own line would hide the others; --json has it
      .map(({ name, values }) => ({ name: found.length > 1 ? `${folder} ${name}` : name, y: values })),
  );
  const title = "||d loss / d h<t>||, by distance from the output";
  if (flags.svg !== undefined)
    await writeFile(flags.svg, lineChart(lines, { title, xLabel: "steps back", yLabel: "norm", logY: true }));
  if (flags.json) {
    for (const { folder, rows } of found)
      writeJson(host, { model: folder, rows: rows.length, layers: byDistance(rows) });
    return;
  }
  host.out(
    `${terminalChart(lines, { title, xLabel: "steps back", logY: true, width: Math.min(100, host.columns()) })}\n`,
  );
  for (const { name, y } of lines) {
    const [near, far] = [y[0]!, y.at(-1)!];
    host.out(`${name}: ${near.toExponential(2)} at the output, ${far.toExponential(2)} ${y.length - 1} steps back\n`);
  }
}

async function gates(host: Host, folder: string, row: InspectedRow, flags: InspectFlags): Promise<void> {
  if (flags.json) return writeJson(host, { model: folder, place: row.place, layers: row.layers });
  const named = row.layers.flatMap(({ layer, gates: each }) =>
    Object.entries(each).map(([gate, values]) => ({ name: `${layer} ${gate}`, values })),
  );
  if (named.length === 0)
    return fail({ where: folder, expected: "a cell with gates", received: "one without", hint: "an RNN has none" });
  const values = named.map((one) => one.values);
  const labels = { rows: named.map(({ name }) => name), range: [0, 1] as const };
  if (flags.svg !== undefined) await writeFile(flags.svg, heatMap(values, { ...labels, title: "gates" }));
  // A terminal has room for so many steps: the last ones.
  const room = Math.max(8, Math.floor((host.columns() - 20) / 2));
  host.out(
    `${terminalMap(
      values.map((one) => one.slice(-room)),
      labels,
    )}\n`,
  );
}

async function saliency(host: Host, folder: string, row: InspectedRow, flags: InspectFlags): Promise<void> {
  const { saliency: norms, place } = row;
  if (!norms)
    return fail({ where: folder, expected: "embedded inputs", received: "numbers", hint: "see inspect gradients" });
  if (flags.svg !== undefined)
    await writeFile(flags.svg, lineChart([{ name: "saliency", y: norms }], { title: `what output ${place} hangs on` }));
  if (flags.json) return writeJson(host, { model: folder, place, saliency: norms });
  host.out(
    `${terminalChart([{ name: `output ${place}`, y: norms }], { xLabel: "step", width: Math.min(100, host.columns()) })}\n`,
  );
}

// Inspects models on rows of a file, or on a text, in the terminal, as SVG or as JSON.
import { basename } from "node:path";
import type { Command } from "commander";
import { fail } from "../../base/index.ts";
import {
  byDistance,
  gateView,
  gradientView,
  type InspectedSequence,
  saliencyView,
  type View,
} from "../../inspect/index.ts";
import { writeOutput } from "../../node/index.ts";
import { clean } from "../../terminal/index.ts";
import { jsonFlag, makeCommand, makeGroup, modelArgument, threadsFlag } from "../command.ts";
import { type Flags, int, several, text, type Values } from "../flags.ts";
import type { Host } from "../host.ts";
import { type Output, output } from "../output.ts";
import { openModel } from "../tasks/registry.ts";

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
  rows: InspectedSequence[];
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
  const [first] = found[0]!.rows;
  const { place: at, placed, tokens, layers, saliency } = first!;
  const named = tokens ? { tokens } : {};
  const event = (data: object, model = folder) => show.event("inspection", { kind, model, ...data });
  if (kind === "gradients") {
    const view = gradientView(found.map(({ folder: one, rows: all }) => ({ name: clean(basename(one)), rows: all })));
    for (const { folder: one, rows: all } of found) event({ rows: all.length, layers: byDistance(all) }, one);
    await draw(show, flags, view);
  } else if (kind === "gates") {
    const view = gateView(first!, { where: folder });
    event({ place: at, ...named, layers });
    await draw(show, flags, view);
  } else {
    const view = saliencyView(first!, { where: folder });
    event({ ...(placed ? { place: at } : {}), ...named, saliency });
    await draw(show, flags, view);
  }
}

async function draw(show: Output, { svg }: InspectFlags, view: View): Promise<void> {
  const { columns, colors } = show.host;
  if (svg !== undefined) {
    await writeOutput(svg, view.svg());
    show.line(colors.dim(`picture in ${clean(svg)}`));
  }
  show.line(view.text(columns()));
  for (const note of view.notes) show.line(note);
}

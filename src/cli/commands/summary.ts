// unrolled summary: parameters with shapes and counts, the lecture's names beside ours, memory, work per token.
import { fail } from "../../base/index.ts";
import { load } from "../../index.ts";
import { lectureBlocks } from "../../inspect/index.ts";
import {
  costs,
  type Described,
  describeLanguageModel,
  describeParts,
  describeShape,
  frozenCount,
  parameterRows,
} from "../../inspect/summary.ts";
import { cellNames } from "../../nn/index.ts";
import { clean, formatBytes, formatCount, formatWhole } from "../../terminal/index.ts";
import { jsonFlag, makeCommand } from "../command.ts";
import { choice, int, toggle, type Values } from "../flags.ts";
import type { Host } from "../host.ts";
import { output } from "../output.ts";

const size = { min: 1, max: 1_000_000 };
const shapeFlags = {
  cell: choice("--cell <name>", "the recurrent cell", cellNames, { fallback: "lstm" }),
  hidden: int("--hidden <n>", "units per layer", size, { fallback: "100" }),
  vocab: int("--vocab <n>", "size of the vocabulary", size, { fallback: "10,000" }),
  embedding: int("--embedding <n>", "embedding size", size, { fallback: "none, x<t> is one-hot as in the lecture" }),
  layers: int("--layers <n>", "number of stacked layers", { min: 1, max: 64 }, { fallback: "1" }),
  tie: toggle("--tie", "share the embedding table with the output layer"),
};
const flags = {
  ...shapeFlags,
  batch: int("--batch <n>", "batch size, to estimate memory", size, { value: 32 }),
  bptt: int("--bptt <n>", "tokens per window, to estimate memory", size, { value: 64 }),
  ...jsonFlag,
};
type SummaryFlags = Values<typeof flags>;

export const summaryCommand = (host: Host) =>
  makeCommand(
    "summary",
    {
      usage: "[options] MODEL\n       unrolled summary --cell lstm --hidden 100 --vocab 10000",
      arguments: [["[model]", "folder of a trained model; or describe one with the options"]],
      flags,
    },
    (values, folder) => runSummary(host, folder, values),
  );

async function runSummary(host: Host, folder: string | undefined, flags: SummaryFlags): Promise<void> {
  const model = folder === undefined ? describeShape(flags) : await describeModel(folder, flags);
  const { title, cell, sizes, specs, widths } = model;
  const rows = parameterRows(model);
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  const cost = costs(model, flags, total);
  const frozen = frozenCount(specs);
  // A column where there is something to say.
  const some = rows.some(({ trained }) => trained !== "yes");
  const column = (text: string) => (some ? [text] : []);
  const blocks = cell ? lectureBlocks(cell, { ...sizes, H: widths[0] ?? sizes.H }) : [];
  const show = output(host, flags.json);
  show.event("summary", {
    title,
    parameters: rows,
    total,
    frozen,
    trainable: total - frozen,
    lecture: blocks,
    ...cost,
  });
  const { bold, dim } = host.colors;
  show.line(`${bold(clean(title))}\n`);
  show.table(
    [
      ...rows.map(({ name, shape, count: n, trained, lecture }) => [
        name,
        shape.join(" x "),
        formatWhole(n),
        ...column(trained),
        lecture,
      ]),
      ["total", "", formatWhole(total), ...column(""), ""],
      ...(frozen > 0
        ? [
            ["frozen", "", formatWhole(frozen), ...column(""), ""],
            ["trainable", "", formatWhole(total - frozen), ...column(""), ""],
          ]
        : []),
    ],
    {
      header: ["parameter", "shape", "count", ...column("trained"), "in the lecture"],
      align: ["left", "left", "right", ...(some ? (["left"] as const) : []), "left"],
    },
  );
  if (blocks.length > 0) {
    show.line(`\n${bold(`side by side${widths.length > 1 ? ", first layer" : ""}`)}`);
    for (const line of blocks) show.line(`  ${line}`);
  }
  show.line(`\n${bold("memory and compute")}`);
  show.table(
    [
      ["parameters", formatBytes(cost.parameterBytes), "4 bytes each"],
      ["training", formatBytes(cost.trainingBytes), "parameters, gradients and two moments of AdamW"],
      [
        "activations",
        formatBytes(cost.activationBytes),
        `kept for the gradient of ${flags.batch} x ${flags.bptt} tokens`,
      ],
      ["forward", `${formatCount(cost.flopsPerToken)} FLOP`, "per token; products only, a multiply-add counts as two"],
      ["training", `${formatCount(3 * cost.flopsPerToken)} FLOP`, "per token; backward costs twice forward"],
    ],
    { indent: 2, align: ["left", "right", "left"] },
  );
  if (!model.embedded)
    show.line(dim("  x<t> is one-hot: its product with W is a lookup of one column and costs nothing"));
}

async function describeModel(folder: string, flags: SummaryFlags): Promise<Described> {
  const given = Object.keys(shapeFlags).find((name) => flags[name as keyof typeof shapeFlags] !== undefined);
  if (given) fail({ where: `--${given}`, expected: "either a model, or options that describe one", received: folder });
  const model = await load(folder);
  return model.task === "language-model" ? describeLanguageModel(folder, model) : describeParts(folder, model);
}

// unrolled summary: parameters with shapes and counts, the lecture's names beside ours, memory, work per token.
import { fail } from "../../base/index.ts";
import { load } from "../../index.ts";
import { lectureBlocks, lectureName } from "../../inspect/index.ts";
import {
  builtInCell,
  type Cell,
  type CellConfig,
  cellNameOf,
  cellNames,
  collect,
  dense,
  embedding as embeddingLayer,
  encoderOf,
  type LayerConfig,
  type ParameterSpec,
  type TrainingLength,
} from "../../nn/index.ts";
import type { Model } from "../../tasks/index.ts";
import { clean, formatBytes, formatCount, formatWhole, plural, table } from "../../terminal/index.ts";
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

/** What a model is, as far as this command goes. */
interface Described {
  title: string;
  cell: Cell | undefined;
  /** H of the top layer, D (what the first layer reads), V. */
  sizes: { H: number; D: number; V: number };
  /** H of each layer. */
  widths: readonly number[];
  /** Whether x is an embedding; else it is one-hot, and its product a look-up. */
  embedded: boolean;
  specs: readonly ParameterSpec[];
}

async function runSummary(host: Host, folder: string | undefined, flags: SummaryFlags): Promise<void> {
  const model = folder === undefined ? describeFlags(flags) : await describeModel(folder, flags);
  const { title, cell, sizes, specs, widths } = model;
  const count = ({ shape }: { shape: readonly number[] }) => shape.reduce((a, b) => a * b, 1);
  const total = specs.reduce((sum, spec) => sum + count(spec), 0);
  const cost = costs(model, flags, total);
  // Upper layers read the layer below.
  const widthAt = (name: string) => {
    const layer = Number(/_l(\d+)/.exec(name)?.[1] ?? Number.NaN);
    return Number.isNaN(layer) ? sizes : { ...sizes, H: widths[layer] ?? sizes.H, D: widths[layer - 1] ?? sizes.D };
  };
  const rows = specs.map((spec) => ({
    name: spec.name,
    shape: [...spec.shape],
    count: count(spec),
    trained: spec.frozen ? "no" : spec.unfreezeAfter ? `from ${startOf(spec.unfreezeAfter)}` : "yes",
    lecture: cell ? lectureName(cell, spec.name, widthAt(spec.name)) : "",
  }));
  const frozen = frozenCount(specs);
  // A column where there is something to say.
  const some = rows.some(({ trained }) => trained !== "yes");
  const column = (text: string) => (some ? [text] : []);
  const blocks = cell ? lectureBlocks(cell, { ...sizes, H: widths[0] ?? sizes.H }) : [];
  const show = output(host, flags.json);
  if (flags.json) {
    return show.event("summary", {
      title,
      parameters: rows,
      total,
      frozen,
      trainable: total - frozen,
      lecture: blocks,
      ...cost,
    });
  }
  const { bold, dim } = host.colors;
  show.line(`${bold(clean(title))}\n`);
  host.out(
    table(
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
        colors: host.colors,
      },
    ),
  );
  if (blocks.length > 0) {
    host.out(
      `\n${bold(`side by side${widths.length > 1 ? ", first layer" : ""}`)}\n${blocks.map((line) => `  ${line}\n`).join("")}`,
    );
  }
  host.out(`\n${bold("memory and compute")}\n`);
  host.out(
    table(
      [
        ["parameters", formatBytes(cost.parameterBytes), "4 bytes each"],
        ["training", formatBytes(cost.trainingBytes), "parameters, gradients and two moments of AdamW"],
        [
          "activations",
          formatBytes(cost.activationBytes),
          `kept for the gradient of ${flags.batch} x ${flags.bptt} tokens`,
        ],
        [
          "forward",
          `${formatCount(cost.flopsPerToken)} FLOP`,
          "per token; products only, a multiply-add counts as two",
        ],
        ["training", `${formatCount(3 * cost.flopsPerToken)} FLOP`, "per token; backward costs twice forward"],
      ],
      { indent: 2, align: ["left", "right", "left"] },
    ),
  );
  if (!model.embedded)
    host.out(dim("  x<t> is one-hot: its product with W is a lookup of one column and costs nothing\n"));
}

function costs({ specs, sizes: { H, V }, widths }: Described, { batch, bptt }: SummaryFlags, total: number) {
  // Products per token: each recurrent weight once, the input weights unless x is looked up, the output.
  const products = specs.reduce((sum, { name, shape }) => {
    if (shape.length !== 2 || name.startsWith("embedding.")) return sum;
    const lookedUp = /weight_ih_l0$/.test(name) && !specs.some((spec) => spec.name.startsWith("embedding."));
    return lookedUp ? sum : sum + shape[0]! * shape[1]!;
  }, 0);
  const tied = specs.some(({ name }) => name === "output.weight") ? 0 : H * V;
  const gates = specs.filter(({ name }) => /weight_hh/.test(name)).reduce((sum, { shape }) => sum + shape[0]!, 0);
  return {
    parameterBytes: 4 * total,
    // A frozen parameter has no gradient and no moments.
    trainingBytes: 16 * total - 12 * frozenCount(specs),
    // Gates and states of each layer, and the distribution over the vocabulary.
    activationBytes: 4 * batch * bptt * (gates + 2 * widths.reduce((a, b) => a + b, 0) + V),
    flopsPerToken: 2 * (products + tied),
  };
}

const frozenCount = (specs: readonly ParameterSpec[]): number =>
  specs.reduce((sum, { frozen, shape }) => sum + (frozen ? shape.reduce((a, b) => a * b, 1) : 0), 0);

const startOf = (length: TrainingLength): string =>
  "steps" in length ? `step ${formatWhole(length.steps + 1)}` : `epoch ${length.epochs}`;

function describeFlags(flags: SummaryFlags): Described {
  const { cell = "lstm", hidden: H = 100, vocab: V = 10_000, embedding, layers = 1, tie = false } = flags;
  if (tie && embedding !== H)
    fail({ where: "--tie", expected: `--embedding ${H}, as --hidden`, received: `${embedding ?? "none"}` });
  const D = embedding ?? V;
  const parts = {
    ...(embedding === undefined ? {} : { embedding: embeddingLayer({ dim: embedding }).build(V) }),
    encoder: encoderOf(cell, { hiddenSize: H, numLayers: layers }).build(D),
    output: dense({ outputSize: V, tied: tie }).build(H),
  };
  const title = `${layers > 1 ? `${layers} x ` : ""}${cell} ${H}, ${formatWhole(V)} tokens`;
  return {
    title,
    cell: builtInCell(cell),
    sizes: { H, D, V },
    widths: new Array<number>(layers).fill(H),
    embedded: embedding !== undefined,
    specs: collect(parts),
  };
}

async function describeModel(folder: string, flags: SummaryFlags): Promise<Described> {
  const given = Object.keys(shapeFlags).find((name) => flags[name as keyof typeof shapeFlags] !== undefined);
  if (given) fail({ where: `--${given}`, expected: "either a model, or options that describe one", received: folder });
  const model = await load(folder);
  if (model.task !== "language-model") return describeOther(folder, model);
  const { config, specs, tokenizer } = model;
  const { name, cell, widths } = shapeOf(config.encoder);
  const H = widths.at(-1)!;
  const alike = widths.every((width) => width === H);
  const shape = alike
    ? `${widths.length > 1 ? `${widths.length} x ` : ""}${name ?? "encoder"} ${H}`
    : `${name} ${widths.join(" + ")}`;
  const sizes = { H, D: config.embeddingSize, V: tokenizer.vocabulary.size };
  const title = `${folder}: ${shape}, ${formatWhole(sizes.V)} ${tokenizer.kind === "char" ? "characters" : "words"}`;
  return { title, cell, sizes, widths, embedded: true, specs };
}

/** A model of another task: its parameters, under the names they have. */
function describeOther(folder: string, { task, specs, config }: Model): Described {
  const recurrent = specs.filter(({ name }) => /weight_hh/.test(name));
  const H = recurrent.at(-1)?.shape[1] ?? 0;
  const embedded = specs.find(({ name }) => name === "embedding.weight");
  const classes = "labels" in config ? `, ${plural(config.labels.length, "class", "classes")}` : "";
  const title = `${folder}: ${task}${embedded ? `, ${formatWhole(embedded.shape[0]!)} tokens` : ""}${classes}`;
  const outputs = specs.find(({ name }) => name === "output.weight")?.shape[0] ?? 0;
  const sizes = { H, D: embedded?.shape[1] ?? 0, V: outputs };
  const widths = recurrent.map(({ shape }) => shape[1]!);
  return { title, cell: undefined, sizes, widths, embedded: true, specs };
}

/** The cell of an encoder that is a recurrent layer or a stack of them, and their widths. */
function shapeOf(config: LayerConfig): {
  name: string | undefined;
  cell: Cell | undefined;
  widths: readonly number[];
} {
  const layers = config.type === "stacked" ? (config.layers as LayerConfig[]) : [config];
  const { cell } = layers.at(-1) as unknown as { cell?: CellConfig };
  const name = cell && cellNameOf(cell);
  return {
    name: name ?? cell?.name,
    cell: name && builtInCell(name),
    widths: layers.map(({ hiddenSize }) => (typeof hiddenSize === "number" ? hiddenSize : 0)),
  };
}

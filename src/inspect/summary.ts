// What there is to say about a model without running it: its layers in words, its parameters, memory and work per token.
import { fail } from "../base/index.ts";
import { formatWhole, plural } from "../base/words.ts";
import {
  builtInCell,
  type Cell,
  type CellConfig,
  type CellName,
  cellNameOf,
  collect,
  dense,
  embedding as embeddingLayer,
  encoderOf,
  type LayerConfig,
  type ParameterSpec,
  type TrainingLength,
} from "../nn/index.ts";
import { lectureName } from "./notation.ts";

/** `bidirectional lstm 128`; `sru 512 + 2 x residual sru 512` */
export function describeLayer(config: LayerConfig): string {
  const layer = config as LayerConfig & {
    layer?: LayerConfig;
    layers?: LayerConfig[];
    cell?: { name: string; cell?: { name: string } };
    hiddenSize?: number;
  };
  if (layer.type === "bidirectional") return `bidirectional ${describeLayer(layer.layer!)}`;
  if (layer.type === "residual") return `residual ${describeLayer(layer.layer!)}`;
  if (layer.type === "stacked") {
    const named = layer.layers!.filter(({ type }) => type !== "layerNorm"); // it goes with the layer beside it
    return runsOf(named.map(describeLayer)).join(" + ") || "layerNorm";
  }
  if (layer.type === "recurrent") {
    const { name, cell } = layer.cell!;
    return `${name === "weightDrop" ? cell!.name : name} ${layer.hiddenSize}`;
  }
  return String(layer.type);
}

/** Equal neighbors as one: `2 x lstm 128`. */
function runsOf(names: readonly string[]): string[] {
  const runs: { name: string; count: number }[] = [];
  for (const name of names) {
    const last = runs.at(-1);
    if (last?.name === name) last.count++;
    else runs.push({ name, count: 1 });
  }
  return runs.map(({ name, count }) => (count === 1 ? name : `${count} x ${name}`));
}

/** A model by its sizes and parameters. */
export interface Described {
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

/** Bytes and floating-point operations: of training with batches of `batch` x `bptt` tokens, and of a token. */
export function costs(
  { specs, sizes: { H, V }, widths }: Described,
  { batch, bptt }: { batch: number; bptt: number },
  total: number,
) {
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

export interface ParameterRow {
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
  /** "yes", "no", or from when on. */
  readonly trained: string;
  /** Its name in the lecture's notation; "" where it has none. */
  readonly lecture: string;
}

/** A model's parameters as a table. */
export function parameterRows({ cell, sizes, specs, widths }: Described): ParameterRow[] {
  // Upper layers read the layer below.
  const widthAt = (name: string) => {
    const layer = Number(/_l(\d+)/.exec(name)?.[1] ?? Number.NaN);
    return Number.isNaN(layer) ? sizes : { ...sizes, H: widths[layer] ?? sizes.H, D: widths[layer - 1] ?? sizes.D };
  };
  const startOf = (length: TrainingLength): string =>
    "steps" in length ? `step ${formatWhole(length.steps + 1)}` : `epoch ${length.epochs}`;
  return specs.map(({ name, shape, frozen, unfreezeAfter }) => ({
    name,
    shape: [...shape],
    count: shape.reduce((a, b) => a * b, 1),
    trained: frozen ? "no" : unfreezeAfter ? `from ${startOf(unfreezeAfter)}` : "yes",
    lecture: cell ? lectureName(cell, name, widthAt(name)) : "",
  }));
}

/** Parameters that training leaves alone. */
export const frozenCount = (specs: readonly ParameterSpec[]): number =>
  specs.reduce((sum, { frozen, shape }) => sum + (frozen ? shape.reduce((a, b) => a * b, 1) : 0), 0);

/** What decides the sizes of a language model that need not exist. */
export interface ShapeOptions {
  readonly cell?: CellName;
  readonly hidden?: number;
  readonly vocab?: number;
  readonly embedding?: number;
  readonly layers?: number;
  readonly tie?: boolean;
}

/** A language model of these sizes. */
export function describeShape(flags: ShapeOptions): Described {
  const { cell = "lstm", hidden: H = 100, vocab: V = 10_000, embedding, layers = 1, tie = false } = flags;
  if (tie && embedding !== H)
    fail({ where: "--tie", expected: `--embedding ${H}, as --hidden`, received: `${embedding ?? "none"}` });
  const D = embedding ?? V;
  const parts = {
    ...(embedding === undefined ? {} : { embedding: embeddingLayer({ embeddingSize: embedding }).build(V) }),
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

interface AnyModel {
  readonly task: string;
  readonly specs: readonly ParameterSpec[];
  readonly config: object;
}

/** A model of another task: its parameters, under the names they have. */
export function describeParts(folder: string, { task, specs, config }: AnyModel): Described {
  const recurrent = specs.filter(({ name }) => /weight_hh/.test(name));
  const H = recurrent.at(-1)?.shape[1] ?? 0;
  const embedded = specs.find(({ name }) => name === "embedding.weight");
  const classes =
    "labels" in config && Array.isArray(config.labels) ? `, ${plural(config.labels.length, "class", "classes")}` : "";
  const title = `${folder}: ${task}${embedded ? `, ${formatWhole(embedded.shape[0]!)} tokens` : ""}${classes}`;
  const outputs = specs.find(({ name }) => name === "output.weight")?.shape[0] ?? 0;
  const sizes = { H, D: embedded?.shape[1] ?? 0, V: outputs };
  const widths = recurrent.map(({ shape }) => shape[1]!);
  return { title, cell: undefined, sizes, widths, embedded: true, specs };
}

interface LanguageModelParts {
  readonly specs: readonly ParameterSpec[];
  readonly config: { readonly encoder: LayerConfig; readonly embeddingSize: number };
  readonly tokenizer: { readonly kind: string; readonly vocabulary: { readonly size: number } };
}

/** A language model, with the names that the lecture has for its parameters. */
export function describeLanguageModel(folder: string, { config, specs, tokenizer }: LanguageModelParts): Described {
  const { name, cell, widths } = encoderShape(config.encoder);
  const H = widths.at(-1) ?? 0;
  const alike = widths.every((width) => width === H);
  const shape = alike
    ? `${widths.length > 1 ? `${widths.length} x ` : ""}${name ?? "encoder"} ${H}`
    : `${name} ${widths.join(" + ")}`;
  const sizes = { H, D: config.embeddingSize, V: tokenizer.vocabulary.size };
  const title = `${folder}: ${shape}, ${formatWhole(sizes.V)} ${tokenizer.kind === "char" ? "characters" : "words"}`;
  return { title, cell, sizes, widths, embedded: true, specs };
}

/** The cell of an encoder's top recurrent layer, and the widths of all. */
function encoderShape(config: LayerConfig): {
  name: string | undefined;
  cell: Cell | undefined;
  widths: readonly number[];
} {
  const layers = recurrentLayers(config);
  const { cell } = (layers.at(-1) ?? config) as unknown as { cell?: CellConfig };
  const name = cell && cellNameOf(cell);
  return {
    name: name ?? cell?.name,
    cell: name && builtInCell(name),
    widths: layers.map(({ hiddenSize }) => (typeof hiddenSize === "number" ? hiddenSize : 0)),
  };
}

/** The recurrent layers of a stack, those in residual blocks too, the lowest first. */
function recurrentLayers(config: LayerConfig): LayerConfig[] {
  if (config.type === "stacked") return (config.layers as LayerConfig[]).flatMap(recurrentLayers);
  if (config.type === "residual") return recurrentLayers(config.layer as LayerConfig);
  return config.type === "recurrent" ? [config] : [];
}

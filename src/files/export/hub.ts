// A model as a folder for the Hugging Face Hub: model card, config.json, model.safetensors, tokenizer.json in their schema, and
// ONNX files. The folder is also a saved model: `load` reads it.
import type { Tokenizer } from "../../data/index.ts";
import { toHubTokenizer } from "../../interop/hub-tokenizer.ts";
import type { AnyTask, Model } from "../../tasks/tasks.ts";
import { taskOf } from "../../tasks/verbs.ts";
import { jsonBytes, type ModelFiles } from "../saved-files.ts";
import { modelFiles } from "../saved-model.ts";
import { labelsOf } from "./metadata.ts";
import { exportOnnx } from "./onnx.ts";

export interface HubOptions {
  /** The model's name, for its card. */
  name: string;
  /** An identifier of the Hub: `mit`, `apache-2.0`. None by default, and the Hub asks for one. */
  license?: string;
  /** What is known of the training. */
  record?: TrainingRecord;
  /** Whether `tokenizer.json` is written; true by default. */
  tokenizer?: boolean;
}

/** What is kept of a finished training: in `config.json`, under `record`. */
export interface TrainingRecord {
  readonly steps?: number;
  readonly seconds?: number;
  /** Mean loss on validation data of the checkpoint that was kept. */
  readonly best?: { readonly step: number; readonly nats: number };
  readonly seed?: number;
  readonly recipe?: Readonly<Record<string, unknown>>;
}

/**
 * The files of a Hub repository by path.
 *
 * @throws UnrolledError with code "data" where the tokenizer cannot be written in the Hub's schema; `tokenizer: false` leaves it out (`--skip-tokenizer`)
 *
 * @example
 * ```ts
 * for (const [path, bytes] of await hubFiles(model, { name: "reviews", license: "mit" })) console.log(path, bytes.length);
 * ```
 */
export async function hubFiles(model: Model, options: HubOptions): Promise<ModelFiles> {
  const saved = await modelFiles(model, { training: false });
  const { assets } = (taskOf(model) as unknown as AnyTask).pack(model);
  const config = JSON.parse(new TextDecoder().decode(saved.get("config.json"))) as object;
  const labels = labelsOf(model);
  const hub = {
    model_type: "unrolled",
    ...config,
    ...(labels
      ? {
          id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
          label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
        }
      : {}),
    ...(options.record ? { record: options.record } : {}),
    assets, // our tokenizer; the file of that name is theirs
  };
  const onnx: [string, Uint8Array][] = Object.entries(exportOnnx(model));
  const tokenizers = options.tokenizer === false ? [] : tokenizersOf(model);
  return new Map([
    ["README.md", new TextEncoder().encode(card(model, options))],
    ["config.json", jsonBytes(hub)],
    ["model.safetensors", saved.get("model.safetensors")!],
    ...tokenizers.map(([file, tokenizer]) => [file, jsonBytes(toHubTokenizer(tokenizer))] as const),
    ...onnx.map(([part, bytes]) => [`onnx/${part === "model" ? part : `${part}_model`}.onnx`, bytes] as const),
  ]);
}

/** The tokenizers of texts, by the file that each becomes. */
function tokenizersOf(model: Model): [string, Tokenizer][] {
  if (model.task === "generator")
    return model.content.type === "text" ? [["tokenizer.json", model.content.tokenizer]] : [];
  if (model.task === "translator") {
    const { source, target } = model.tokenizers;
    if (JSON.stringify(source.toJSON()) === JSON.stringify(target.toJSON())) return [["tokenizer.json", source]];
    return [
      ["source_tokenizer.json", source],
      ["target_tokenizer.json", target],
    ];
  }
  return "tokenizer" in model && model.tokenizer ? [["tokenizer.json", model.tokenizer]] : [];
}

const rounded = (x: number): number => Number(x.toPrecision(5));

/** The card: front matter that the Hub reads, then text. */
function card(model: Model, { name, license, record = {} }: HubOptions): string {
  const { title, pipeline } = taskOf(model) as unknown as AnyTask;
  const parameters = model.specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const { steps, seconds, best, seed, recipe = {} } = record;
  const front = [
    ...(license ? [`license: ${JSON.stringify(license)}`] : []),
    "library_name: unrolled",
    ...(pipeline ? [`pipeline_tag: ${pipeline}`] : []),
    "tags:",
    ...["unrolled", "recurrent-neural-network", "onnx"].map((tag) => `- ${tag}`),
    ...(best && pipeline
      ? [
          "model-index:",
          `- name: ${JSON.stringify(name)}`,
          "  results:",
          "  - task:",
          `      type: ${pipeline}`,
          "    dataset:",
          "      name: validation part of the training data",
          "      type: custom",
          "    metrics:",
          "    - type: loss",
          "      name: mean validation loss in nats",
          `      value: ${rounded(best.nats)}`,
        ]
      : []),
  ];
  const facts: [string, unknown][] = [
    ["Parameters", parameters.toLocaleString("en-US")],
    ...Object.entries(recipe).filter(([name, value]) => typeof value !== "object" && name !== "steps"),
    ["Training steps", steps],
    ["Training seconds", seconds === undefined ? undefined : Math.round(seconds)],
    ["Seed", seed],
    ["Validation loss (nats)", best && rounded(best.nats)],
    ["Step of the kept checkpoint", best?.step],
  ];
  const rows = facts.filter(([, value]) => value !== undefined).map(([label, value]) => `| ${label} | ${value} |`);
  return `---
${front.join("\n")}
---

# ${name}

A recurrent ${title}, trained with [Unrolled](https://www.npmjs.com/package/unrolled).

| | |
|---|---|
${rows.join("\n")}

## Use

In TypeScript, from a folder with these files:

\`\`\`ts
import { load } from "unrolled";

const model = await load(${JSON.stringify(name)}, { task: ${JSON.stringify(model.task)} });
\`\`\`

The files in \`onnx/\` run in any ONNX runtime. Their metadata holds the architecture, and the tokenizer or vocabulary; batch and
time are dynamic, and recurrent states are inputs and outputs.
`;
}

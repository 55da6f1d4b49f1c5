// unrolled import: weights that PyTorch or Keras trained, as a model folder that every command takes.
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { fail } from "../../base/index.ts";
import {
  importClassifier,
  importForecaster,
  importLanguageModel,
  importRegressor,
  importTagger,
} from "../../files/index.ts";
import { save } from "../../index.ts";
import { isKeras, type NetworkFile, readNetwork, readTokens } from "../../interop/index.ts";
import { poolings } from "../../nn/index.ts";
import { readBytes } from "../../node/index.ts";
import type { Model } from "../../tasks/index.ts";
import { formatWhole } from "../../terminal/index.ts";
import { jsonFlag, makeCommand } from "../command.ts";
import { choice, flagName, int, list, text, toggle, type Values } from "../flags.ts";
import { command, type Host } from "../host.ts";
import { modelFolder } from "../model-folder.ts";
import { output } from "../output.ts";

const importers = {
  "language-model": importLanguageModel,
  classifier: importClassifier,
  regressor: importRegressor,
  tagger: importTagger,
  forecaster: importForecaster,
};
type ImportTask = keyof typeof importers;
const tasks = Object.keys(importers) as ImportTask[];

const flags = {
  as: choice("--as <task>", "what the network does", tasks, { required: true }),
  vocab: text(
    "--vocab <file>",
    "tokens by id: JSON, one per line, or fastai's itos.pkl (default: those in the file, if any)",
  ),
  labels: list(
    "--labels <names>",
    "of a classifier: its labels by id, with commas between, or a file as --vocab takes",
  ),
  tags: list("--tags <names>", "of a tagger: its tags by id, with commas between, or a file as --vocab takes"),
  pooling: choice("--pooling <kind>", "how the outputs of all steps became one (PyTorch)", poolings, {
    fallback: "last",
  }),
  scale: list("--scale <mean,deviation>", "of a regressor: the scale of its targets (default: 0,1)"),
  series: list("--series <names>", "of a forecaster: its series, in the order of the numbers of a step"),
  target: text("--target <name>", "of a forecaster: the series that it forecasts", { fallback: "the first" }),
  window: int("--window <steps>", "of a forecaster: the steps that it reads (default: those in the file, if any)", {
    min: 1,
  }),
  means: list("--means <numbers>", "of a forecaster: means that were subtracted, one for each series (default: 0)"),
  deviations: list(
    "--deviations <numbers>",
    "of a forecaster: standard deviations that the values were divided by, one for each series (default: 1)",
  ),
  activation: choice(
    "--activation <name>",
    "activation of nn.RNN; a PyTorch file does not record it",
    ["tanh", "relu"],
    {
      fallback: "tanh",
    },
  ),
  out: text("--out <folder>", "folder of the new model (default: models/ and the file's name)"),
  overwrite: toggle("--overwrite", "replace a model in that folder"),
  ...jsonFlag,
};
type ImportFlags = Values<typeof flags>;

export const importCommand = (host: Host) =>
  makeCommand(
    "import",
    { arguments: [["<file>", "PyTorch's .pt or .pth, .safetensors, or .keras or .h5 of Keras"]], flags },
    (values, file) => runImport(host, file, values),
  );

async function runImport(host: Host, file: string, given: ImportFlags): Promise<void> {
  const { as: task } = given;
  refuseFlags(task, given);
  const out = modelFolder(file, given);
  const network = networkIn(file, await readBytes(file), given);
  const { modules } = network;
  const model = await modelOf(file, network, given);
  await save(model, out);
  const parameters = model.specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const tokens = modules.embedding?.shape[0];
  const show = output(host, given.json);
  show.event("import", { task, out, kind: modules.kind, parameters, tokens: tokens ?? 0 });
  show.fact("found", `${basename(file)}: ${modules.kind}`);
  show.fact("model", `${formatWhole(parameters)} parameters${tokens ? `, ${formatWhole(tokens)} tokens` : ""}`);
  show.fact("saved", out);
}

/** The network in the file, and its tokens where it has them. */
function networkIn(file: string, bytes: Uint8Array, { as: task, activation, pooling }: ImportFlags): NetworkFile {
  if (isKeras(file))
    for (const [name, value] of Object.entries({ pooling, activation }))
      if (value !== undefined)
        fail({
          where: flagName(name),
          expected: "a file of PyTorch",
          received: file,
          hint: "leave the option out: a Keras file records it",
        });
  return readNetwork(file, bytes, { numbers: task === "forecaster", activation });
}

async function modelOf(file: string, { modules, tokens: own }: NetworkFile, given: ImportFlags): Promise<Model> {
  const { as: task, vocab, scale, window: length, means, deviations, pooling, series, target } = given;
  const tokens = vocab === undefined ? own : readTokens(await readBytes(vocab), { where: vocab });
  if (!tokens && task !== "forecaster")
    fail({
      where: file,
      expected: "--vocab with the tokens by id",
      received: "weights alone",
      hint: command("import", file, "--as", task, "--vocab", "vocab.json"),
    });
  const [mean = 0, deviation = 1] = numbersIn("--scale", scale) ?? [];
  const options = {
    ...{ where: file, tokens, pooling, series, target, length, scale: { mean, deviation } },
    labels: await names(given.labels),
    tags: await names(given.tags),
    means: numbersIn("--means", means),
    deviations: numbersIn("--deviations", deviations),
  };
  return importers[task](modules, options as never);
}

/** Names from the command line, or those in a file. */
async function names(given: readonly string[] = []): Promise<readonly string[]> {
  const [file] = given;
  if (given.length !== 1 || !existsSync(file!)) return given;
  return readTokens(await readBytes(file!), { where: file! });
}

const numbersIn = (flag: string, given: readonly string[] | undefined): number[] | undefined =>
  given?.map((one) => {
    const value = one === "" ? Number.NaN : Number(one);
    return Number.isFinite(value)
      ? value
      : fail({ where: flag, expected: "numbers with commas between", received: given.join(",") });
  });

/** Flags that one task takes, and those that it needs. */
const takenBy: Readonly<Record<string, readonly ImportTask[]>> = {
  vocab: ["language-model", "classifier", "regressor", "tagger"],
  labels: ["classifier"],
  tags: ["tagger"],
  pooling: ["classifier", "regressor", "forecaster"],
  scale: ["regressor"],
  series: ["forecaster"],
  target: ["forecaster"],
  window: ["forecaster"],
  means: ["forecaster"],
  deviations: ["forecaster"],
};
const needed = {
  classifier: ["labels", "a name for each output"],
  tagger: ["tags", "a name for each output"],
  forecaster: ["series", "a name for each number of a step"],
} as const;

function refuseFlags(task: ImportTask, given: ImportFlags): void {
  for (const [name, by] of Object.entries(takenBy))
    if (given[name as keyof ImportFlags] !== undefined && !by.includes(task))
      fail({ where: flagName(name), expected: `--as ${by.join(" or ")}`, received: `--as ${task}` });
  if (!(task in needed)) return;
  const [name, about] = needed[task as keyof typeof needed];
  if (given[name] === undefined)
    fail({ where: `--as ${task}`, expected: `${flagName(name)} with ${about}`, received: "none" });
}

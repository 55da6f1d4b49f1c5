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
import { type RecurrentModules, readKeras, readTokens, readWeights, recurrentModules } from "../../interop/index.ts";
import { poolings } from "../../nn/index.ts";
import { readBytes } from "../../node/index.ts";
import type { Model } from "../../tasks/index.ts";
import { formatWhole } from "../../terminal/index.ts";
import { jsonFlag, makeCommand } from "../command.ts";
import { choice, flagName, int, list, text, toggle, type Values } from "../flags.ts";
import { command, type Host } from "../host.ts";
import { modelFolder } from "../model-folder.ts";
import { output } from "../output.ts";

const tasks = ["language-model", "classifier", "regressor", "tagger", "forecaster"] as const;
type ImportTask = (typeof tasks)[number];

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
  deviations: list("--deviations <numbers>", "of a forecaster: deviations that were divided by (default: 1)"),
  activation: choice("--activation <name>", "of nn.RNN, which the file does not record", ["tanh", "relu"], {
    fallback: "tanh",
  }),
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
  const where = file;
  refuseFlags(task, given);
  const out = modelFolder(file, given);
  const { modules, tokens: own } = modulesIn(await readBytes(file), where, given);
  const model = await modelOf(file, modules, own, given);
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
function modulesIn(
  bytes: Uint8Array,
  where: string,
  { as: task, activation, pooling }: ImportFlags,
): { modules: RecurrentModules; tokens?: readonly string[] } {
  if (/\.(keras|h5|hdf5)$/i.test(where)) {
    for (const [name, value] of Object.entries({ pooling, activation }))
      if (value !== undefined)
        fail({
          where: flagName(name),
          expected: "a file of PyTorch",
          received: where,
          hint: "a Keras file records it",
        });
    return { modules: readKeras(bytes, { where }) };
  }
  const { state, values, tokens } = readWeights(bytes, { where });
  if (values.get("is_forward_lm") === false)
    fail({
      where,
      expected: "a language model that reads forward",
      received: "one that reads from the end (is_forward_lm: false)",
      hint: "import the forward model of the pair",
      code: "data",
    });
  const options = { where, numbers: task === "forecaster", ...(activation ? { activation } : {}) };
  return { modules: recurrentModules(state, options), ...(tokens ? { tokens } : {}) };
}

async function modelOf(
  file: string,
  modules: RecurrentModules,
  own: readonly string[] | undefined,
  given: ImportFlags,
): Promise<Model> {
  const { as: task, vocab, pooling, scale, series, target, window, means, deviations } = given;
  const where = file;
  const pooled = pooling ? { pooling } : {};
  if (task === "forecaster") {
    const options = {
      series: series!,
      ...(target === undefined ? {} : { target }),
      ...(window === undefined ? {} : { length: window }),
      ...(means ? { means: realNumbers("--means", means) } : {}),
      ...(deviations ? { deviations: realNumbers("--deviations", deviations) } : {}),
    };
    return importForecaster(modules, { where, ...pooled, ...options });
  }
  const tokens = vocab === undefined ? own : readTokens(await readBytes(vocab), { where: vocab });
  if (!tokens)
    return fail({
      where,
      expected: "--vocab with the tokens by id",
      received: "weights alone",
      hint: command("import", file, "--as", task, "--vocab", "vocab.json"),
    });
  const options = { where, tokens };
  if (task === "language-model") return importLanguageModel(modules, options);
  if (task === "tagger") return importTagger(modules, { ...options, tags: await names(given.tags!) });
  if (task === "classifier")
    return importClassifier(modules, { ...options, ...pooled, labels: await names(given.labels!) });
  const [mean = 0, deviation = 1] = realNumbers("--scale", scale ?? []);
  return importRegressor(modules, { ...options, ...pooled, scale: { mean, deviation } });
}

/** Names from the command line, or those in a file. */
async function names(given: readonly string[]): Promise<readonly string[]> {
  const [file] = given;
  if (given.length !== 1 || !existsSync(file!)) return given;
  return readTokens(await readBytes(file!), { where: file! });
}

const realNumbers = (flag: string, given: readonly string[]): number[] =>
  given.map((one) => {
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

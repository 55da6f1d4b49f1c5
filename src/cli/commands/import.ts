// unrolled import: weights that PyTorch trained, as a model folder that every command takes.
import { basename } from "node:path";
import { fail } from "../../base/index.ts";
import { importClassifier, importLanguageModel } from "../../files/index.ts";
import { save } from "../../index.ts";
import { readTokens, readWeights, recurrentModules } from "../../interop/index.ts";
import { poolings } from "../../nn/index.ts";
import { readBytes } from "../../node/index.ts";
import { formatWhole } from "../../terminal/index.ts";
import { jsonFlag, makeCommand } from "../command.ts";
import { choice, list, text, toggle, type Values } from "../flags.ts";
import { command, type Host } from "../host.ts";
import { modelFolder } from "../model-folder.ts";
import { output } from "../output.ts";

const tasks = ["language-model", "classifier"] as const;
const flags = {
  as: choice("--as <task>", "what the network does", tasks, { required: true }),
  vocab: text(
    "--vocab <file>",
    "tokens by id: JSON, one per line, or fastai's itos.pkl (default: those in the file, if any)",
  ),
  labels: list("--labels <names>", "of a classifier: its labels by id, with commas between"),
  pooling: choice("--pooling <kind>", "of a classifier: how the outputs of all steps become one", poolings, {
    fallback: "last",
  }),
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
    { arguments: [["<file>", "weights: .pt or .pth of torch.save, or .safetensors"]], flags },
    (values, file) => runImport(host, file, values),
  );

async function runImport(host: Host, file: string, given: ImportFlags): Promise<void> {
  const { as: task, activation, pooling, labels } = given;
  const where = file;
  refuse(task, given);
  const out = modelFolder(file, given);
  if (/\.(keras|h5|hdf5)$/i.test(file))
    fail({
      where,
      expected: "a file of torch.save or safetensors",
      received: "a Keras file",
      hint: "in Python, save the weights as safetensors under PyTorch's names (docs/import.md)",
      code: "file",
    });
  const { state, values, tokens: own } = readWeights(await readBytes(file), { where });
  if (values.get("is_forward_lm") === false)
    fail({
      where,
      expected: "a language model that reads forward",
      received: "one that reads from the end (is_forward_lm: false)",
      hint: "import the forward model of the pair",
      code: "data",
    });
  const tokens = given.vocab === undefined ? own : readTokens(await readBytes(given.vocab), { where: given.vocab });
  if (!tokens)
    return fail({
      where,
      expected: "--vocab with the tokens by id",
      received: "weights alone",
      hint: command("import", file, "--as", task, "--vocab", "vocab.json"),
    });
  const options = { tokens, where, ...(activation ? { activation } : {}) };
  const model =
    task === "classifier"
      ? importClassifier(state, { ...options, labels: labels!, ...(pooling ? { pooling } : {}) })
      : importLanguageModel(state, options);
  await save(model, out);
  const { kind } = recurrentModules(state, { where });
  const parameters = model.specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const show = output(host, given.json);
  show.event("import", { task, out, kind, parameters, tokens: tokens.length });
  show.fact("found", `${basename(file)}: ${kind}`);
  show.fact("model", `${formatWhole(parameters)} parameters, ${formatWhole(tokens.length)} tokens`);
  show.fact("saved", out);
}

/** Flags of the other task, and those that a task needs. */
function refuse(task: (typeof tasks)[number], { labels, pooling }: ImportFlags): void {
  if (task === "classifier" && !labels)
    fail({ where: "--as classifier", expected: "--labels with a name for each output", received: "none" });
  for (const [name, value] of Object.entries({ labels, pooling }))
    if (task !== "classifier" && value !== undefined)
      fail({ where: `--${name}`, expected: "--as classifier", received: `--as ${task}` });
}

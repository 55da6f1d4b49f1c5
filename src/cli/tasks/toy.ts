// Toys on the command line: `unrolled train --toy adding:600`.
import { fail } from "../../base/index.ts";
import { evaluate, type ToyModel, toyModel } from "../../index.ts";
import type { Model } from "../../tasks/index.ts";
import { encoderOf } from "../cells.ts";
import type { TrainFlags } from "../commands/train.ts";
import { type Host, writeJson } from "../host.ts";
import { quoted } from "../run-train.ts";
import { formatWhole } from "../terminal/index.ts";
import type { EvaluateFlags, TaskCommands } from "./registry.ts";
import { folderFor, type RunRecipe, runTraining, tell } from "./run.ts";

/** Samples are numbered: the first thousand test, the next two hundred validate, the rest train. */
const test = { from: 0, count: 1000 };
const valid = { from: 1000, count: 200 };
const training = { from: 10_000, count: 1_000_000 };

/** Trains a network on the toy that `--toy` names. */
export async function trainToy(host: Host, spec: string, files: readonly string[], flags: TrainFlags): Promise<void> {
  if (files.length > 0) fail({ where: "train", expected: "--toy or files", received: "both" });
  const { seed = 1337, cell = "gru", hidden: hiddenSize = 128, layers: numLayers = 1, minutes } = flags;
  const encoder = encoderOf(cell, { hiddenSize, numLayers, dropout: flags.dropout ?? 0 });
  const model = toyModel({ toy: spec, encoder, embeddingSize: flags.embedding ?? 32, seed });
  const recipe: RunRecipe = {
    task: "toy",
    files: [spec],
    batch: flags.batch ?? 32,
    lr: flags.lr ?? 0.002,
    seed,
    ...(minutes === undefined ? { steps: flags.steps ?? 2000 } : { minutes }),
  };
  await go(host, model, { recipe, out: folderFor([spec.replace(":", "-")], flags), flags, resume: false });
}

async function resumeToy(host: Host, folder: string, model: Model, flags: TrainFlags): Promise<void> {
  const recipe = model.training?.recipe as RunRecipe | undefined;
  if (!recipe || model.task !== "toy")
    return fail({ where: folder, expected: "a run that was stopped", received: "a model only", code: "file" });
  await go(host, model, { recipe, out: folder, flags, resume: true });
}

async function go(
  host: Host,
  model: ToyModel,
  { recipe, out, flags, resume }: { recipe: RunRecipe; out: string; flags: TrainFlags; resume: boolean },
): Promise<void> {
  const parameters = model.layout.count;
  if (flags.json) writeJson(host, { event: "start", ...recipe, out, resumed: resume, parameters });
  else {
    tell(host, "toy", `${model.toy.spec}: ${model.toy.task}`);
    tell(host, "model", `${formatWhole(parameters)} parameters`);
    tell(host, "keep", `${out}\n`);
  }
  const [first] = model.evaluationBatches({ from: 0, count: 100 }, {}).batches();
  const tokensPerEpoch = (first!.tokens / 100) * training.count;
  const run = { recipe, out, flags, resume, tokensPerEpoch, rows: training.count, unit: "steps" };
  if (!(await runTraining(host, { ...run, model, data: training, valid }))) return;
  await evaluateToy(host, model, flags);
  if (!flags.json) host.out(`${out} holds the model. Next:\n  npx unrolled inspect gradients ${quoted(out)}\n`);
}

/** The loss over a thousand samples that were never trained on, beside that without memory. */
async function evaluateToy(host: Host, model: Model, flags: EvaluateFlags): Promise<void> {
  if (model.task !== "toy") return;
  const { nats, means } = await evaluate(model, test, { threads: flags.threads });
  const baseline = "baseline" in model.toy ? model.toy.baseline : undefined;
  const accuracy = means.scored ? means.right! / means.scored : undefined;
  if (flags.json)
    return writeJson(host, {
      event: "test",
      toy: model.toy.spec,
      samples: test.count,
      loss: nats,
      ...(baseline === undefined ? {} : { baseline }),
      ...(accuracy === undefined ? {} : { accuracy }),
    });
  const what = model.toy.kind === "regression" ? "mean squared error" : "loss";
  const facts = [
    host.colors.bold(`test: ${what} ${nats.toPrecision(4)}`),
    ...(baseline === undefined ? [] : [`without memory ${baseline.toPrecision(4)}`]),
    ...(accuracy === undefined ? [] : [`${(100 * accuracy).toFixed(2)} % of what can be known is right`]),
    `${formatWhole(test.count)} samples`,
  ];
  host.out(`${facts.join(", ")}\n`);
}

export const toyCommands: TaskCommands = {
  resume: resumeToy,
  evaluate: (host, model, _, flags) => evaluateToy(host, model, flags),
};

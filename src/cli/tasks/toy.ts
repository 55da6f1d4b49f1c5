// Toys on the command line: `unrolled train --toy adding:600`.
import { fail } from "../../base/index.ts";
import type { Model } from "../../tasks/index.ts";
import { encoderOf } from "../cells.ts";
import type { TrainFlags } from "../commands/train.ts";
import { type Host, writeJson } from "../host.ts";
import { type ToyAnswer, type ToyModel, toyAnswers, toyModel, toyReport, toySentences } from "../library.ts";
import { quoted } from "../run-train.ts";
import { formatWhole, table } from "../terminal/index.ts";
import type { EvaluateFlags, PredictFlags, TaskCommands } from "./registry.ts";
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
  await evaluateToy(host, model, { threads: flags.threads, json: flags.json });
  if (flags.json) return;
  const also = model.toy.kind === "language" ? [`sample ${quoted(out)}`] : [];
  const longer = larger(model.toy.spec);
  host.out(`${out} holds the model. Next:\n`);
  for (const next of [
    `predict ${quoted(out)}`,
    ...also,
    `evaluate ${quoted(out)} --toy ${longer}`,
    `inspect gradients ${quoted(out)}`,
  ])
    host.out(`  npx unrolled ${next}\n`);
}

/** The same toy at twice its size: does what was learned hold for more? */
const larger = (spec: string): string => spec.replace(/\d+$/, (size) => String(2 * Number(size)));

/** The loss over a thousand samples that were never trained on, beside that without memory. */
async function evaluateToy(host: Host, model: Model, { toy, threads, json }: EvaluateFlags): Promise<void> {
  if (model.task !== "toy") return;
  const { loss, baseline, accuracy, verbs, ...found } = await toyReport(model, test, { toy, threads });
  if (json) return writeJson(host, { event: "test", ...found, loss, baseline, accuracy, verbs });
  const what = model.toy.kind === "regression" ? "mean squared error" : "loss";
  const facts = [
    host.colors.bold(`${found.toy}: ${what} ${loss.toPrecision(4)}`),
    ...(baseline === undefined ? [] : [`without memory ${baseline.toPrecision(4)}`]),
    ...(accuracy === undefined || verbs ? [] : [`${percent(accuracy)} of what can be known is right`]),
    `${formatWhole(found.samples)} samples`,
  ];
  host.out(`${facts.join(", ")}\n`);
  if (!verbs) return;
  const rows = verbs.map(({ distractors, count, right }) => [
    String(distractors),
    formatWhole(count),
    percent(right / count),
  ]);
  const header = ["nouns of the other number before the verb", "verbs", "right form likelier"];
  host.out(table(rows, { header, align: ["left", "right", "right"], indent: 2, colors: host.colors }));
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** A few samples that were never trained on, with the network's answers. */
async function predictToy(
  host: Host,
  model: Model,
  inputs: readonly string[],
  { threads, json }: PredictFlags,
): Promise<void> {
  if (model.task !== "toy") return;
  if (inputs.length > 0)
    fail({ where: "predict", expected: "no input: a toy makes its own samples", received: inputs.join(", ") });
  for (const answer of await toyAnswers(model, { from: test.from, count: 5 }, { threads })) {
    if (json) writeJson(host, answer);
    else host.out(`${answerText(host, answer)}\n`);
  }
}

function answerText(
  { colors: { bold, dim } }: Host,
  { target, answer, read, targets, answers, scored, verb }: ToyAnswer,
): string {
  if (target !== undefined) return `${bold(answer!.toFixed(4))}  ${dim(`(${target.toFixed(4)})`)}`;
  if (verb) {
    const said = verb.right ? verb.form : verb.wrong;
    return `${read!.slice(1).join(" ")}\n  ${bold(said)}, not ${verb.right ? verb.wrong : verb.form}: ${verb.right ? "right" : "wrong"}`;
  }
  const shown = (words: readonly string[]) => words.filter((_, t) => scored![t]).join(" ");
  const all = read!.filter((word) => word !== "<bos>").join(" ");
  const short = all.replace(/blank( blank){3,}/g, (run) => `(${run.split(" ").length} blanks)`);
  return `${short}\n  ${bold(shown(answers!))}  ${dim(`(${shown(targets!)})`)}`;
}

export interface SampleToyFlags {
  count: number;
  temperature: number;
  length: number;
  seed?: number;
  threads?: number;
  json?: boolean;
}

/** Sentences that a network on a toy language writes. */
export async function sampleToy(host: Host, model: ToyModel, flags: SampleToyFlags): Promise<void> {
  const { count, temperature, length: maxTokens, threads, json } = flags;
  const seed = flags.seed ?? Math.floor(Math.random() * 2 ** 32);
  const sentences = await toySentences(model, { count, temperature, maxTokens, seed, threads });
  const apart = model.toy.name === "anbn" ? "" : " ";
  sentences.forEach((words, index) => {
    if (json) writeJson(host, { index, text: words.join(apart), seed });
    else host.out(`${words.join(apart)}\n`);
  });
}

export const toyCommands: TaskCommands = { resume: resumeToy, predict: predictToy, evaluateToy };

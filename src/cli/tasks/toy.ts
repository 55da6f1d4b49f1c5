// Synthetic problems on the command line: `unrolled train --toy adding:600`.
import { fail } from "../../base/index.ts";
import { type Toy, toy } from "../../data/index.ts";
import { inspectGradients, type ToyModel, toyModel } from "../../index.ts";
import { describeLayer } from "../../inspect/summary.ts";
import { predict, report, type ToyAnswer, toyTask } from "../../tasks/index.ts";
import { formatWhole, plural } from "../../terminal/index.ts";
import type { Values } from "../flags.ts";
import type { Host } from "../host.ts";
import { commonFlags, embeddingFlag, networkFlags, selectionFlags } from "../train-flags.ts";
import type { Context, Prediction, Report, TaskCommand, TrainContext } from "./task.ts";

const flags = {
  toy: selectionFlags.toy,
  ...networkFlags,
  hidden: { ...networkFlags.hidden, fallback: "128, 64 for adding" },
  lr: { ...commonFlags.lr, fallback: "0.002, 0.004 for adding" },
  steps: { ...commonFlags.steps, fallback: "2,000; 5,000 for adding with 200 or more numbers" },
  ...embeddingFlag,
};
type ToyValues = Values<typeof flags>;
type Samples = { from: number; count: number; toy?: string };

/** Samples are numbered: the first thousand test, the next two hundred validate, the rest train. */
export const testSamples = { from: 0, count: 1000 };
const validSamples = { from: 1000, count: 200 };
const trainSamples = { from: 10_000, count: 1_000_000 };

/** The same problem at twice its size: does what was learned extrapolate? */
const larger = (spec: string): string => spec.replace(/\d+$/, (size) => String(2 * Number(size)));

/** Time steps of a sample. */
function stepsOf(problem: Toy): number {
  if (problem.kind === "regression") return problem.sample(0).T;
  return problem.kind === "pairs" ? problem.sample(0).source.length : problem.sample(0).ids.length;
}

async function reportSamples(model: ToyModel, samples: Samples, { threads, signal }: Context): Promise<Report> {
  const options = { threads, signal, ...(samples.toy === undefined ? {} : { toy: samples.toy }) };
  const { loss, baseline, accuracy, verbs, samples: rows, ...found } = await report(model, samples, options);
  const what = model.toy.kind === "regression" ? "mean squared error" : "loss";
  return {
    json: { rows, ...found, loss, baseline, accuracy, verbs },
    line: [
      `${found.toy}: ${what} ${loss.toPrecision(4)}`,
      ...(baseline === undefined ? [] : [`without memory ${baseline.toPrecision(4)}`]),
      ...(accuracy === undefined || verbs ? [] : [`accuracy where the answer can be known ${percent(accuracy)}`]),
      plural(rows, "sample"),
    ].join(", "),
    show(to) {
      if (!verbs) return;
      const cells = verbs.map(({ distractors, count, right }) => [
        String(distractors),
        formatWhole(count),
        percent(right / count),
      ]);
      const header = ["nouns of the other number before the verb", "verbs", "correct form more likely"];
      to.table(cells, { header, align: ["left", "right", "right"], indent: 2 });
    },
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** A few samples that were never trained on, with the network's answers. */
async function* answers(
  model: ToyModel,
  inputs: readonly string[],
  { host, threads, signal }: Context,
): AsyncGenerator<Prediction> {
  if (inputs.length > 0)
    fail({ where: "predict", expected: "no input: a synthetic problem makes its own", received: inputs.join(", ") });
  const first = Array.from({ length: 5 }, (_, i) => testSamples.from + i);
  for await (const answer of predict(model, first, { threads, signal }))
    yield { json: { ...answer }, text: answerText(host, answer) };
}

function answerText(
  { colors: { bold, dim } }: Host,
  { target, answer, read, targets, answers, scored, verb }: ToyAnswer,
): string {
  if (target !== undefined) return `${bold(answer!.toFixed(4))}  ${dim(`(${target.toFixed(4)})`)}`;
  if (verb) {
    const chosen = verb.right ? verb.form : verb.wrong;
    return `${read!.slice(1).join(" ")}\n  ${bold(chosen)}, not ${verb.right ? verb.wrong : verb.form}: ${verb.right ? "correct" : "wrong"}`;
  }
  const shown = (words: readonly string[]) => words.filter((_, t) => scored![t]).join(" ");
  const all = read!.filter((word) => word !== "<bos>").join(" ");
  const short = all.replace(/blank( blank){3,}/g, (run) => `(${run.split(" ").length} blanks)`);
  return `${short}\n  ${bold(shown(answers!))}  ${dim(`(${shown(targets!)})`)}`;
}

export const toyCommand: TaskCommand<ToyModel, Samples, undefined, ToyValues> = {
  name: "toy",
  flags,
  defaults: toyTask.recipe({ rows: trainSamples.count }),
  open: async () => undefined,
  async build(_, { flags: given, seed }: TrainContext<ToyValues>, chosen) {
    const problem = toy(given.toy!);
    const facts = { rows: trainSamples.count, longest: stepsOf(problem), kind: problem.kind };
    const recipe = toyTask.recipe(facts, chosen);
    const options = toyTask.options(recipe) as Pick<Parameters<typeof toyModel>[0], "encoder">;
    return { model: toyModel({ ...options, toy: problem.spec, seed }), recipe };
  },
  async prepare(model) {
    return {
      train: trainSamples,
      valid: validSamples,
      test: testSamples,
      unit: "time steps",
      data: [`${model.toy.spec}: ${model.toy.task}`],
      model: describeLayer(model.config.encoder),
      json: { toy: model.toy.spec, validRows: validSamples.count },
    };
  },
  heldOut: async (_, files, { flags: given }) => {
    if (files.length > 0)
      fail({
        where: "evaluate",
        expected: "no file: a synthetic problem makes its own samples",
        received: files.join(", "),
        hint: "--toy evaluates at another size",
      });
    return { ...testSamples, ...(given?.toy === undefined ? {} : { toy: given.toy }) };
  },
  report: reportSamples,
  squared: ({ toy: problem }) => problem.kind === "regression",
  predict: answers,
  async look(model, _, { row, rows, ...options }) {
    const looked = await inspectGradients(model, { from: row - 1, count: rows }, options);
    const { toy: problem } = model;
    if (problem.kind === "regression") return looked;
    return looked.map((one) => ({ ...one, tokens: one.ids?.map((id) => problem.vocabulary.token(id)) }));
  },
  next: (model, out) => [
    ["predict", out],
    ...(model.toy.kind === "language" ? [["sample", out]] : []),
    ["evaluate", out, "--toy", larger(model.toy.spec)],
    ["inspect", "gradients", out],
  ],
};

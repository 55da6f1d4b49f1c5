// unrolled compare: a standard network and recurrent networks on the same data, with the same budget.
import { fail } from "../../base/index.ts";
import {
  budgetOf,
  type Contest,
  compare,
  forecasterContest,
  languageContest,
  type Measured,
  taggerContest,
  textContest,
  toyContest,
} from "../../compare/index.ts";
import { isSubword, tokenKinds } from "../../data/tokenizers/fit.ts";
import { recognizeFile } from "../../node/index.ts";
import { readCorpus } from "../../node/tokens/corpus.ts";
import { type Budget, taskFor } from "../../tasks/index.ts";
import { formatDuration, formatWhole, plural } from "../../terminal/index.ts";
import { jsonFlag, makeCommand, seedRange, threadsFlag } from "../command.ts";
import { choice, int, list, real, text, type Values } from "../flags.ts";
import { command, type Host } from "../host.ts";
import { interruptible } from "../interrupt.ts";
import { type Output, output } from "../output.ts";
import { filesOf, named } from "../source.ts";
import { openLabeled } from "../tasks/labeled.ts";
import { readColumns } from "../tasks/series.ts";
import { openTagged } from "../tasks/tags.ts";
import { corpusReader } from "../tasks/tokenizing.ts";

const compared = ["classifier", "regressor", "tagger", "language-model", "forecaster"] as const;

const flags = {
  toy: text("--toy <name>", "a synthetic problem instead of a file: adding:100, copy:50, anbn:20 or agreement:3"),
  task: choice("--task <name>", "what to train", compared, { fallback: "detected from the data" }),
  valid: real("--valid <fraction>", "fraction of rows held out for testing", { above: 0, below: 1 }, { value: 0.2 }),
  hidden: int("--hidden <n>", "units per layer, in each direction", { min: 1 }, { value: 64 }),
  embedding: int("--embedding <n>", "embedding size of a token", { min: 1 }, { value: 64 }),
  window: int(
    "--window <n>",
    "tokens that the standard network reads; for series, steps that all networks read",
    { min: 1 },
    { fallback: "the median length" },
  ),
  tokens: choice("--tokens <kind>", "unit that the networks read", tokenKinds, {
    fallback: "subword; char for plain text",
  }),
  vocabulary: int("--vocabulary <n>", "size of the vocabulary: number of subword merges, or maximum number of words", {
    min: 2,
  }),
  target: text("--target <name>", "for series: column to forecast", { fallback: "the first with numbers" }),
  rows: int("--rows <n>", "use only this many rows of the file", { min: 2 }),
  only: list(
    "--only <names>",
    "train only these networks, with commas between: standard, RNN, GRU, LSTM, bidirectional, deep",
  ),
  steps: int("--steps <n>", "training steps of each network", { min: 1 }),
  epochs: real("--epochs <x>", "passes of each network over the data", { above: 0 }, { fallback: "by its size" }),
  minutes: real("--minutes <x>", "time for each network", { above: 0 }),
  batch: int("--batch <n>", "batch size", { min: 1 }, { fallback: "by number of rows" }),
  lr: real("--lr <x>", "peak learning rate of the one-cycle schedule (AdamW)", { above: 0 }, { value: 0.004 }),
  dropout: real("--dropout <p>", "share of activations dropped in training", { min: 0, below: 1 }, { value: 0.3 }),
  seed: int("--seed <n>", "seed for initialization, dropout and shuffling", seedRange, {
    value: 1337,
    fallback: "1337",
  }),
  ...threadsFlag,
  ...jsonFlag,
};
type CompareFlags = Values<typeof flags>;

export const compareCommand = (host: Host) =>
  makeCommand(
    "compare",
    {
      arguments: [["[file]", "labeled texts, texts with numbers, tagged text, plain text or series, as for train"]],
      flags,
    },
    (values, file) => runCompare(host, file, values),
  );

async function runCompare(host: Host, input: string | undefined, flags: CompareFlags): Promise<void> {
  if (flags.toy !== undefined && input !== undefined)
    fail({ where: "compare", expected: "--toy or a file", received: `--toy ${flags.toy} and ${input}` });
  if (flags.toy === undefined && input === undefined)
    fail({ where: "compare", expected: "a file, or --toy", received: "none", hint: command("help", "compare") });
  const show = output(host, flags.json);
  const files = await filesOf(show, input === undefined ? [] : [input]);
  const { seed, lr: learningRate, threads, batch } = flags;
  const contest = await contestFor(show, files, flags);
  const { measures, note } = contest;
  const batchSize = batch ?? contest.batchSize;
  const budget = budgetOf(contest, flags);
  show.fact("data", contest.data);
  show.fact(
    "run",
    `${describeLength(budget)} each, batch size ${batchSize}, learning rate ${learningRate}, seed ${seed}`,
  );
  show.line();
  const cells = (measured: Measured): string[] =>
    Object.keys(measures).map((name) => {
      const value = measured[name];
      return value === undefined || Number.isNaN(value) ? "" : value.toPrecision(4);
    });
  const lines: string[][] = [];
  await interruptible(host, async ({ signal }) => {
    const options = { ...budget, only: flags.only, batchSize, learningRate, seed, threads, signal };
    for await (const { name, measured, trained } of compare(contest, options)) {
      show.event("comparison", { name, ...(trained ?? { baseline: true }), ...measured });
      lines.push([
        name,
        ...(trained
          ? [formatWhole(trained.parameters), formatWhole(trained.steps), formatDuration(trained.seconds)]
          : ["", "", ""]),
        ...cells(measured),
      ]);
      if (trained)
        show.line(
          `${name.padEnd(24)} ${Object.values(measures)[0]} ${cells(measured)[0]} in ${formatDuration(trained.seconds)}`,
        );
    }
  });
  show.line();
  const header = ["network", "parameters", "steps", "time", ...Object.values(measures)];
  show.table(lines, { header, align: ["left", ...header.slice(1).map(() => "right" as const)] });
  if (note) show.line(`\n${note}`);
}

async function contestFor(show: Output, files: readonly string[], flags: CompareFlags): Promise<Contest> {
  const { hidden: hiddenSize, embedding: embeddingSize, ...rest } = flags;
  const [file] = files;
  const options = { ...rest, hiddenSize, embeddingSize, ...(file === undefined ? {} : { source: file }) };
  if (!file) return toyContest(flags.toy!, options);
  if (files.length > 1) fail({ where: "compare", expected: "one file", received: plural(files.length, "file") });
  const recognized = await recognizeFile(file);
  const task = flags.task ?? taskFor(recognized.kind);
  show.event("recognized", { file, task, message: recognized.message });
  show.fact("file", `${named(file)}: ${recognized.message}`);
  switch (task) {
    case "classifier":
    case "regressor": {
      const numeric = task === "regressor";
      return textContest([...(await openLabeled(show, [file], numeric)).rows], { ...options, numeric });
    }
    case "tagger": {
      const { rows, characters } = await openTagged(show, [file]);
      return taggerContest([...rows], { ...options, characters });
    }
    case "language-model": {
      const { tokens = "char", vocabulary: maxVocabulary = 20_000, valid, seed } = flags;
      if (isSubword(tokens))
        return fail({ where: "--tokens", expected: "char, grapheme or word, for plain text", received: tokens });
      const corpus = await readCorpus(corpusReader(show), [file], {
        tokens,
        lines: false,
        valid,
        seed,
        maxVocabulary,
        atLeast: 65,
      });
      return languageContest({ ...corpus, valid: corpus.valid! }, options);
    }
    case "forecaster":
      return forecasterContest(await readColumns(show, [file], { target: flags.target }), { ...options, target: 0 });
    default:
      return fail({
        where: named(file),
        expected: "labeled texts, texts with numbers, tags, plain text or series",
        received: recognized.message,
        code: "data",
      });
  }
}

const describeLength = ({ minutes, steps, epochs }: Budget): string =>
  minutes !== undefined
    ? plural(minutes, "minute")
    : steps !== undefined
      ? plural(steps, "step")
      : `${epochs} ${epochs === 1 ? "epoch" : "epochs"}`;

// Classifiers and regressors on the command line: a text and its label, or its number.
import { fail } from "../../base/index.ts";
import { drawValidation, textsToLearnFrom } from "../../data/hold-out.ts";
import type { LabeledData, Tokenizer } from "../../data/index.ts";
import { fitTokenizer, tokenKinds } from "../../data/tokenizers/fit.ts";
import { classifier, regressor, targetScale } from "../../index.ts";
import { describeLayer } from "../../inspect/summary.ts";
import { recognizeFile } from "../../node/index.ts";
import { countWords } from "../../node/vectors-for.ts";
import {
  type Classifier,
  type ClassifierOptions,
  classifierTask,
  longestPredicted,
  type Regressor,
  type RegressorOptions,
  regressorTask,
  rowFacts,
} from "../../tasks/index.ts";
import { formatWhole, plural } from "../../terminal/index.ts";
import { classWeightsOf } from "../../train/index.ts";
import { choice, int, text, toggle, type Values } from "../flags.ts";
import type { Output } from "../output.ts";
import { filesOf, isFile, listed, openFiles, whereRowsLie } from "../source.ts";
import {
  commonFlags,
  directionFlag,
  learnedRowsFlag,
  poolingFlag,
  rowFlags,
  splitFlag,
  tokenPredictionFlag,
} from "../train-flags.ts";
import { describePrediction } from "./describe.ts";
import { answered, predictTexts, reportTexts } from "./labeled-report.ts";
import { lookAt, tokensBy } from "./look.ts";
import { checkVectorFlags, type Pretrained, pretrained } from "./pretrained.ts";
import type { TaskCommand, TrainContext } from "./task.ts";

const flags = {
  tokens: choice(
    "--tokens <kind>",
    "unit that the network reads; jamo: subwords of the letters of Korean syllables",
    tokenKinds,
    { field: "tokens" },
  ),
  ...splitFlag,
  vocabulary: int(
    "--vocabulary <n>",
    "size of the vocabulary: number of subword merges, or maximum number of words",
    { min: 2 },
    { fallback: "8,000 merges" },
  ),
  textColumn: text("--text-column <name>", "column with the texts, by name or by number from 1"),
  labelColumn: text("--label-column <name>", "column with the labels, by name or by number from 1"),
  ...rowFlags,
  hidden: { ...rowFlags.hidden, fallback: "128; 256 from 100,000 rows" },
  embedding: { ...rowFlags.embedding, fallback: "128; 256 from 100,000 rows" },
  dropout: { ...rowFlags.dropout, fallback: "0.3; 0.4 from 100,000 rows" },
  fineTune: {
    ...rowFlags.fineTune,
    fallback: "on with 20,000 or more rows, or if fewer than 80 % of the running words have a vector",
  },
  freeze: {
    ...rowFlags.freeze,
    fallback: "on with fewer than 20,000 rows if at least 80 % of the running words have a vector",
  },
  ...learnedRowsFlag,
  ...directionFlag,
  ...poolingFlag,
  ...tokenPredictionFlag("0"),
  batch: { ...commonFlags.batch, fallback: "16, 32 from 2,000 rows, 128 from 20,000" },
  lr: { ...commonFlags.lr, fallback: "0.004, 0.002 from 20,000 rows" },
};
const classifierFlags = {
  ...flags,
  ...tokenPredictionFlag(
    "1 with 20,000 or more training rows of up to 256 tokens, subwords, --hidden equal to --embedding, and one layer or --direction forward; 0 otherwise or with --minutes",
  ),
  classWeights: toggle("--class-weights", "weight rare classes as much as common ones"),
};
type LabeledValues = Values<typeof classifierFlags>;

interface Opened {
  train: LabeledData;
  valid: LabeledData | undefined;
}

type TextModel = Classifier | Regressor;
type Columns = Pick<LabeledValues, "textColumn" | "labelColumn" | "stream">;

/** Opens texts with labels. With `keepEmpty` rows without a text stay: they count in a measure. */
export async function openLabeled(
  show: Output,
  files: readonly string[],
  numeric: boolean,
  { textColumn, labelColumn, stream, keepEmpty = false }: Columns & { keepEmpty?: boolean } = {},
): Promise<LabeledData> {
  const json = (textColumn ?? labelColumn) !== undefined && (await recognizeFile(files[0]!)).format === "jsonl";
  const column = (given: string | undefined) =>
    given !== undefined && !json && /^[1-9]\d*$/.test(given) ? Number(given) - 1 : given;
  const { rows } = await openFiles(show, files, numeric ? "regression" : "classification", {
    textColumn: column(textColumn),
    labelColumn: column(labelColumn),
    keepEmpty,
    numeric,
    stream,
  });
  return { rows, source: files.join(", ") };
}

async function open(
  { files, flags: given, seed, show }: TrainContext<LabeledValues>,
  numeric: boolean,
): Promise<Opened> {
  checkVectorFlags(given);
  const { valid = 0.1 } = given;
  const all = await openLabeled(show, files, numeric, given);
  const { source = "data" } = all;
  if (typeof valid !== "string") {
    const [rows, held] = drawValidation(all.rows, valid, {
      seed,
      source,
      ...(numeric ? {} : { labelOf: ({ label }) => label }),
    });
    return { train: { rows, source }, valid: held && { rows: held, source } };
  }
  const { stream: _, ...columns } = given;
  const held = await openLabeled(show, await filesOf(show, [valid]), numeric, { ...columns, keepEmpty: true });
  return { train: all, valid: held };
}

/** What classifier and regressor share: the tokenizer and pretrained vectors. */
async function textParts({ train }: Opened, { flags: given, show, seed }: TrainContext<LabeledValues>) {
  const vectors: Pretrained | undefined =
    given.embeddings === undefined
      ? undefined
      : await pretrained(
          show,
          given,
          countWords(textsToLearnFrom(train.rows, ({ text }) => text)),
          {
            file: given.embeddings,
            vocabulary: "all",
            fold: "vectors",
          },
          { rows: train.rows.length },
        );
  const tokenizer = fitTokenizer(train.rows, vectors ? { ...given, tokens: "word" } : given, vectors);
  const embedding = vectors && { embedding: vectors.layer, embeddingSize: undefined };
  const size = vectors ? { embeddingSize: vectors.vectors.dim } : {};
  return {
    parts: { tokenizer, seed, ...embedding },
    size: { ...size, ...(vectors ? { tokens: "word" as const } : {}) },
  };
}

async function prepare(model: TextModel, { train, valid }: Opened, { files }: { files: readonly string[] }) {
  const { tokenizer, config } = model;
  const counts = rowFacts(textsOf(train), { tokenizer: tokenizer!, maxLength: config.maxLength });
  const { size } = tokenizer!.vocabulary;
  const classes = model.task === "classifier" ? `; ${plural(model.config.labels.length, "class", "classes")}` : "";
  const held = valid?.rows.length ?? 0;
  return {
    train,
    valid,
    rows: counts.rows,
    unit: "tokens",
    data: [
      `${listed(files)}: ${plural(counts.rows, "training row")}${whereRowsLie(train.rows)}, ${plural(held, "validation row")}${classes}`,
      `${plural(counts.tokens, "token")}, vocabulary ${formatWhole(size)}, longest text ${plural(counts.longest, "token")}`,
      ...(counts.cut > 0 ? [`${plural(counts.cut, "text")} truncated to ${formatWhole(config.maxLength)} tokens`] : []),
    ],
    model: `embedding ${config.embeddingSize}, ${describeLayer(config.encoder)}, ${config.pooling} pooling`,
    ...(config.tokenPrediction ? { facts: { loss: describePrediction(config, "label") } } : {}),
    json: {
      rows: counts.rows,
      tokens: counts.tokens,
      validRows: held,
      vocabulary: size,
      longest: counts.longest,
      truncated: counts.cut,
      ...(model.task === "classifier" ? { labels: model.config.labels } : {}),
    },
  };
}

const textsOf = ({ rows }: LabeledData): Iterable<string> =>
  (function* () {
    for (const { text } of rows) yield text;
  })();

/** Length of the first text with more tokens than so many; else that number. Few texts have more tokens than characters. */
function longestUpTo(most: number, texts: Iterable<string>, tokenizer: Tokenizer): number {
  for (const text of texts) {
    if (text.length < most) continue;
    const { length } = tokenizer.encode(text);
    if (length > most) return length;
  }
  return most;
}

const typical = { rows: 5000 };

function labeledCommand<M extends TextModel>(
  name: "classifier" | "regressor",
  build: TaskCommand<M, LabeledData, Opened, LabeledValues>["build"],
): TaskCommand<M, LabeledData, Opened, LabeledValues> {
  const numeric = name === "regressor";
  return {
    name,
    flags: numeric ? flags : classifierFlags,
    defaults: (numeric ? regressorTask : classifierTask).recipe(typical),
    open: (context) => open(context, numeric),
    build,
    prepare,
    heldOut: (_, files, { show, flags: given }) => openLabeled(show, files, numeric, { ...given, keepEmpty: true }),
    report: reportTexts,
    squared: () => numeric,
    predict: predictTexts,
    async look(model, input, options, { show }) {
      const rows = isFile(input)
        ? [...(await openLabeled(show, await filesOf(show, [input]), numeric)).rows]
        : [await answered(model, input)];
      return lookAt(model, rows, (row) => ({ rows: [row] }), tokensBy(model.tokenizer!.vocabulary), options);
    },
    next: (_, out) => [
      ["predict", out, "a text"],
      ["evaluate", out, "FILE"],
      ["summary", out],
    ],
  };
}

export const classifierCommand = labeledCommand<Classifier>("classifier", async (opened, context, chosen) => {
  const { train, valid } = opened;
  const counts = new Map<string, number>();
  for (const { label } of train.rows) counts.set(label, (counts.get(label) ?? 0) + 1);
  // A class may be so rare that all of its rows were drawn for validation.
  if (typeof context.flags.valid !== "string")
    for (const { label } of valid?.rows ?? []) if (!counts.has(label)) counts.set(label, 0);
  const labels = [...counts.keys()].sort();
  if (labels.length < 2)
    fail({
      where: train.source ?? "data",
      expected: "two or more classes",
      received: `only ${JSON.stringify(labels[0])}`,
      hint: "--label-column NAME selects the column with the labels; --task language-model reads the file as plain text",
      code: "data",
    });
  const { parts, size } = await textParts(opened, context);
  const facts = { rows: train.rows.length, longest: longestUpTo(longestPredicted, textsOf(train), parts.tokenizer) };
  const recipe = classifierTask.recipe(facts, { ...chosen, ...size });
  const classWeights = context.flags.classWeights
    ? classWeightsOf(labels.map((label) => counts.get(label)!))
    : undefined;
  const options = classifierTask.options(recipe) as Pick<ClassifierOptions, "encoder">;
  return { model: classifier({ ...options, ...parts, labels, classWeights }), recipe };
});

export const regressorCommand = labeledCommand<Regressor>("regressor", async (opened, context, chosen) => {
  const { train } = opened;
  const { parts, size } = await textParts(opened, context);
  const recipe = regressorTask.recipe({ rows: train.rows.length }, { ...chosen, ...size });
  const scale = targetScale(train);
  const options = regressorTask.options(recipe) as Pick<RegressorOptions, "encoder">;
  return { model: regressor({ ...options, ...parts, scale }), recipe };
});

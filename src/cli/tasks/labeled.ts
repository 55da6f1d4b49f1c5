// Classifiers and regressors on the command line: a text and its label, or its number.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fail } from "../../base/index.ts";
import { type LabeledData, linesOf, readLabeled, recognize } from "../../data/index.ts";
import { bidirectional, type Layer, stacked } from "../../nn/index.ts";
import { readText } from "../../node/index.ts";
import type { Classifier, Model, Regressor } from "../../tasks/index.ts";
import { encoderOf } from "../cells.ts";
import type { TrainFlags } from "../commands/train.ts";
import { describeParameters } from "../describe-run.ts";
import { type Host, writeJson } from "../host.ts";
import {
  classifier,
  classifierReport,
  classify,
  classWeightsOf,
  loadModel,
  rate,
  regressor,
  regressorReport,
  rowFacts,
  targetScale,
} from "../library.ts";
import { quoted, shown } from "../run-train.ts";
import { formatWhole, table } from "../terminal/index.ts";
import { fitTokenizer, openLabeled, partRows, readRows } from "./labeled-data.ts";
import { countWords, pretrained } from "./pretrained.ts";
import type { EvaluateFlags, PredictFlags, TaskCommands, TrainJob } from "./registry.ts";
import { folderFor, lengthOf, type RunRecipe, runTraining, tell } from "./run.ts";
import { textsToLearnFrom, whereRowsLie } from "./stream.ts";

interface LabeledRecipe extends RunRecipe {
  valid: number | string;
  textColumn?: string;
  labelColumn?: string;
}

type TextModel = Classifier | Regressor;

/** Both directions unless told otherwise: the whole text is there when it is judged. */
export function textEncoder(flags: TrainFlags): Layer {
  const { cell = "lstm", hidden: hiddenSize = 128, layers = 1, direction = "both", dropout = 0.3 } = flags;
  const one = encoderOf(cell, { hiddenSize });
  const layer = direction === "both" ? bidirectional(one) : one;
  return layers === 1 ? layer : stacked(new Array<Layer>(layers).fill(layer), { dropout });
}

async function trainLabeled(host: Host, { files, flags, recognized }: TrainJob): Promise<void> {
  if (files.length > 1)
    fail({ where: "train", expected: "one file of texts with labels", received: `${files.length}` });
  const file = files[0]!;
  const task =
    flags.task === "regressor" || (flags.task === undefined && recognized.kind === "regression")
      ? "regressor"
      : "classifier";
  const numeric = task === "regressor";
  const { seed = 1337, valid = 0.1 } = flags;
  const all = await openLabeled(host, file, { recognized, flags, keepEmpty: false, numeric });
  const [data, held] =
    typeof valid === "string"
      ? [all, await openLabeled(host, valid, { flags, keepEmpty: true, numeric })]
      : partRows(all, valid, seed);
  const given =
    flags.embeddings === undefined
      ? undefined
      : await pretrained(host, flags, countWords(textsToLearnFrom(data.rows, ({ text }) => text)), {
          file: flags.embeddings,
          vocabulary: "all",
          fold: "vectors",
        });
  const tokenizer = fitTokenizer(data.rows, given ? { ...flags, tokens: "word" } : flags, given);
  const rows = data.rows.length;
  // As nsmc is trained in bench/tasks/classify.mjs. A few texts are learned by heart in any case.
  const subwordDropout = tokenizer.kind === "bpe" && rows >= 1000 ? 0.1 : 0;
  const shared = {
    tokenizer,
    encoder: textEncoder(flags),
    pooling: flags.pooling ?? "max",
    ...(given ? { embedding: given.layer } : { embeddingSize: flags.embedding ?? 128 }),
    dropout: flags.dropout ?? 0.3,
    seed,
  } as const;
  const counts = new Map<string, number>();
  if (!numeric) for (const { label } of data.rows) counts.set(label, (counts.get(label) ?? 0) + 1);
  // A class may be so rare that all of its rows were drawn for validation.
  if (!numeric && typeof valid !== "string")
    for (const { label } of held?.rows ?? []) if (!counts.has(label)) counts.set(label, 0);
  const labels = [...counts.keys()].sort();
  if (!numeric && labels.length < 2) {
    const received = `only ${JSON.stringify(labels[0])}`;
    const hint = "there is nothing to learn from rows of one class";
    fail({ where: file, expected: "labels of two or more classes", received, hint, code: "data" });
  }
  const weights = flags.classWeights ? classWeightsOf(labels.map((label) => counts.get(label)!)) : undefined;
  const model: TextModel = numeric
    ? regressor({ ...shared, scale: targetScale(data) })
    : classifier({ ...shared, labels, classWeights: weights, subwordDropout });
  const recipe: LabeledRecipe = {
    task,
    files: [resolve(file)],
    valid: typeof valid === "string" ? resolve(valid) : valid,
    batch: flags.batch ?? (rows >= 20_000 ? 128 : rows >= 2000 ? 32 : 16),
    lr: flags.lr ?? (rows >= 20_000 ? 0.002 : 0.004),
    seed,
    ...lengthOf(flags, Math.max(3, Math.min(30, Math.round(60_000 / rows)))),
    ...(flags.textColumn === undefined ? {} : { textColumn: flags.textColumn }),
    ...(flags.labelColumn === undefined ? {} : { labelColumn: flags.labelColumn }),
  };
  await go(host, model, data, held, { recipe, out: folderFor(files, flags), flags, resume: false });
}

async function resumeLabeled(host: Host, folder: string, model: Model, flags: TrainFlags): Promise<void> {
  const recipe = model.training?.recipe as LabeledRecipe | undefined;
  if (!recipe?.files || (model.task !== "classifier" && model.task !== "regressor")) {
    return fail({ where: folder, expected: "a run that was stopped", received: "a model only", code: "file" });
  }
  const numeric = model.task === "regressor";
  const columns = { textColumn: recipe.textColumn, labelColumn: recipe.labelColumn, stream: flags.stream };
  const all = await openLabeled(host, recipe.files[0]!, { flags: columns, keepEmpty: false, numeric });
  const [data, held] =
    typeof recipe.valid === "string"
      ? [all, await openLabeled(host, recipe.valid, { flags: columns, keepEmpty: true, numeric })]
      : partRows(all, recipe.valid, recipe.seed);
  await go(host, model, data, held, { recipe, out: folder, flags, resume: true });
}

async function go(
  host: Host,
  model: TextModel,
  data: LabeledData,
  held: LabeledData | undefined,
  { recipe, out, flags, resume }: { recipe: RunRecipe; out: string; flags: TrainFlags; resume: boolean },
): Promise<void> {
  const { tokenizer, config } = model;
  const facts = rowFacts(textsOfRows(data.rows), { tokenizer, maxLength: config.maxLength });
  const parameters = model.layout.count;
  const length =
    recipe.minutes !== undefined
      ? `${recipe.minutes} minutes`
      : recipe.steps !== undefined
        ? `${formatWhole(recipe.steps)} updates`
        : `${recipe.epochs} times through the data`;
  if (flags.json) {
    writeJson(host, {
      event: "start",
      ...recipe,
      out,
      resumed: resume,
      parameters,
      frozen: model.frozenLayout.count,
      vocabulary: tokenizer.vocabulary.size,
      ...facts,
      valid: held?.rows.length ?? 0,
    });
  } else {
    const classes = model.task === "classifier" ? `, ${model.config.labels.length} classes` : "";
    tell(
      host,
      "data",
      `${shown(recipe.files[0]!)}: ${formatWhole(facts.rows)} rows to train on${whereRowsLie(data.rows)}, ${formatWhole(held?.rows.length ?? 0)} to validate${classes}; ${formatWhole(facts.tokens)} tokens, ${formatWhole(tokenizer.vocabulary.size)} different, ${formatWhole(facts.longest)} in the longest`,
    );
    if (facts.cut > 0)
      tell(host, "", `${formatWhole(facts.cut)} rows are read up to token ${formatWhole(config.maxLength)} only`);
    tell(host, "model", `${describeEncoder(model)}: ${describeParameters(model)}`);
    tell(host, "run", `${length}, ${recipe.batch} rows an update`);
    tell(host, "keep", `${out}\n`);
  }
  const run = {
    recipe,
    out,
    flags,
    resume,
    tokensPerEpoch: facts.tokens,
    rows: facts.rows,
    unit: "tokens",
    data,
    valid: held,
  };
  const ended = await runTraining<LabeledData>(host, { ...run, model });
  if (!ended) return;
  if (held) await report(host, model, held, "validation", flags);
  if (flags.test !== undefined) {
    const test = await readRows(host, flags.test, { flags, keepEmpty: true, numeric: model.task === "regressor" });
    await report(host, model, test, "test", flags);
  }
  if (!flags.json) {
    host.out(`${out} holds the model. Next:\n`);
    for (const next of [`predict ${quoted(out)} "a text"`, `evaluate ${quoted(out)} FILE`, `summary ${quoted(out)}`])
      host.out(`  npx unrolled ${next}\n`);
  }
}

function* textsOfRows(rows: Iterable<{ text: string }>): Generator<string> {
  for (const { text } of rows) yield text;
}

function describeEncoder({ config }: TextModel): string {
  const describe = (layer: { type: string; [option: string]: unknown }): string => {
    if (layer.type === "bidirectional") return `bidirectional ${describe(layer.layer as typeof layer)}`;
    if (layer.type === "stacked") return (layer.layers as (typeof layer)[]).map(describe).join(" + ");
    if (layer.type === "recurrent") return `${(layer.cell as { name: string }).name} ${layer.hiddenSize}`;
    return layer.type;
  };
  return `embedding ${config.embeddingSize}, ${describe(config.encoder as { type: string })}, ${config.pooling} pooling`;
}

/** Scores on a part of the data, as a table or as one JSON object. */
async function report(
  host: Host,
  model: TextModel,
  data: LabeledData,
  part: string,
  flags: EvaluateFlags,
): Promise<void> {
  const { threads, json } = flags;
  const { bold } = host.colors;
  tellCut(host, model, textsOfRows(data.rows));
  if (model.task === "regressor") {
    const { constant, ...found } = await regressorReport(model, data, { threads });
    if (json) return writeJson(host, { event: part, rows: data.rows.length, ...found, constant });
    const n = (value: number) => value.toPrecision(4);
    host.out(
      `${bold(`${part}: root mean squared error ${n(found.rmse)}`)}, mean absolute error ${n(found.mae)}, r2 ${n(found.r2)}, correlation ${n(found.correlation)}\n`,
    );
    host.out(`always the mean of the training part: ${n(constant.rmse)}, ${n(constant.mae)}\n`);
    return;
  }
  const found = await classifierReport(await together(model, flags.with), data, { threads });
  const { labels } = model.config;
  if (json) {
    return writeJson(host, { event: part, rows: data.rows.length, labels, ...found });
  }
  host.out(
    `${bold(`${part}: accuracy ${found.accuracy.toFixed(4)}`)}, macro F1 ${found.macroF1.toFixed(4)}, ${formatWhole(data.rows.length)} rows\n`,
  );
  const percent = (value: number) => value.toFixed(3);
  const scores = labels.map((label, k) => {
    const { precision, recall, f1, support } = found.classes[k]!;
    return [label, percent(precision), percent(recall), percent(f1), formatWhole(support)];
  });
  const side = ["left", "right", "right", "right", "right"] as const;
  host.out(
    table(scores, {
      header: ["class", "precision", "recall", "F1", "rows"],
      align: side,
      indent: 2,
      colors: host.colors,
    }),
  );
  if (labels.length > 12) return;
  host.out(`\n${bold("is \\ was taken for")}\n`);
  const counts = found.confusion.map((row, k) => [labels[k]!, ...row.map(formatWhole)]);
  host.out(
    table(counts, {
      header: ["", ...labels],
      align: ["left", ...labels.map(() => "right" as const)],
      indent: 2,
      colors: host.colors,
    }),
  );
}

/** A classifier and those of `--with`. */
async function together(model: Classifier, folders: readonly string[] = []): Promise<Classifier[]> {
  const models = [model];
  for (const folder of folders) {
    const other = await loadModel(folder);
    if (other.task === "classifier") models.push(other);
    else fail({ where: `--with ${folder}`, expected: "a classifier", received: `a ${other.task}` });
  }
  return models;
}

/** Texts from files (labeled ones too: their labels are shown beside) and from the arguments themselves. */
async function textsOf(inputs: readonly string[]): Promise<{ text: string; label?: string }[]> {
  const found: { text: string; label?: string }[] = [];
  for (const one of inputs) {
    // What looks like a file's name is one: a slip in it must not become a text.
    if (!existsSync(one) && !/^\S+\.(txt|tsv|csv|jsonl)(\.gz)?$/i.test(one)) found.push({ text: one });
    else {
      const content = await readText(one);
      const recognized = recognize(content, one);
      if (recognized.kind === "classification" || recognized.kind === "regression")
        found.push(...readLabeled(content, { source: one, recognized, keepEmpty: true }).rows);
      else found.push(...[...linesOf(content)].map((text) => ({ text })));
    }
  }
  return found;
}

/** Says what is not read to its end. */
function tellCut(host: Host, { tokenizer, config: { maxLength } }: TextModel, texts: Iterable<string>): void {
  // No text has more tokens than letters.
  const long = (function* () {
    for (const text of texts) if (text.length > maxLength) yield text;
  })();
  const { cut } = rowFacts(long, { tokenizer, maxLength });
  if (cut > 0)
    host.err(
      `warning: ${formatWhole(cut)} ${cut === 1 ? "text of" : "texts of"} more than ${formatWhole(maxLength)} tokens, read up to there\n`,
    );
}

async function predictLabeled(
  host: Host,
  model: Model,
  inputs: readonly string[],
  { json, threads, with: others }: PredictFlags,
): Promise<void> {
  const rows = await textsOf(inputs);
  const texts = rows.map(({ text }) => text);
  if (model.task === "classifier" || model.task === "regressor") tellCut(host, model, texts);
  const short = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
  if (model.task === "regressor") {
    const numbers = await rate(model, texts, { threads });
    rows.forEach((row, i) => {
      if (json) writeJson(host, { ...row, number: numbers[i] });
      else host.out(`${numbers[i]!.toPrecision(4).padStart(9)}  ${short(row.text)}\n`);
    });
  } else if (model.task === "classifier") {
    const found = await classify(await together(model, others), texts, { threads });
    const width = Math.max(...model.config.labels.map((label) => label.length));
    rows.forEach((row, i) => {
      const { label, probability, probabilities, attention } = found[i]!;
      const byClass = Object.fromEntries(model.config.labels.map((name, k) => [name, probabilities[k]]));
      if (json)
        writeJson(host, {
          text: row.text,
          ...(row.label === undefined ? {} : { truth: row.label }),
          label,
          probability,
          probabilities: byClass,
          ...(attention ? { attention: [...attention] } : {}),
        });
      else host.out(`${host.colors.bold(label.padEnd(width))}  ${probability.toFixed(3)}  ${short(row.text)}\n`);
    });
  }
}

async function evaluateLabeled(host: Host, model: Model, file: string, flags: EvaluateFlags): Promise<void> {
  if (model.task !== "classifier" && model.task !== "regressor") return;
  const data = await readRows(host, file, { keepEmpty: true, numeric: model.task === "regressor" });
  await report(host, model, data, "evaluation", flags);
}

export const labeledCommands: TaskCommands = {
  train: trainLabeled,
  resume: resumeLabeled,
  predict: predictLabeled,
  evaluate: evaluateLabeled,
};

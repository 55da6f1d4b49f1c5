// What classifiers and regressors show: measures as tables, predictions as lines.
import { fail } from "../../base/index.ts";
import type { LabeledData } from "../../data/index.ts";
import { load } from "../../index.ts";
import { type Classifier, predict, type Regressor, report, rowFacts } from "../../tasks/index.ts";
import { clean, excerpt, formatWhole, pad, plural } from "../../terminal/index.ts";
import type { Output } from "../output.ts";
import { textsIn } from "../source.ts";
import { aModel } from "./describe.ts";
import type { Context, Prediction, Report } from "./task.ts";

type TextModel = Classifier | Regressor;
type Together = { readonly with?: readonly string[] };

/** Most classes whose confusion matrix is shown. */
const mostConfused = 12;

export async function reportTexts(
  model: TextModel,
  data: LabeledData,
  { show, threads, signal, with: others }: Context & Together,
): Promise<Report> {
  warnCut(show, model, data.rows);
  const rows = data.rows.length;
  if (model.task === "regressor") {
    const { constant, ...found } = await report(model, data, { threads, signal });
    const n = (value: number) => value.toPrecision(4);
    return {
      json: { rows, ...found, baseline: constant },
      line: `RMSE ${n(found.rmse)}, MAE ${n(found.mae)}, R2 ${n(found.r2)}, correlation ${n(found.correlation)}, ${plural(rows, "row")}`,
      show: (to) => to.line(`  baseline, the training mean: RMSE ${n(constant.rmse)}, MAE ${n(constant.mae)}`),
    };
  }
  const found = await report(model, data, { threads, signal, with: await together(others) });
  const { labels } = model.config;
  const fixed = (value: number) => value.toFixed(3);
  const supports = found.classes.map(({ support }) => support);
  const most = Math.max(...supports);
  return {
    json: { rows, labels, ...found, baseline: { accuracy: most / rows } },
    line: `accuracy ${found.accuracy.toFixed(4)}, macro F1 ${found.macroF1.toFixed(4)}, ${plural(rows, "row")}`,
    show(to) {
      const usual = excerpt(labels[supports.indexOf(most)]!);
      to.line(`  baseline, always "${usual}": accuracy ${(most / rows).toFixed(4)}`);
      const scores = labels.map((label, k) => {
        const { precision, recall, f1, support } = found.classes[k]!;
        return [label, fixed(precision), fixed(recall), fixed(f1), formatWhole(support)];
      });
      const right = labels.map(() => "right" as const);
      to.table(scores, {
        header: ["class", "precision", "recall", "F1", "rows"],
        align: ["left", "right", "right", "right", "right"],
        indent: 2,
      });
      if (labels.length > mostConfused) return;
      to.line(`\n${to.host.colors.bold("actual \\ predicted")}`);
      const counts = found.confusion.map((row, k) => [labels[k]!, ...row.map(formatWhole)]);
      to.table(counts, { header: ["", ...labels], align: ["left", ...right], indent: 2 });
    },
  };
}

export async function* predictTexts(
  model: TextModel,
  inputs: readonly string[],
  { host, show, threads, signal, with: others }: Context & Together,
): AsyncGenerator<Prediction> {
  const rows = await textsIn(show, inputs);
  const texts = rows.map(({ text }) => text);
  warnCut(show, model, rows);
  const truth = ({ label }: { label?: string }) => (label === undefined ? {} : { truth: label });
  let index = 0;
  if (model.task === "regressor") {
    for await (const { value } of predict(model, texts, { threads, signal })) {
      const row = rows[index++]!;
      const text = `${value.toPrecision(4).padStart(9)}  ${excerpt(row.text)}`;
      yield { json: { text: row.text, ...truth(row), value }, text };
    }
    return;
  }
  const { labels } = model.config;
  const width = Math.max(...labels.map((label) => clean(label).length));
  const options = { threads, signal, with: await together(others) };
  for await (const { label, probability, probabilities, attention } of predict(model, texts, options)) {
    const row = rows[index++]!;
    yield {
      json: {
        text: row.text,
        ...truth(row),
        label,
        probability,
        probabilities: Object.fromEntries(labels.map((name, k) => [name, probabilities[k]])),
        ...(attention ? { attention: [...attention] } : {}),
      },
      text: `${host.colors.bold(pad(clean(label), width))}  ${probability.toFixed(3)}  ${excerpt(row.text)}`,
    };
  }
}

/** The classifiers of `--with`. */
async function together(folders: readonly string[] = []): Promise<Classifier[]> {
  const models: Classifier[] = [];
  for (const folder of folders) {
    const other = await load(folder);
    if (other.task === "classifier") models.push(other);
    else fail({ where: `--with ${folder}`, expected: "a classifier", received: aModel(other) });
  }
  return models;
}

/** A text with the model's answer; a number is moved by one deviation, as at its own answer a squared error is flat. */
export async function answered(model: TextModel, text: string): Promise<{ text: string; label: string }> {
  if (model.task === "classifier") for await (const { label } of predict(model, [text])) return { text, label };
  else
    for await (const { value } of predict(model, [text]))
      return { text, label: String(value - model.config.scale.deviation) };
  return fail({ where: "predict", problem: "no answer", code: "internal" });
}

function warnCut(
  show: Output,
  { tokenizer, config: { maxLength } }: TextModel,
  rows: Iterable<{ text: string }>,
): void {
  // No text has more tokens than characters.
  const long = (function* () {
    for (const { text } of rows) if (text.length > maxLength) yield text;
  })();
  const { cut } = rowFacts(long, { tokenizer: tokenizer!, maxLength });
  if (cut > 0) show.warn(`${plural(cut, "text")} truncated to ${formatWhole(maxLength)} tokens`);
}

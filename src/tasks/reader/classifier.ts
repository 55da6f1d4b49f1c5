// The classifier: reads a text, or steps of numbers, and predicts its class (the lecture's many-to-one: the rating of a
// movie), or, with `multiLabel`, each class that it has.
import { fail } from "../../base/index.ts";
import { all, mapped } from "../../data/batches/in-order.ts";
import {
  binaryCrossEntropy,
  crossEntropyLoss,
  type LossFunction,
  sequenceCrossEntropy,
  type TrainingLoss,
  trainingLoss,
} from "../../nn/index.ts";
import {
  add,
  argMax,
  cast,
  constant,
  div,
  equal,
  gather,
  input,
  less,
  mul,
  sigmoid,
  softmax,
  sum,
  type Tensor,
} from "../../tensor/index.ts";
import { classReport } from "../../train/index.ts";
import { type ClassifierReport, labelReport } from "../../train/metrics-labels.ts";
import { predictorOf, predictWith } from "../predictor.ts";
import { given } from "../recipe.ts";
import type { CompileWith, Predictor, RunOptions } from "../task.ts";
import {
  appliedOf,
  inputOf,
  placeOf,
  type ReaderConfig,
  type ReaderData,
  type ReaderInput,
  type ReaderModel,
  type ReaderOptions,
  type ReaderRow,
  reader,
  readerPredictor,
} from "./reader.ts";

export interface ClassifierOptions<Label extends string = string> extends ReaderOptions {
  /** The classes, in the order of their outputs: two or more. */
  labels: readonly Label[];
  /** A row may have any number of the labels, none too: each is decided by itself. False by default. */
  multiLabel?: boolean;
  /** How much a row of each class counts in training (`classWeights` makes rare classes count as much as common ones); 1 by default. */
  classWeights?: ArrayLike<number>;
  /** What training makes small; `crossEntropyLoss()` by default. With `multiLabel`: the binary cross-entropies, always. */
  loss?: TrainingLoss | LossFunction;
}

/** What is saved of a classifier beside its parameters and its tokenizer. */
export interface ClassifierConfig<Label extends string = string> extends ReaderConfig {
  readonly labels: readonly Label[];
  readonly multiLabel?: boolean;
  readonly classWeights?: readonly number[];
  readonly loss?: TrainingLoss["config"];
}

/** `Label` is the union of its labels, where they are known when it is compiled. */
export interface Classifier<Label extends string = string> extends ReaderModel {
  readonly task: "classifier";
  readonly config: ClassifierConfig<Label>;
}

/**
 * Makes a classifier with parameters drawn from `seed`.
 *
 * @throws UnrolledError where there are fewer than two classes
 *
 * @example
 * ```ts
 * const model = classifier({ tokenizer, labels: ["good", "bad"], encoder: bidirectional(lstm({ hiddenSize: 128 })) });
 * for await (const { step, loss } of train(model, { rows }, { epochs: 5 })) console.log(step, loss);
 * ```
 */
export function classifier<const Label extends string>(options: ClassifierOptions<Label>): Classifier<Label> {
  const { labels, multiLabel = false } = options;
  const where = "classifier";
  const K = labels.length;
  const numbers = new Map<string, number>(labels.map((label, id) => [label, id]));
  if (numbers.size < 2 || numbers.size < K || labels.some((label) => typeof label !== "string"))
    fail({
      where: `${where}(labels)`,
      expected: "two or more different classes",
      received: labels.map((label) => JSON.stringify(label)).join(", ") || "none",
      hint: numbers.size === 1 ? "there is nothing to learn from rows of one class" : undefined,
      code: "data",
    });
  const weights = options.classWeights && Array.from(options.classWeights);
  if (weights && (weights.length !== K || weights.some((weight) => !(weight >= 0 && weight < Infinity))))
    fail({ where: `${where}(classWeights)`, expected: `${K} numbers from 0 on`, received: `[${weights}]` });
  if (multiLabel && (options.loss || weights))
    fail({
      where: `${where}(multiLabel)`,
      expected: "no loss and no classWeights",
      received: options.loss ? "a loss" : "classWeights",
    });
  const loss = trainingLoss(options.loss ?? crossEntropyLoss());

  const idOf = (label: string, row: ReaderRow, source?: string): number =>
    numbers.get(label) ??
    fail({
      where: placeOf(source, row),
      problem: `unknown label ${JSON.stringify(label)}`,
      expected: `one of ${labels.slice(0, 8).join(", ")}${K > 8 ? ", ..." : ""}`,
      code: "data",
    });
  const { config, apply, joined, ...parts } = reader(where, K, options, {
    target(row, source) {
      if (!multiLabel) return idOf(row.label, row, source);
      const hot = new Float32Array(K);
      for (const label of labelsOf(row)) hot[idOf(label, row, source)] = 1;
      return hot;
    },
    ...(multiLabel ? { dtype: "float", width: K } : { dtype: "int" }),
  });

  return {
    task: "classifier",
    ...parts,
    apply,
    config: given({
      ...config,
      labels,
      multiLabel: multiLabel || undefined,
      classWeights: weights,
      loss: options.loss && loss.config,
    }) as ClassifierConfig<Label>,
    trace(kind, all, masks) {
      const applied = apply(all, { masks });
      const { outputs: logits } = applied;
      if (multiLabel) {
        const { loss: each, ...found } = multiLabelStep(logits, K);
        return { loss: joined(kind, each, all, applied), ...found };
      }
      const targets = input("targets", ["B"], { dtype: "int" });
      // The loss and its weights shape what is learned; what is watched is the plain cross-entropy.
      const shaped = weights ? { weights: gather(constant(weights, [K]), targets) } : {};
      const right = sum(cast(equal(argMax(logits), targets), "float"));
      return {
        loss: masks
          ? joined(kind, loss.apply(logits, targets, shaped), all, applied)
          : sequenceCrossEntropy(logits, targets),
        totals: { accuracy: right },
      };
    },
    // By the measure that is reported.
    async judge(_, { means: { accuracy, hits, answers } }) {
      if (!multiLabel) return { name: "accuracy", score: accuracy! };
      const score = answers! > 0 ? hits! / answers! : 0;
      return { name: "micro F1", score, means: { accuracy: accuracy!, "micro F1": score } };
    },
  };
}

/** Binary cross-entropies of all labels; a place is a row. `hits / answers` is micro F1. */
function multiLabelStep(logits: Tensor, K: number) {
  const targets = input("targets", ["B", K]);
  const { total, count } = binaryCrossEntropy(logits, targets);
  const rows = mul(count, 1 / K);
  const chosen = cast(less(0, logits), "float");
  const right = sum(cast(equal(chosen, targets), "float"), { axes: [1] });
  return {
    loss: { total, count: rows, mean: div(total, rows) },
    totals: {
      accuracy: sum(cast(less(K - 0.5, right), "float")),
      hits: sum(mul(chosen, targets)),
      answers: mul(add(sum(chosen), sum(targets)), 0.5),
    },
  };
}

/** The labels of a row of multi-label data. */
const labelsOf = (row: ReaderRow): readonly string[] =>
  row.labels ??
  row.label
    .split("|")
    .map((label) => label.trim())
    .filter((label) => label !== "");

export interface Classification<Label extends string = string> {
  label: Label;
  /** Of that label. */
  probability: number;
  /** By class, in the order of the model's labels. */
  probabilities: Float32Array;
  /** With `multiLabel`: the labels of probability `threshold` or more, likeliest first. */
  labels?: Label[];
  /** By token, under attention pooling: how much each counted. */
  attention?: Float32Array;
}

export interface ClassifyOptions extends RunOptions {
  /** Further classifiers of the same labels: the probabilities of all are averaged. There is no `attention` then. */
  readonly with?: readonly Classifier[];
  /** With `multiLabel`: the least probability of a label that a row is said to have; 0.5 by default. */
  readonly threshold?: number;
}

/** Outputs of a classifier: probabilities [B, labels], and attention [B, T] if it pools by it. */
export function classifierOutputs(model: Classifier): Record<string, Tensor> {
  const { outputs, attention } = appliedOf(model);
  const probabilities = model.config.multiLabel ? sigmoid(outputs) : softmax(outputs);
  return { probabilities, ...(attention ? { attention } : {}) };
}

/**
 * Compiles a classifier. A text without a token is read as one unknown token.
 *
 * Classifiers in `with` make an ensemble: averaging takes away part of what each has learned by chance.
 *
 * @throws UnrolledError where the labels of the ensemble differ
 */
export async function classifierPredictor(
  model: Classifier,
  compileWith?: CompileWith,
): Promise<Predictor<ReaderInput, Classification, ClassifyOptions>> {
  const alone = await readerPredictor<Classification, ClassifyOptions>(
    model,
    classifierOutputs(model),
    ({ probabilities, attention }, { length }, { threshold }) => ({
      ...likeliest(model, probabilities!.slice(), threshold),
      ...(attention ? { attention: attention.slice(0, length) } : {}),
    }),
    compileWith,
  );
  return predictorOf<ReaderInput, Classification, ClassifyOptions>(async function* (inputs, options) {
    const { with: others = [], threshold, ...rest } = options;
    if (others.length === 0) return yield* alone.stream(inputs, options);
    for (const other of others) checkLabels(model, other);
    const list = [...inputs];
    const each = [
      alone.stream(list, rest),
      ...others.map((other) => predictClasses(other, list, { ...rest, ...compileWith })),
    ];
    try {
      for (;;) {
        const found = await Promise.all(each.map((one) => one.next()));
        if (found.some(({ done }) => done)) return;
        const all = found.map(({ value }) => (value as Classification).probabilities);
        const mean = all[0]!.map((_, k) => all.reduce((sum, own) => sum + own[k]!, 0) / all.length);
        yield likeliest(model, mean, threshold);
      }
    } finally {
      for (const one of each) await one.return();
    }
  }, alone.release);
}

function checkLabels({ config: { labels } }: Classifier, { config }: Classifier): void {
  if (config.labels.length !== labels.length || config.labels.some((label, k) => label !== labels[k]))
    fail({
      where: "predict(with)",
      expected: `classifiers of the same labels: ${labels.slice(0, 8).join(", ")}`,
      received: config.labels.slice(0, 8).join(", "),
    });
}

function likeliest({ config }: Classifier, probabilities: Float32Array, threshold = 0.5): Classification {
  const { labels, multiLabel } = config;
  const best = probabilities.indexOf(Math.max(...probabilities));
  const chosen = [...probabilities.keys()].filter((k) => probabilities[k]! >= threshold);
  chosen.sort((a, b) => probabilities[b]! - probabilities[a]!);
  return {
    label: labels[best]!,
    probability: probabilities[best]!,
    probabilities,
    ...(multiLabel ? { labels: chosen.map((k) => labels[k]!) } : {}),
  };
}

export const predictClasses = predictWith(classifierPredictor);

/**
 * Accuracy, macro F1, each class and the confusion matrix, in the order of the model's labels. With `multiLabel`: how many
 * rows have exactly their labels, and each label's F1.
 *
 * @throws UnrolledError with `file:line` at a label that the model does not have
 */
export async function reportClasses(
  model: Classifier,
  data: ReaderData,
  options: ClassifyOptions = {},
): Promise<ClassifierReport> {
  model.evaluationBatches(data, {}); // checks the labels
  const { labels, multiLabel } = model.config;
  const numbers = new Map(labels.map((label, id) => [label, id]));
  const ids = (names: readonly string[]) => names.map((label) => numbers.get(label)!);
  const rows = data.rows as Iterable<ReaderRow>;
  const found = await all(predictClasses(model, mapped(rows, inputOf), options), options.signal);
  if (multiLabel)
    return labelReport(
      Array.from(rows, (row) => ids(labelsOf(row))),
      found.map((one) => ids(one.labels!)),
      labels.length,
    );
  return classReport(ids(Array.from(rows, ({ label }) => label)), ids(found.map(({ label }) => label)), labels.length);
}

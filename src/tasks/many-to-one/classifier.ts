// The classifier: reads a text and says which class it is of (the lecture's many-to-one: the rating of a movie).
import { checkNumber, fail } from "../../base/index.ts";
import { type LabeledData, type LabeledText, type Tokenizer, tokenizerFromJSON } from "../../data/index.ts";
import {
  type LayerFromConfigOptions,
  layerFromConfig,
  type Masks,
  type Parameters,
  parameterInputs,
  sequenceCrossEntropy,
} from "../../nn/index.ts";
import { argMax, cast, constant, equal, gather, input, softmax, sum, type Tensor } from "../../tensor/index.ts";
import { type ClassReport, classReport, type Trainable } from "../../train/index.ts";
import { all, mapped } from "../in-order.ts";
import { graphOf } from "../model.ts";
import type { InferenceGraph, RunOptions } from "../task.ts";
import { forwardRows } from "./forward.ts";
import {
  type Applied,
  feedForwardFromConfig,
  type ManyToOneConfig,
  type ManyToOneOptions,
  manyToOneNetwork,
} from "./network.ts";
import {
  defaultMaxLength,
  evaluationRows,
  type RowEncoding,
  rereadRows,
  rowFeeds,
  rowIds,
  trainingRows,
} from "./rows.ts";

export interface ClassifierOptions<Label extends string = string> extends ManyToOneOptions {
  tokenizer: Tokenizer;
  /** The classes, in the order of their outputs: two or more. */
  labels: readonly Label[];
  /** How much a row of each class counts in training (`classWeights` makes rare classes count as much as common ones); 1 by default. */
  classWeights?: ArrayLike<number>;
  /** Share of each target that is spread over all classes while training; 0 by default. */
  smoothing?: number;
  /**
   * With a `bpe` tokenizer, the share of merges left out while training, so that a word is cut otherwise in each epoch
   * (Provilkov et al., 2020, use 0.1); 0 by default.
   */
  subwordDropout?: number;
  /**
   * Share of the tokens that are read as the unknown one while training, so that a text is not known by one word and the
   * unknown token means something; 0 by default.
   */
  wordDropout?: number;
  /** Most tokens read of a text; 1,000 by default, so that one very long text does not fill the memory. */
  maxLength?: number;
  /** Of the first values of the parameters. */
  seed?: number;
}

/** What is saved of a classifier beside its parameters and its tokenizer. */
export interface ClassifierConfig<Label extends string = string> extends ManyToOneConfig {
  readonly labels: readonly Label[];
  readonly classWeights?: readonly number[];
  readonly smoothing: number;
  readonly subwordDropout: number;
  readonly wordDropout: number;
  readonly maxLength: number;
}

/** `Label` is the union of its labels, where they are known when it is compiled. */
export interface Classifier<Label extends string = string> extends Trainable<LabeledData> {
  readonly task: "classifier";
  readonly config: ClassifierConfig<Label>;
  readonly tokenizer: Tokenizer;
  /** Symbolic: ids [B, T] and lengths [B] -> logits [B, classes]. */
  apply(parameters: Parameters, ids: Tensor, lengths: Tensor, masks?: Masks): Applied;
  /** Tokens that each text is cut or padded to, for the feed-forward baseline. */
  readonly window: number | undefined;
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
  const { tokenizer, labels, smoothing = 0, maxLength = defaultMaxLength, seed = 1337 } = options;
  const where = "classifier";
  const { subwordDropout = 0, wordDropout = 0 } = options;
  const numbers = new Map<string, number>(labels.map((label, id) => [label, id]));
  if (numbers.size < 2 || numbers.size < labels.length || labels.some((label) => typeof label !== "string"))
    fail({
      where: `${where}(labels)`,
      expected: "two or more different classes",
      received: labels.map((label) => JSON.stringify(label)).join(", ") || "none",
      hint: numbers.size === 1 ? "there is nothing to learn from rows of one class" : undefined,
      code: "data",
    });
  checkNumber(`${where}(maxLength)`, maxLength, { min: 1, integer: true });
  checkNumber(`${where}(smoothing)`, smoothing, { min: 0, below: 1 });
  checkNumber(`${where}(subwordDropout)`, subwordDropout, { min: 0, below: 1 });
  if (subwordDropout > 0 && tokenizer.kind !== "bpe")
    fail({ where: `${where}(subwordDropout)`, expected: "a bpe tokenizer", received: `a ${tokenizer.kind} tokenizer` });
  checkNumber(`${where}(wordDropout)`, wordDropout, { min: 0, below: 1 });
  if (wordDropout > 0 && tokenizer.special.unk === undefined)
    fail({ where: `${where}(wordDropout)`, expected: "a tokenizer with an unknown token", received: "one without" });
  const weights = options.classWeights && Array.from(options.classWeights);
  if (weights && (weights.length !== labels.length || weights.some((weight) => !(weight >= 0 && weight < Infinity))))
    fail({ where: `${where}(classWeights)`, expected: `${labels.length} numbers from 0 on`, received: `[${weights}]` });
  const { tokens } = tokenizer.vocabulary;
  const network = manyToOneNetwork(where, { tokens }, labels.length, options, seed);
  const { window, config, apply, ...parts } = network;
  const rowOptions = { tokenizer, maxLength };

  const encoding = (source = "data"): RowEncoding<LabeledText> => ({
    encode({ text, label, line }) {
      const target = numbers.get(label);
      if (target !== undefined)
        return { target, ids: rowIds(text, rowOptions), ...(subwordDropout > 0 ? { text } : {}) };
      const known = labels.slice(0, 8).join(", ") + (labels.length > 8 ? ", ..." : "");
      return fail({
        where: line === undefined ? source : `${source}:${line}`,
        problem: `unknown label ${JSON.stringify(label)}`,
        expected: `one of ${known}`,
        code: "data",
      });
    },
    dtype: "int",
    window,
  });

  return {
    task: "classifier",
    ...parts,
    config: {
      ...config,
      labels,
      ...(weights ? { classWeights: weights } : {}),
      smoothing,
      subwordDropout,
      wordDropout,
      maxLength,
    },
    tokenizer,
    window,
    apply,
    trace(_, all, masks) {
      const ids = input("inputs", ["B", window ?? "T"], { dtype: "int" });
      const targets = input("targets", ["B"], { dtype: "int" });
      const { outputs: logits } = apply(all, ids, input("lengths", ["B"], { dtype: "int" }), masks);
      // Weights and smoothing shape what is learned; what is watched is the plain loss.
      const shaped = masks && {
        smoothing,
        ...(weights ? { weights: gather(constant(weights, [weights.length]), targets) } : {}),
      };
      const right = sum(cast(equal(argMax(logits), targets), "float"));
      return { loss: sequenceCrossEntropy(logits, targets, shaped), totals: { accuracy: right } };
    },
    batches({ rows, source }, options) {
      const reread = rereadRows(rowOptions, { subwordDropout, wordDropout, seed: options.seed });
      return trainingRows(rows, { ...encoding(source), reread }, options);
    },
    evaluationBatches: ({ rows, source }, options) => evaluationRows(rows, encoding(source), options),
    // By the measure that is reported. Of equal accuracies, frequent on little data, the one with the lower loss.
    judge: async (_, { means, nats }) => ({ name: "accuracy", score: means.accuracy! - 1e-9 * Math.min(nats, 1e3) }),
  };
}

/** The classifier that a saved configuration describes, with parameters still to be filled in. */
export function classifierFromConfig(
  { encoder, embedding, ...config }: ClassifierConfig,
  tokenizer: unknown,
  options: LayerFromConfigOptions = {},
): Classifier {
  return classifier({
    ...config,
    tokenizer: tokenizerFromJSON(tokenizer),
    ...(embedding ? { embedding: layerFromConfig(embedding, { ...options, path: "embedding" }) } : {}),
    encoder: feedForwardFromConfig(encoder) ?? layerFromConfig(encoder, { ...options, path: "encoder" }),
  });
}

export interface Classification<Label extends string = string> {
  label: Label;
  /** Of that label. */
  probability: number;
  /** By class, in the order of the model's labels. */
  probabilities: Float32Array;
  /** By token, under attention pooling: how much each counted. */
  attention?: Float32Array;
}

export interface ClassifyOptions extends RunOptions {
  /** Further classifiers of the same labels: the probabilities of all are averaged. There is no `attention` then. */
  readonly with?: readonly Classifier[];
}

/**
 * Classifies texts; results in their order. A text without a token is read as one unknown token.
 *
 * Classifiers in `with` make an ensemble: averaging takes away part of what each has learned by chance.
 *
 * @throws UnrolledError where the labels of the ensemble differ
 */
export async function* predictClasses(
  model: Classifier,
  texts: Iterable<string>,
  { with: others = [], ...options }: ClassifyOptions = {},
): AsyncGenerator<Classification, void, void> {
  const labels = commonLabels([model, ...others]);
  if (others.length === 0) return yield* predictAlone(model, texts, options);
  const list = [...texts];
  const each = [model, ...others].map((one) => predictAlone(one, list, options));
  try {
    for (;;) {
      const found: Classification[] = [];
      for (const one of each) {
        const { value, done } = await one.next();
        if (done) return;
        found.push(value);
      }
      const probabilities = Float32Array.from(
        labels,
        (_, k) => found.reduce((sum, own) => sum + own.probabilities[k]!, 0) / each.length,
      );
      yield { ...likeliest(labels, probabilities), probabilities };
    }
  } finally {
    for (const one of each) await one.return();
  }
}

/** The labels of classifiers that are to vote together. */
function commonLabels([first, ...others]: readonly Classifier[]): readonly string[] {
  const { labels } = first!.config;
  for (const { config } of others)
    if (config.labels.length !== labels.length || config.labels.some((label, k) => label !== labels[k]))
      fail({
        where: "predict(with)",
        expected: `classifiers of the same labels: ${labels.slice(0, 8).join(", ")}`,
        received: config.labels.slice(0, 8).join(", "),
      });
  return labels;
}

function likeliest(labels: readonly string[], probabilities: Float32Array) {
  const best = probabilities.indexOf(Math.max(...probabilities));
  return { label: labels[best]!, probability: probabilities[best]! };
}

/** Graph of a classifier: ids [B, T] and lengths [B] -> probabilities [B, labels], and attention [B, T] if it pools by it. */
export function classifierGraph(model: Classifier): InferenceGraph {
  const ids = input("inputs", ["B", model.window ?? "T"], { dtype: "int" });
  const lengths = input("lengths", ["B"], { dtype: "int" });
  const { outputs, attention } = model.apply(parameterInputs(model.specs), ids, lengths);
  return graphOf({ probabilities: softmax(outputs), ...(attention ? { attention } : {}) });
}

function predictAlone(model: Classifier, texts: Iterable<string>, options: RunOptions) {
  const { tokenizer, config, window } = model;
  return forwardRows<Int32Array, Classification>(
    model,
    mapped(texts, (text) => rowIds(text, { tokenizer, maxLength: config.maxLength })),
    {
      graph: classifierGraph(model),
      lengthOf: (ids) => ids.length,
      feeds: (rows) => rowFeeds(rows, window),
      take(ids, { probabilities, attention }) {
        const own = probabilities!.slice();
        return {
          ...likeliest(config.labels, own),
          probabilities: own,
          ...(attention ? { attention: attention.slice(0, ids.length) } : {}),
        };
      },
      where: "predict",
    },
    options,
  );
}

/**
 * Accuracy, macro F1, each class and the confusion matrix, in the order of the model's labels.
 *
 * @throws UnrolledError with `file:line` at a label that the model does not know
 */
export async function reportClasses(
  model: Classifier,
  data: LabeledData,
  options: ClassifyOptions = {},
): Promise<ClassReport> {
  model.evaluationBatches(data, {}); // checks the labels
  const { labels } = model.config;
  const numbers = new Map(labels.map((label, id) => [label, id]));
  const texts = mapped(data.rows, ({ text }) => text);
  const found = await all(predictClasses(model, texts, options), options.signal);
  return classReport(
    Array.from(data.rows, ({ label }) => numbers.get(label)!),
    found.map(({ label }) => numbers.get(label)!),
    labels.length,
  );
}

/** @deprecated `predict` */
export const classify = (
  model: Classifier | readonly Classifier[],
  texts: readonly string[],
  options: RunOptions = {},
) => {
  const [first, ...others] = "task" in model ? [model] : model;
  return all(predictClasses(first!, texts, { ...options, with: others }), options.signal);
};
/** @deprecated `report` */
export const classifierReport = (
  model: Classifier | readonly Classifier[],
  data: LabeledData,
  options: RunOptions = {},
) => {
  const [first, ...others] = "task" in model ? [model] : model;
  return reportClasses(first!, data, { ...options, with: others });
};

// The regressor: reads a text and gives a number (many-to-one with one real output: how many stars).
import { checkNumber, fail } from "../../base/index.ts";
import {
  type LabeledData,
  type LabeledText,
  normalization,
  type Tokenizer,
  tokenizerFromJSON,
} from "../../data/index.ts";
import {
  type LayerFromConfigOptions,
  layerFromConfig,
  type Masks,
  meanSquaredError,
  type Parameters,
  parameterInputs,
} from "../../nn/index.ts";
import { abs, input, reshape, sub, sum, type Tensor } from "../../tensor/index.ts";
import { type NumberReport, numberReport, pearson, type Trainable } from "../../train/index.ts";
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
import { defaultMaxLength, evaluationRows, type RowEncoding, rowFeeds, rowIds, trainingRows } from "./rows.ts";

export interface RegressorOptions extends ManyToOneOptions {
  tokenizer: Tokenizer;
  /** Mean and deviation of the training targets (`targetScale`): the network works on targets of mean 0 and deviation 1. */
  scale: TargetScale;
  /** Most tokens read of a text; 1,000 by default. */
  maxLength?: number;
  /** Of the first values of the parameters. */
  seed?: number;
}

export interface TargetScale {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Mean and deviation of the labels of training rows; deviation 1 where all are alike.
 *
 * @example
 * ```ts
 * const scale = targetScale({ rows: [{ text: "fine", label: "4.5" }, { text: "dull", label: "1" }] });
 * ```
 */
export function targetScale({ rows }: LabeledData): TargetScale {
  const { mean, deviation } = normalization(Float64Array.from(rows, ({ label }) => Number(label)));
  return { mean, deviation };
}

/** What is saved of a regressor beside its parameters and its tokenizer. */
export interface RegressorConfig extends ManyToOneConfig {
  readonly scale: TargetScale;
  readonly maxLength: number;
}

export interface Regressor extends Trainable<LabeledData> {
  readonly task: "regressor";
  readonly config: RegressorConfig;
  readonly tokenizer: Tokenizer;
  /** Symbolic: ids [B, T] and lengths [B] -> scaled numbers [B, 1]. */
  apply(parameters: Parameters, ids: Tensor, lengths: Tensor, masks?: Masks): Applied;
  readonly window: number | undefined;
}

/**
 * Makes a regressor with parameters drawn from `seed`. Its loss is the squared error in units of the target's variance.
 *
 * @example
 * ```ts
 * const model = regressor({ tokenizer, scale: targetScale({ rows }), encoder: gru({ hiddenSize: 128 }) });
 * ```
 */
export function regressor(options: RegressorOptions): Regressor {
  const { tokenizer, scale, maxLength = defaultMaxLength, seed = 1337 } = options;
  checkNumber("regressor(maxLength)", maxLength, { min: 1, integer: true });
  checkNumber("regressor(scale.deviation)", scale.deviation, { above: 0, below: Infinity });
  const tokens = tokenizer.vocabulary.tokens;
  const network = manyToOneNetwork("regressor", { tokens }, 1, options, seed);
  const { window, config, apply, ...parts } = network;

  const encoding = (source = "data"): RowEncoding<LabeledText> => ({
    encode({ text, label, line }) {
      const value = Number(label);
      if (label.trim() !== "" && Number.isFinite(value))
        return { target: (value - scale.mean) / scale.deviation, ids: rowIds(text, { tokenizer, maxLength }) };
      const where = line === undefined ? source : `${source}:${line}`;
      return fail({ where, expected: "a number", received: JSON.stringify(label), code: "data" });
    },
    dtype: "float",
    window,
  });

  return {
    task: "regressor",
    ...parts,
    config: { ...config, scale: { mean: scale.mean, deviation: scale.deviation }, maxLength },
    tokenizer,
    window,
    apply,
    trace(_, all, masks) {
      const ids = input("inputs", ["B", window ?? "T"], { dtype: "int" });
      const targets = input("targets", ["B"]);
      const { outputs } = apply(all, ids, input("lengths", ["B"], { dtype: "int" }), masks);
      const numbers = reshape(outputs, ["B"]);
      return { loss: meanSquaredError(numbers, targets), totals: { absolute: sum(abs(sub(numbers, targets))) } };
    },
    batches: ({ rows, source }, options) => trainingRows(rows, encoding(source), options),
    evaluationBatches: ({ rows, source }, options) => evaluationRows(rows, encoding(source), options),
  };
}

/** The regressor that a saved configuration describes, with parameters still to be filled in. */
export function regressorFromConfig(
  { encoder, embedding, ...config }: RegressorConfig,
  tokenizer: unknown,
  options: LayerFromConfigOptions = {},
): Regressor {
  return regressor({
    ...config,
    tokenizer: tokenizerFromJSON(tokenizer),
    ...(embedding ? { embedding: layerFromConfig(embedding, { ...options, path: "embedding" }) } : {}),
    encoder: feedForwardFromConfig(encoder) ?? layerFromConfig(encoder, { ...options, path: "encoder" }),
  });
}

/** A number predicted from a text. */
export interface Estimate {
  /** In the unit of the training labels. */
  readonly value: number;
}

/** Graph of a regressor: ids [B, T] and lengths [B] -> scaled numbers [B, 1], and attention [B, T] if it pools by it. */
export function regressorGraph(model: Regressor): InferenceGraph {
  const ids = input("inputs", ["B", model.window ?? "T"], { dtype: "int" });
  const lengths = input("lengths", ["B"], { dtype: "int" });
  const { outputs, attention } = model.apply(parameterInputs(model.specs), ids, lengths);
  return graphOf({ number: outputs, ...(attention ? { attention } : {}) });
}

/** A number for each text, in the unit of the training labels. */
export function predictNumbers(
  model: Regressor,
  texts: Iterable<string>,
  options: RunOptions = {},
): AsyncGenerator<Estimate, void, void> {
  const { tokenizer, config, window } = model;
  return forwardRows<Int32Array, Estimate>(
    model,
    mapped(texts, (text) => rowIds(text, { tokenizer, maxLength: config.maxLength })),
    {
      graph: regressorGraph(model),
      lengthOf: (ids) => ids.length,
      feeds: (rows) => rowFeeds(rows, window),
      take: (_, { number }) => ({ value: number![0]! * config.scale.deviation + config.scale.mean }),
      where: "predict",
    },
    options,
  );
}

/** @deprecated `predict` */
export const rate = async (model: Regressor, texts: readonly string[], options: RunOptions = {}) =>
  Float64Array.from(await all(predictNumbers(model, texts, options), options.signal), ({ value }) => value);

export interface RegressorReport extends NumberReport {
  /** Pearson's correlation of truth and prediction; NaN where one is constant. */
  correlation: number;
  /** Errors of always giving the mean of the training labels. */
  constant: NumberReport;
}

/** Errors in the unit of the labels, beside those of the constant guess. @throws UnrolledError with `file:line` at a label that is no number */
export async function reportNumbers(
  model: Regressor,
  data: LabeledData,
  options: RunOptions = {},
): Promise<RegressorReport> {
  model.evaluationBatches(data, {}); // checks the labels
  const truth = Array.from(data.rows, ({ label }) => Number(label));
  const texts = mapped(data.rows, ({ text }) => text);
  const found = Array.from(await all(predictNumbers(model, texts, options), options.signal), ({ value }) => value);
  return {
    ...numberReport(truth, found),
    correlation: truth.length > 1 ? pearson(truth, found) : Number.NaN,
    constant: numberReport(truth, new Float64Array(truth.length).fill(model.config.scale.mean)),
  };
}

/** @deprecated `report` */
export const regressorReport = reportNumbers;

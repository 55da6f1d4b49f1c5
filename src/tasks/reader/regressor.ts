// The regressor: reads a text, or steps of numbers, and predicts a number (many-to-one with one real output: how many stars).
import { checkNumber, fail } from "../../base/index.ts";
import { all, mapped } from "../../data/batches/in-order.ts";
import { type LabeledData, normalization } from "../../data/index.ts";
import { meanSquaredError } from "../../nn/index.ts";
import { abs, input, reshape, sub, sum, type Tensor } from "../../tensor/index.ts";
import { type NumberReport, numberReport, pearson } from "../../train/index.ts";
import { predictWith } from "../predictor.ts";
import type { CompileWith, RunOptions } from "../task.ts";
import {
  appliedOf,
  inputOf,
  placeOf,
  type ReaderConfig,
  type ReaderData,
  type ReaderModel,
  type ReaderOptions,
  type ReaderRow,
  reader,
  readerPredictor,
} from "./reader.ts";

export interface RegressorOptions extends ReaderOptions {
  /** Mean and deviation of the training targets (`targetScale`): the network works on targets of mean 0 and deviation 1. */
  scale: TargetScale;
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
export function targetScale({ rows }: Pick<LabeledData, "rows">): TargetScale {
  const { mean, deviation } = normalization(Float64Array.from(rows, ({ label }) => Number(label)));
  return { mean, deviation };
}

/** What is saved of a regressor beside its parameters and its tokenizer. */
export interface RegressorConfig extends ReaderConfig {
  readonly scale: TargetScale;
}

export interface Regressor extends ReaderModel {
  readonly task: "regressor";
  readonly config: RegressorConfig;
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
  const { mean, deviation } = options.scale;
  checkNumber("regressor(scale.deviation)", deviation, { above: 0, below: Infinity });
  const { config, apply, joined, ...parts } = reader("regressor", 1, options, {
    target(row, source) {
      const { label } = row;
      const value = Number(label);
      if (label.trim() !== "" && Number.isFinite(value)) return (value - mean) / deviation;
      return fail({ where: placeOf(source, row), expected: "a number", received: JSON.stringify(label), code: "data" });
    },
    dtype: "float",
  });
  return {
    task: "regressor",
    ...parts,
    apply,
    config: { ...config, scale: { mean, deviation } },
    trace(kind, all, masks) {
      const targets = input("targets", ["B"]);
      const applied = apply(all, { masks });
      const numbers = reshape(applied.outputs, ["B"]);
      const loss = joined(kind, meanSquaredError(numbers, targets), all, applied);
      return { loss, totals: { absolute: sum(abs(sub(numbers, targets))) } };
    },
  };
}

/** A number predicted from a text. */
export interface Estimate {
  /** In the unit of the training labels. */
  readonly value: number;
}

/** Outputs of a regressor: scaled numbers [B, 1], and attention [B, T] if it pools by it. */
export function regressorOutputs(model: Regressor): Record<string, Tensor> {
  const { outputs, attention } = appliedOf(model);
  return { number: outputs, ...(attention ? { attention } : {}) };
}

/** Compiles a regressor. */
export const regressorPredictor = (model: Regressor, compileWith?: CompileWith) => {
  const { mean, deviation } = model.config.scale;
  const take = ({ number }: Readonly<Record<string, Float32Array>>) => ({ value: number![0]! * deviation + mean });
  return readerPredictor<Estimate, RunOptions>(model, regressorOutputs(model), take, compileWith);
};

export const predictNumbers = predictWith(regressorPredictor);

export interface RegressorReport extends NumberReport {
  /** Pearson's correlation of truth and prediction; NaN where one is constant. */
  correlation: number;
  /** Errors of always giving the mean of the training labels. */
  constant: NumberReport;
}

/** Errors in the unit of the labels, beside those of the constant guess. @throws UnrolledError with `file:line` at a label that is no number */
export async function reportNumbers(
  model: Regressor,
  data: ReaderData,
  options: RunOptions = {},
): Promise<RegressorReport> {
  model.evaluationBatches(data, {}); // checks the labels
  const rows = data.rows as Iterable<ReaderRow>;
  const truth = Array.from(rows, ({ label }) => Number(label));
  const found = (await all(predictNumbers(model, mapped(rows, inputOf), options), options.signal)).map(
    (one) => one.value,
  );
  return {
    ...numberReport(truth, found),
    correlation: truth.length > 1 ? pearson(truth, found) : Number.NaN,
    constant: numberReport(truth, new Float64Array(truth.length).fill(model.config.scale.mean)),
  };
}

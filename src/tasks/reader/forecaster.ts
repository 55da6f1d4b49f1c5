// The forecaster: reads the last steps of some series of numbers and gives the next ones of one of them.

import { checkNumber, fail, showValue } from "../../base/index.ts";
import { all } from "../../data/batches/in-order.ts";
import { evaluationRows, trainingRows } from "../../data/batches/rows.ts";
import {
  autoregressiveForecasts,
  type LinearPart,
  normalized,
  type SeenSeries,
  type SeriesData,
  type SeriesScale,
  seenSeries,
  seriesTransform,
  seriesWindows,
  suggestTransform,
} from "../../data/index.ts";
import { readingFeeds } from "../../data/readings.ts";
import { floats } from "../../engine/values.ts";
import { applyLinear, linearBlock } from "../../networks/linear-part.ts";
import {
  type Applied,
  type ApplyReader,
  type NetworkConfig,
  type NetworkOptions,
  readerNetwork,
} from "../../networks/many-to-one.ts";
import { graphOf, rowsOf } from "../../networks/model.ts";
import { meanSquaredError, type Parameters, parameterInputs, under } from "../../nn/index.ts";
import { add, input, mul, reshape, slice, sub, sum, type Tensor } from "../../tensor/index.ts";
import { type NumberReport, naiveForecasts, numberReport, type Trainable } from "../../train/index.ts";
import { compileBulk } from "../bulk.ts";
import { batchPredictor, predictWith } from "../predictor.ts";
import type { CompileWith, InferenceGraph, Predictor, RunOptions } from "../task.ts";

/** Series, and which time steps of them are targets: all by default. Steps before `from` may be read. */
export interface ForecastData {
  series: Pick<SeriesData, "names" | "series" | "length"> & { source?: string };
  from?: number;
  to?: number;
}

export interface ForecasterOptions extends Pick<NetworkOptions, "encoder" | "pooling" | "head" | "dropout"> {
  /** The series that are read, as `fitForecast` or `seriesScales` finds them in the training part. */
  inputs: readonly SeriesScale[];
  /** Which of them is forecast; the first by default. */
  target?: number;
  /** Steps read. 48 by default. */
  length?: number;
  /** Steps forecast. 1 by default. */
  horizon?: number;
  /** Steps in a season, for the seasonal-naive forecast it is compared with. */
  season?: number;
  /** The window is read relative to its last step; false by default. */
  relative?: boolean;
  /** An autoregression from `fitForecast`, which the network then corrects. */
  linear?: LinearPart;
  /** What it is trained and chosen on, from `seenSeries`: kept, so that it is not measured on it later. */
  seen?: SeenSeries;
  /** Seed for parameter initialization. */
  seed?: number;
}

/** What is saved of a forecaster beside its parameters. */
export type ForecasterConfig = Pick<NetworkConfig, "encoder" | "pooling" | "head" | "dropout"> &
  Readonly<Required<Pick<ForecasterOptions, "inputs" | "target" | "length" | "horizon" | "season">>> &
  Readonly<Pick<ForecasterOptions, "relative" | "seen">> & {
    /** Whether the network corrects a linear autoregression. */
    readonly linear?: boolean;
  };

export interface Forecaster extends Trainable<ForecastData> {
  readonly task: "forecaster";
  readonly config: ForecasterConfig;
  /** Symbolic: the inputs `inputs`, normalized steps [B, T, D], and `lengths` [B] -> changes from the last value, [B, horizon]. */
  apply(parameters: Parameters, options?: ApplyReader): Applied;
}

/** The first step that the model has not seen: 0, unless the series begin with those it was trained on. */
export function firstUnseen({ config: { inputs, seen } }: Forecaster, series: ForecastData["series"]): number {
  if (!seen || series.length < seen.steps) return 0;
  const own = inputs.map(({ name }) => series.series[series.names.indexOf(name)] ?? new Float64Array(0));
  const here = seenSeries({ series: { ...series, series: own }, to: seen.steps });
  return here.fingerprint === seen.fingerprint ? seen.steps : 0;
}

/** A window: `length` steps of D numbers, and the changes from its last value to the targets. */
interface Window {
  readonly values: Float32Array;
  readonly length: number;
  readonly changes: Float32Array;
}

/**
 * Makes a forecaster with parameters drawn from `seed`. It forecasts changes from the last value, so that zero outputs are
 * the naive forecast.
 *
 * @example
 * ```ts
 * const fitted = fitForecast({ series }, { length: 48, horizon: 24 });
 * const model = forecaster({ ...fitted, encoder: gru({ hiddenSize: 64 }) });
 * ```
 */
export function forecaster(options: ForecasterOptions): Forecaster {
  const { inputs, target = 0, length = 48, horizon = 1, season = 1, pooling = "last", seen, seed = 1337 } = options;
  const where = "forecaster";
  if (inputs.length === 0) fail({ where: `${where}(inputs)`, expected: "at least one series", received: "none" });
  for (const { name } of inputs as readonly { name: unknown }[])
    if (typeof name !== "string")
      fail({ where: `${where}(inputs)`, expected: "series with a name", received: JSON.stringify(name) ?? "none" });
  checkNumber(`${where}(target)`, target, { min: 0, max: inputs.length - 1, integer: true });
  for (const [name, value] of Object.entries({ length, horizon, season }))
    checkNumber(`${where}(${name})`, value, { min: 1, integer: true });
  const D = inputs.length;
  const { relative = false, linear } = options;
  const more = linear && linearBlock(linear, { length, horizon });
  const network = readerNetwork(where, D, horizon, { ...options, pooling }, seed, { more });
  const { config: whole, window, weights } = network;
  if (window !== undefined && window !== length)
    fail({ where: `${where}(encoder)`, expected: `a window of ${length}, the length`, received: String(window) });
  const { encoder, head, dropout } = whole;
  const config: ForecasterConfig = {
    encoder,
    pooling,
    ...(head ? { head } : {}),
    dropout,
    inputs,
    target,
    length,
    horizon,
    season,
    ...(relative ? { relative } : {}),
    ...(linear ? { linear: true } : {}),
    ...(seen === undefined ? {} : { seen }),
  };

  const apply: Forecaster["apply"] = (all, { inputs: given, ...rest } = {}) => {
    if (!relative && !more) return network.apply(all, { inputs: given, ...rest });
    const steps = given ?? input("inputs", ["B", length, D]);
    const own = relative ? sub(steps, slice(steps, 1, length - 1, length)) : steps;
    const applied = network.apply(all, { inputs: own, ...rest });
    if (!more) return applied;
    const window = reshape(slice(own, 2, target, target + 1), ["B", length]);
    return { ...applied, outputs: add(applied.outputs, applyLinear(under(all, "linear"), window)) };
  };

  function windowsOf({ series, from, to }: ForecastData) {
    const scaled = columnsOf(config, series).map((values, d) => normalized(inputs[d]!, values, series));
    const found = seriesWindows(scaled, { length, horizon, target, from, to });
    const read = (row: number): Window => {
      const values = found.inputs.subarray(row * length * D, (row + 1) * length * D);
      const last = values[(length - 1) * D + target]!;
      const changes = found.targets.slice(row * horizon, (row + 1) * horizon).map((value) => value - last);
      return { values, length, changes };
    };
    return {
      lengths: new Int32Array(found.B).fill(length),
      read: (places: ArrayLike<number>) => Array.from(places, read),
    };
  }
  const batchOf = (rows: readonly Window[]) => {
    const changes = new Float32Array(rows.length * horizon);
    for (const [b, row] of rows.entries()) changes.set(row.changes, b * horizon);
    const feeds = { ...readingFeeds(rows, D), targets: floats(changes, rows.length, horizon) };
    return { feeds, rows: rows.length, tokens: rows.length * length };
  };

  return {
    task: "forecaster",
    ...weights,
    config,
    apply,
    trace(_, all, masks) {
      const { outputs } = apply(all, { masks });
      const targets = input("targets", ["B", horizon]);
      const last = sub(...([outputs, targets].map((each) => slice(each, 1, horizon - 1, horizon)) as [Tensor, Tensor]));
      return { loss: meanSquaredError(outputs, targets), totals: { last: sum(mul(last, last)) } };
    },
    batches: (data, order) => trainingRows("windows", windowsOf(data), batchOf, order),
    evaluationBatches(data, { batchSize = 64, share = 1 }) {
      const { lengths, read } = windowsOf(data);
      const some = lengths.subarray(0, Math.max(1, Math.ceil(share * lengths.length)));
      return evaluationRows("windows", { lengths: some, read }, batchOf, { batchSize });
    },
    // The report's error is that of the last step; the loss counts every step.
    async judge(_, { means: { last } }) {
      const name = inputs[target]!.log ? "RMSE of logarithms" : "RMSE";
      const error = Math.sqrt(last! * horizon) * inputs[target]!.deviation;
      return { name, score: -error, means: { [name]: error } };
    },
  };
}

/** Steps of a window: fixed where the network or its linear part needs that. */
export const stepsOf = ({ encoder, length, relative, linear }: ForecasterConfig): number | "T" =>
  encoder.type === "feedForward" || relative || linear ? length : "T";

/** The model's series, found by name. */
function columnsOf({ inputs }: Pick<ForecasterConfig, "inputs">, { names, series, source }: ForecastData["series"]) {
  return inputs.map(({ name }) => {
    const where = source ?? "forecaster";
    const missing = () => fail({ where, expected: `a column "${name}"`, received: names.join(", "), code: "data" });
    return series[names.indexOf(name)] ?? missing();
  });
}

/** What to forecast from: series, and the first step to forecast, the one after the last by default. */
export interface ForecastInput {
  readonly series: ForecastData["series"];
  readonly at?: number;
}

export interface Forecast {
  /** The first step that was forecast. */
  readonly at: number;
  /** The `horizon` values from there on, in the unit of the series. */
  readonly values: Float64Array;
}

/** Graph of a forecaster: normalized steps [B, T, D] and lengths [B] -> changes from the last value, [B, horizon]. */
export const forecasterGraph = (model: Forecaster): InferenceGraph =>
  graphOf({ changes: model.apply(parameterInputs(model.specs)).outputs });

/** Compiles a forecaster: the `horizon` values from a step on, from the `length` steps before it. */
export async function forecasterPredictor(
  model: Forecaster,
  compileWith?: CompileWith,
): Promise<Predictor<ForecastInput, Forecast>> {
  const { target, length, inputs: scales } = model.config;
  const D = scales.length;
  const { mean, deviation, log } = scales[target]!;
  const session = await compileBulk(model, forecasterGraph(model), compileWith);
  return batchPredictor({
    read(given: ForecastInput) {
      if (!Array.isArray(given?.series?.names) || !Array.isArray(given.series.series))
        fail({
          where: "forecast",
          expected: "{ series: { names, series, length } }, as readSeries returns them",
          received: showValue(given),
        });
      const { series, at = series.length } = given;
      const columns = columnsOf(model.config, series);
      if (at < length) {
        const where = series.source ?? "forecast";
        const expected = `at least ${length} time steps before a forecast`;
        fail({ where, expected, received: String(at), code: "data" });
      }
      const values = new Float32Array(length * D);
      for (const [d, column] of columns.entries()) {
        const window = normalized(scales[d]!, column.subarray(at - length, at), { ...series, first: at - length });
        for (let t = 0; t < length; t++) values[t * D + d] = window[t]!;
      }
      return { at, values, length };
    },
    lengthOf: () => length,
    answer: async (rows) =>
      rowsOf(await session.run(readingFeeds(rows, D)), rows.length).map(({ changes }, b) => {
        const { at, values } = rows[b]!;
        const last = values[(length - 1) * D + target]!;
        const own = Float64Array.from(changes!, (change) => (last + change) * deviation + mean);
        return { at, values: log ? own.map(Math.exp) : own };
      }),
    release: () => session.release(),
  });
}

export const predictSeries = predictWith(forecasterPredictor);

export interface ForecastReport extends NumberReport {
  /** Forecasts made, each `horizon` steps ahead (errors are those of the last of these steps). */
  count: number;
  horizon: number;
  /** The value `horizon` steps before. */
  naive: NumberReport;
  /** The value of the same place in the last known season. */
  seasonal: NumberReport;
  /** A linear autoregression, fitted on the steps before `from` in the transform that suits them; absent where these are too few. */
  linear?: NumberReport;
  season: number;
}

/** Errors on the steps from `from` on, each forecast `horizon` steps ahead, beside those of the naive forecasts. */
export async function reportForecasts(
  model: Forecaster,
  { series, from = 0, to = series.length }: ForecastData,
  options: RunOptions = {},
): Promise<ForecastReport> {
  const { inputs, target, length, horizon, season } = model.config;
  const known = Math.max(from, length + horizon - 1, Math.ceil(horizon / season) * season);
  if (known >= to) {
    const where = series.source ?? "forecaster";
    fail({ where, expected: `more than ${known} time steps`, received: String(to), code: "data" });
  }
  const rows = Array.from({ length: to - known }, (_, i) => ({ series, at: known + i - horizon + 1 }));
  const found = await all(predictSeries(model, rows, options), options.signal);
  const last = Float64Array.from(found, ({ values: own }) => own[horizon - 1]!);
  const values = Array.prototype.slice.call(series.series[series.names.indexOf(inputs[target]!.name)]!, 0, to);
  const { truth, naive, seasonal } = naiveForecasts(values, { from: known, horizon, season });
  const linear = linearForecasts(values, { from: known, horizon, season });
  return {
    ...numberReport(truth, last),
    count: rows.length,
    horizon,
    naive: numberReport(truth, naive),
    seasonal: numberReport(truth, seasonal),
    ...(linear ? { linear: numberReport(truth, linear) } : {}),
    season,
  };
}

/** Forecasts of a linear autoregression; none where the series is too short for one. */
function linearForecasts(
  values: readonly number[],
  { from, horizon, season }: { from: number; horizon: number; season: number },
): Float64Array | undefined {
  const training = values.slice(0, from);
  if (from < Math.max(24, 3 * season + horizon)) return undefined;
  const transform = seriesTransform(suggestTransform(training, season).name);
  return autoregressiveForecasts(values, { from, horizon, season, transform });
}

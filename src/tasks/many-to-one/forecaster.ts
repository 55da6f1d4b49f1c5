// The forecaster: reads the last steps of some series of numbers and gives the next ones of one of them.
import { checkNumber, fail } from "../../base/index.ts";
import {
  autoregressiveForecasts,
  bucketBatches,
  normalization,
  type SeriesData,
  seriesTransform,
  seriesWindows,
  suggestTransform,
} from "../../data/index.ts";
import type { Value } from "../../engine/index.ts";
import {
  type LayerFromConfigOptions,
  layerFromConfig,
  type Masks,
  meanSquaredError,
  type Parameters,
  parameterInputs,
} from "../../nn/index.ts";
import { input, type Tensor } from "../../tensor/index.ts";
import { type NumberReport, naiveForecasts, numberReport, type Trainable } from "../../train/index.ts";
import { all, mapped } from "../in-order.ts";
import { graphOf } from "../model.ts";
import type { InferenceGraph, RunOptions } from "../task.ts";
import type { TokenEmbeddingOptions } from "../token-embedding.ts";
import { forwardRows } from "./forward.ts";
import {
  feedForwardFromConfig,
  type ManyToOneConfig,
  type ManyToOneEncoder,
  type ManyToOneOptions,
  manyToOneNetwork,
} from "./network.ts";

/** Series, and which time steps of them are targets: all by default. Steps before `from` may be read. */
export interface ForecastData {
  series: Pick<SeriesData, "names" | "series" | "length"> & { source?: string };
  from?: number;
  to?: number;
}

export interface ForecasterOptions extends Omit<ManyToOneOptions, "encoder" | keyof TokenEmbeddingOptions> {
  /** What reads the steps: `gru({ hiddenSize: 64 })`, say; or `feedForward` with a window of `length`, the baseline. */
  encoder: ManyToOneEncoder;
  /** The series that are read, as `fitForecast` finds them in the training part: names, means, deviations. */
  inputs: readonly SeriesScale[];
  /** Which of them is forecast; the first by default. */
  target?: number;
  /** Steps read. 48 by default. */
  length?: number;
  /** Steps forecast. 1 by default. */
  horizon?: number;
  /** Steps in a season, for the seasonal-naive forecast it is compared with. */
  season?: number;
  /** What it is trained and chosen on, from `seenSeries`: kept, so that it is not measured on it later. */
  seen?: SeenSeries;
  /** Of the first values of the parameters. */
  seed?: number;
}

/** The beginning of some series: how many steps, and a number that tells it from others. */
export interface SeenSeries {
  readonly steps: number;
  readonly fingerprint: number;
}

export interface SeriesScale {
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
}

/** What is saved of a forecaster beside its parameters. */
export interface ForecasterConfig extends Omit<ManyToOneConfig, keyof TokenEmbeddingOptions> {
  readonly inputs: readonly SeriesScale[];
  readonly target: number;
  readonly length: number;
  readonly horizon: number;
  readonly season: number;
  readonly seen?: SeenSeries;
}

export interface Forecaster extends Trainable<ForecastData> {
  readonly task: "forecaster";
  readonly config: ForecasterConfig;
  /** Symbolic: normalized steps [B, T, D] and lengths [B] -> changes from the last value to the next ones, [B, horizon]. */
  apply(parameters: Parameters, steps: Tensor, lengths: Tensor, masks?: Masks): { outputs: Tensor };
}

/**
 * Means and deviations of each series up to `to`: of the training part alone, so that nothing of the test part leaks.
 *
 * @example
 * ```ts
 * const inputs = seriesScales({ series, to: 800 }); // from the training part alone
 * ```
 */
export function seriesScales({ series: { names, series }, to }: ForecastData): SeriesScale[] {
  return series.map((values, i) => {
    const { mean, deviation } = normalization(Array.prototype.slice.call(values, 0, to) as number[]);
    return { name: names[i]!, mean, deviation };
  });
}

/** The steps up to `to`, to be told again from other series. */
export function seenSeries({ series: { series, length }, to = length }: ForecastData): SeenSeries {
  // FNV-1a over the bits of all values.
  let hash = 0x811c9dc5;
  for (const values of series)
    for (const word of new Uint32Array(Float64Array.from(values.slice(0, to)).buffer))
      hash = Math.imul(hash ^ word, 0x01000193);
  return { steps: to, fingerprint: hash >>> 0 };
}

/** The first step that the model has not seen: 0, unless the series begin with those it was trained on. */
export function firstUnseen({ config: { inputs, seen } }: Forecaster, series: ForecastData["series"]): number {
  if (!seen || series.length < seen.steps) return 0;
  const own = inputs.map(({ name }) => series.series[series.names.indexOf(name)] ?? new Float64Array(0));
  const here = seenSeries({ series: { ...series, series: own }, to: seen.steps });
  return here.fingerprint === seen.fingerprint ? seen.steps : 0;
}

/**
 * The lag, from 2 to `longest`, at which a series is most like itself once its trend is taken out (autocorrelation of
 * the differences): 24 for hours with a daily rhythm. 1 where no lag reaches a correlation of 0.3. Multiples of a season
 * are as alike as the season itself, so the first peak that comes near the highest one is taken.
 *
 * @example
 * ```ts
 * const season = findSeason(series.series[0]!); // 24 for hours with a daily rhythm
 * ```
 */
export function findSeason(values: ArrayLike<number>, longest = Math.min(400, Math.floor(values.length / 3))): number {
  const changes = Float64Array.from({ length: Math.max(0, values.length - 1) }, (_, t) => values[t + 1]! - values[t]!);
  const { mean, deviation } = normalization(changes);
  if (deviation < 1e-9 * Math.max(1, Math.abs(mean))) return 1; // a straight line has no rhythm
  const alike = Float64Array.from({ length: longest + 2 }, (_, lag) => {
    let total = 0;
    for (let t = lag; t < changes.length; t++) total += (changes[t]! - mean) * (changes[t - lag]! - mean);
    return total / Math.max(1, changes.length - lag) / deviation ** 2;
  });
  const peaks = Array.from({ length: Math.max(0, longest - 1) }, (_, i) => i + 2).filter(
    (lag) => alike[lag]! > 0.3 && alike[lag]! >= alike[lag - 1]! && alike[lag]! >= alike[lag + 1]!,
  );
  const highest = peaks.reduce((most, lag) => Math.max(most, alike[lag]!), 0);
  return peaks.find((lag) => alike[lag]! >= highest - 0.05) ?? 1;
}

/**
 * Makes a forecaster with parameters drawn from `seed`. It forecasts changes from the last value, so that knowing nothing is as good as the naive forecast.
 *
 * @example
 * ```ts
 * const model = forecaster({ inputs: seriesScales({ series }), encoder: gru({ hiddenSize: 64 }), length: 48, horizon: 24 });
 * ```
 */
export function forecaster(options: ForecasterOptions): Forecaster {
  const { inputs, target = 0, length = 48, horizon = 1, season = 1, pooling = "last", seen, seed = 1337 } = options;
  const where = "forecaster";
  if (inputs.length === 0) fail({ where: `${where}(inputs)`, expected: "at least one series", received: "none" });
  checkNumber(`${where}(target)`, target, { min: 0, max: inputs.length - 1, integer: true });
  for (const [name, value] of Object.entries({ length, horizon, season }))
    checkNumber(`${where}(${name})`, value, { min: 1, integer: true });
  const network = manyToOneNetwork(where, { features: inputs.length }, horizon, { ...options, pooling }, seed);
  const { config: whole, apply, window, ...parts } = network;
  if (window !== undefined && window !== length)
    fail({ where: `${where}(encoder)`, expected: `a window of ${length}, the length`, received: String(window) });
  const { encoder, dropout } = whole;
  const shape = { encoder, pooling, dropout, inputs, target, length, horizon, season };
  const config: ForecasterConfig = seen === undefined ? shape : { ...shape, seen };

  function windows({ series, from, to }: ForecastData) {
    const scaled = normalized(config, series);
    const found = seriesWindows(scaled, { length, horizon, target, from, to });
    const D = inputs.length;
    const feeds = (indices: Int32Array): Record<string, Value> => {
      const steps = new Float32Array(indices.length * length * D);
      const changes = new Float32Array(indices.length * horizon);
      indices.forEach((row, b) => {
        steps.set(found.inputs.subarray(row * length * D, (row + 1) * length * D), b * length * D);
        const last = found.inputs[((row + 1) * length - 1) * D + target]!;
        for (let k = 0; k < horizon; k++) changes[b * horizon + k] = found.targets[row * horizon + k]! - last;
      });
      return {
        ...stepFeeds(steps, indices.length, length, D),
        targets: { dtype: "float", shape: [indices.length, horizon], data: changes },
      };
    };
    return { rows: new Int32Array(found.B).fill(length), feeds };
  }

  return {
    task: "forecaster",
    ...parts,
    config,
    apply: (all, steps, lengths, masks) => ({ outputs: apply(all, steps, lengths, masks).outputs }),
    trace(_, all, masks) {
      const steps = input("inputs", ["B", window ?? "T", inputs.length]);
      const { outputs } = apply(all, steps, input("lengths", ["B"], { dtype: "int" }), masks);
      return { loss: meanSquaredError(outputs, input("targets", ["B", horizon])) };
    },
    batches(data, { batchSize, seed: order }) {
      const { rows, feeds } = windows(data);
      const source = bucketBatches(rows, { batchSize, seed: order });
      return {
        kind: "windows",
        perEpoch: source.perEpoch,
        tokens: rows.length * length,
        start: { epoch: 0, batch: 0 },
        at({ epoch, batch = 0 }) {
          const { indices, next } = source.at({ epoch, batch });
          return { ...windowBatch(feeds, indices, length), next: { ...next } };
        },
      };
    },
    evaluationBatches(data, { batchSize = 64, share = 1 }) {
      const { rows: all, feeds } = windows(data);
      const rows = all.subarray(0, Math.max(1, Math.ceil(share * all.length)));
      const source = bucketBatches(rows, { batchSize, seed: 0, shuffle: false });
      return {
        kind: "windows",
        tokens: rows.length * length,
        *batches() {
          for (const { indices } of source.epoch()) yield windowBatch(feeds, indices, length);
        },
      };
    },
  };
}

function windowBatch(feeds: (indices: Int32Array) => Record<string, Value>, indices: Int32Array, length: number) {
  return { feeds: feeds(indices), rows: indices.length, tokens: indices.length * length };
}

function stepFeeds(steps: Float32Array, B: number, T: number, D: number): Record<string, Value> {
  return {
    inputs: { dtype: "float", shape: [B, T, D], data: steps },
    lengths: { dtype: "int", shape: [B], data: new Int32Array(B).fill(T) },
  };
}

/** The model's series, found by name, at mean 0 and deviation 1. */
function normalized({ inputs }: Pick<ForecasterConfig, "inputs">, { names, series, source }: ForecastData["series"]) {
  return inputs.map(({ name, mean, deviation }) => {
    const values = series[names.indexOf(name)];
    if (!values)
      return fail({
        where: source ?? "forecaster",
        expected: `a column "${name}"`,
        received: names.join(", "),
        code: "data",
      });
    return Float64Array.from(values, (value) => (value - mean) / deviation);
  });
}

/** The forecaster that a saved configuration describes, with parameters still to be filled in. */
export function forecasterFromConfig(
  { encoder, ...config }: ForecasterConfig,
  options: LayerFromConfigOptions = {},
): Forecaster {
  return forecaster({
    ...config,
    encoder: feedForwardFromConfig(encoder) ?? layerFromConfig(encoder, { ...options, path: "encoder" }),
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
export function forecasterGraph(model: Forecaster): InferenceGraph {
  const { encoder, inputs, length } = model.config;
  const T = encoder.type === "feedForward" ? length : "T";
  const steps = input("inputs", ["B", T, inputs.length]);
  const lengths = input("lengths", ["B"], { dtype: "int" });
  return graphOf({ changes: model.apply(parameterInputs(model.specs), steps, lengths).outputs });
}

/** Forecasts the `horizon` values from a step on, from the `length` steps before it. */
export function predictSeries(
  model: Forecaster,
  inputs: Iterable<ForecastInput>,
  options: RunOptions = {},
): AsyncGenerator<Forecast, void, void> {
  const { target, length, horizon, inputs: scales } = model.config;
  const D = scales.length;
  const { mean, deviation } = scales[target]!;
  const known = new Map<ForecastData["series"], Float64Array[]>();
  const rows = mapped(inputs, ({ series, at = series.length }) => {
    const scaled = known.get(series) ?? normalized(model.config, series);
    known.set(series, scaled);
    if (at >= length) return { at, scaled };
    const where = series.source ?? "forecast";
    const expected = `at least ${length} time steps before a forecast`;
    return fail({ where, expected, received: String(at), code: "data" });
  });
  return forwardRows<{ at: number; scaled: Float64Array[] }, Forecast>(
    model,
    rows,
    {
      graph: forecasterGraph(model),
      lengthOf: () => length,
      feeds(batch) {
        const steps = new Float32Array(batch.length * length * D);
        batch.forEach(({ at, scaled }, b) => {
          for (let t = 0; t < length; t++)
            for (let d = 0; d < D; d++) steps[(b * length + t) * D + d] = scaled[d]![at - length + t]!;
        });
        return stepFeeds(steps, batch.length, length, D);
      },
      take({ at, scaled }, { changes }) {
        const last = Math.fround(scaled[target]![at - 1]!);
        return {
          at,
          values: Float64Array.from({ length: horizon }, (_, k) => (last + changes![k]!) * deviation + mean),
        };
      },
      where: "predict",
    },
    options,
  );
}

/** @deprecated `predict` */
export async function forecast(
  model: Forecaster,
  series: ForecastData["series"],
  at: ArrayLike<number> = [series.length],
  options: RunOptions = {},
): Promise<Float64Array> {
  const inputs = Array.from(at, (step) => ({ series, at: step }));
  const found = await all(predictSeries(model, inputs, options), options.signal);
  return Float64Array.from(found.flatMap(({ values }) => [...values]));
}

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
  const at = Int32Array.from({ length: to - known }, (_, i) => known + i - horizon + 1);
  const rows = Array.from(at, (step) => ({ series, at: step }));
  const found = await all(predictSeries(model, rows, options), options.signal);
  const last = Float64Array.from(found, ({ values: own }) => own[horizon - 1]!);
  const values = Array.prototype.slice.call(series.series[series.names.indexOf(inputs[target]!.name)]!, 0, to);
  const { truth, naive, seasonal } = naiveForecasts(values, { from: known, horizon, season });
  const linear = linearForecasts(values, { from: known, horizon, season });
  return {
    ...numberReport(truth, last),
    count: at.length,
    horizon,
    naive: numberReport(truth, naive),
    seasonal: numberReport(truth, seasonal),
    ...(linear ? { linear: numberReport(truth, linear) } : {}),
    season,
  };
}

/** @deprecated `report` */
export const forecasterReport = reportForecasts;

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

// What suits a series, found in its training part: logarithms, differences, and a linear autoregression that the network
// corrects (Zhang, 2003). Short series are hard for a network alone; with the linear part it begins where that one ends.
import { autoregression } from "./autoregression.ts";
import { normalized, type SeriesPart, type SeriesScale, seriesScales } from "./seen.ts";
import { seriesTransform, suggestTransform, type TransformName } from "./transform.ts";

/** The linear part: changes from the last value of the target, from the window of it that the network reads. */
export interface LinearPart {
  /** [horizon, length]. */
  readonly weight: Float32Array;
  /** [horizon]. */
  readonly bias: Float32Array;
}

export interface FittedForecast {
  readonly inputs: SeriesScale[];
  readonly target: number;
  readonly length: number;
  readonly horizon: number;
  readonly season: number;
  /** The window is read relative to its last step: a level that was never seen in training is no obstacle. */
  readonly relative: boolean;
  /** Absent where the training part is too short for one. */
  readonly linear?: LinearPart;
}

export interface FitOptions {
  /** Which series is forecast; the first by default. */
  target?: number;
  length: number;
  horizon?: number;
  season?: number;
  /** Of the target; by default what suits its training part (`suggestTransform`). */
  transform?: TransformName;
}

/**
 * Fits what a forecaster needs to know of its series, on the steps up to `to` alone: nothing of later ones leaks.
 *
 * @example
 * ```ts
 * const fitted = fitForecast({ series, to: 800 }, { length: 48, horizon: 24, season: 24 });
 * const model = forecaster({ ...fitted, encoder: gru({ hiddenSize: 64 }) });
 * ```
 */
export function fitForecast(data: SeriesPart, options: FitOptions): FittedForecast {
  const { target = 0, length, horizon = 1, season = 1 } = options;
  const { series, to = series.length } = data;
  const training = series.series.map((values) => values.subarray(0, to));
  const chosen = training.map((values, i) =>
    i === target && options.transform ? options.transform : suggestTransform(values, season).name,
  );
  const inputs = seriesScales(
    data,
    chosen.map((name) => name.startsWith("log")),
  );
  const relative = chosen[target]!.endsWith("difference");
  const scaled = normalized(inputs[target]!, training[target]!);
  const linear = linearPart(scaled, { length, horizon, season, relative });
  return { inputs, target, length, horizon, season, relative, ...(linear ? { linear } : {}) };
}

/** The forecasts of an autoregression as one affine map of the window: its values at zero and at each unit vector. */
function linearPart(
  training: Float64Array,
  {
    length,
    horizon,
    season,
    relative,
  }: Required<Pick<FitOptions, "length" | "horizon" | "season">> & { relative: boolean },
): LinearPart | undefined {
  const { apply, undo, lag } = seriesTransform(relative ? "difference" : "none");
  const reach = length - (relative ? lag : 0);
  if (reach < 1 || training.length < Math.max(24, 3 * season + horizon, 2 * length)) return undefined;
  const model = autoregression(apply(training), { season, longest: reach });
  const changes = (window: Float64Array) => {
    const last = window[length - 1]!;
    return undo(model.forecast(apply(window), horizon), window).map((value) => value - last);
  };
  const bias = changes(new Float64Array(length));
  const weight = new Float32Array(horizon * length);
  for (let t = 0; t < length; t++) {
    const unit = new Float64Array(length);
    unit[t] = 1;
    changes(unit).forEach((value, k) => {
      weight[k * length + t] = value - bias[k]!;
    });
  }
  return { weight, bias: Float32Array.from(bias) };
}

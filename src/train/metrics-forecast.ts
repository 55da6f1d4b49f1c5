// Forecasts that need no model: what a trained one has to beat.
import { checkNumber } from "../base/index.ts";

export interface Forecasts {
  truth: Float64Array;
  /** The value `horizon` steps before: "tomorrow is as today". */
  naive: Float64Array;
  /** The value of the same place in the last known season. */
  seasonal: Float64Array;
}

/**
 * Naive forecasts of every step from `from` on, each `horizon` steps ahead.
 *
 * @param season steps in a season (24 for hours of a day, 12 for months)
 */
export function naiveForecasts(
  series: ArrayLike<number>,
  { from, horizon = 1, season }: { from: number; horizon?: number; season: number },
): Forecasts {
  checkNumber("naiveForecasts: horizon", horizon, { min: 1, integer: true });
  checkNumber("naiveForecasts: season", season, { min: 1, integer: true });
  const back = Math.ceil(horizon / season) * season; // the nearest whole number of seasons that is known by then
  checkNumber("naiveForecasts: from", from, { min: Math.max(horizon, back), max: series.length, integer: true });
  const part = (shift: number) =>
    Float64Array.from({ length: series.length - from }, (_, i) => series[from + i - shift]!);
  return { truth: part(0), naive: part(horizon), seasonal: part(back) };
}

/**
 * Mean absolute scaled error (Hyndman and Koehler 2006): the mean absolute error over that of the naive forecast on the
 * training part. Under 1 is better than naive.
 */
export function scaledError(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  training: ArrayLike<number>,
  season = 1,
): number {
  let error = 0;
  for (let i = 0; i < truth.length; i++) error += Math.abs(truth[i]! - predicted[i]!) / truth.length;
  let naive = 0;
  for (let i = season; i < training.length; i++) {
    naive += Math.abs(training[i]! - training[i - season]!) / (training.length - season);
  }
  return error / naive;
}

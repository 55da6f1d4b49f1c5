// The season of a series.
import { normalization } from "./scale.ts";

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

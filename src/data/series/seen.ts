// What a forecaster keeps of the series that it was trained on.
import { fail } from "../../base/index.ts";
import type { SeriesData } from "./read-series.ts";
import { normalization } from "./scale.ts";

/** Some series up to a time step: all of it by default. */
export type SeriesPart = { series: Pick<SeriesData, "names" | "series" | "length">; to?: number };

/** The beginning of some series: how many steps, and a number that tells it from others. */
export interface SeenSeries {
  readonly steps: number;
  readonly fingerprint: number;
}

export interface SeriesScale {
  readonly name: string;
  /** Of the logarithms, where `log` is set. */
  readonly mean: number;
  readonly deviation: number;
  /** Logarithms are read: what grows by a factor then grows by a sum. */
  readonly log?: boolean;
}

/**
 * Means and deviations of each series up to `to`: of the training part alone, so that nothing of the test part leaks.
 *
 * @example
 * ```ts
 * const inputs = seriesScales({ series, to: 800 }); // from the training part alone
 * ```
 */
export function seriesScales(
  { series: { names, series }, to }: SeriesPart,
  logs: readonly boolean[] = [],
): SeriesScale[] {
  return series.map((values, i) => {
    const training = Float64Array.from(values.subarray(0, to), (value) => (logs[i] ? Math.log(value) : value));
    const { mean, deviation } = normalization(training);
    return { name: names[i]!, mean, deviation, ...(logs[i] ? { log: true } : {}) };
  });
}

/** Values at mean 0 and deviation 1, or their logarithms. @param first the time step that they begin at, for messages */
export function normalized(
  { name, mean, deviation, log = false }: SeriesScale,
  values: Float64Array,
  { source = "series", first = 0 }: { source?: string; first?: number } = {},
): Float64Array {
  const wrong = log ? values.findIndex((value) => !(value > 0)) : -1;
  if (wrong >= 0)
    fail({
      where: `${source}, time step ${first + wrong + 1}`,
      expected: `numbers above 0 in "${name}", whose logarithms the model reads`,
      received: String(values[wrong]),
      code: "data",
    });
  return Float64Array.from(values, (value) => ((log ? Math.log(value) : value) - mean) / deviation);
}

/** The steps up to `to`, to be told again from other series. */
export function seenSeries({ series: { series, length }, to = length }: SeriesPart): SeenSeries {
  // FNV-1a over the bits of all values.
  let hash = 0x811c9dc5;
  for (const values of series)
    for (const word of new Uint32Array(Float64Array.from(values.slice(0, to)).buffer))
      hash = Math.imul(hash ^ word, 0x01000193);
  return { steps: to, fingerprint: hash >>> 0 };
}

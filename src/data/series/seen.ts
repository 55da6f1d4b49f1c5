// What a forecaster keeps of the series that it was trained on.
import type { SeriesData } from "./read-series.ts";
import { normalization } from "./scale.ts";

type Part = { series: Pick<SeriesData, "names" | "series" | "length">; to?: number };

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

/**
 * Means and deviations of each series up to `to`: of the training part alone, so that nothing of the test part leaks.
 *
 * @example
 * ```ts
 * const inputs = seriesScales({ series, to: 800 }); // from the training part alone
 * ```
 */
export function seriesScales({ series: { names, series }, to }: Part): SeriesScale[] {
  return series.map((values, i) => {
    const { mean, deviation } = normalization(Array.prototype.slice.call(values, 0, to) as number[]);
    return { name: names[i]!, mean, deviation };
  });
}

/** The steps up to `to`, to be told again from other series. */
export function seenSeries({ series: { series, length }, to = length }: Part): SeenSeries {
  // FNV-1a over the bits of all values.
  let hash = 0x811c9dc5;
  for (const values of series)
    for (const word of new Uint32Array(Float64Array.from(values.slice(0, to)).buffer))
      hash = Math.imul(hash ^ word, 0x01000193);
  return { steps: to, fingerprint: hash >>> 0 };
}

// Losses in the units people read, and running averages.

/** A mean loss per token in three units. */
export interface LossUnits {
  /** Natural logarithm: what cross-entropy gives. */
  readonly nats: number;
  /** nats / ln 2; bits per character where tokens are characters. */
  readonly bitsPerToken: number;
  /** e^nats: the size of a fair die that is as hard to guess. */
  readonly perplexity: number;
}

/** Converts a mean cross-entropy in nats. */
export function lossUnits(nats: number): LossUnits {
  return { nats, bitsPerToken: nats / Math.LN2, perplexity: Math.exp(nats) };
}

/** A weighted mean, fed one batch at a time (weight: its number of tokens), in float64 with compensated summation. */
export function runningMean() {
  let sum = 0;
  let lost = 0; // what the sum's rounding lost (Kahan, Neumaier)
  let weight = 0;
  return {
    add(value: number, by = 1): void {
      const term = value * by;
      const next = sum + term;
      lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
      sum = next;
      weight += by;
    },
    /** NaN before the first value. */
    mean: () => (weight === 0 ? Number.NaN : (sum + lost) / weight),
    weight: () => weight,
  };
}

/**
 * An exponential average for a progress line, `smoothing` (0.9) being the share of the past. It is corrected for its
 * start, so the first value stands as it is.
 *
 * @param from the state of an average to go on from
 */
export function smoothed(smoothing = 0.9, from = { sum: 0, weight: 0 }) {
  let { sum, weight } = from;
  return {
    add(value: number): number {
      sum = smoothing * sum + (1 - smoothing) * value;
      weight = smoothing * weight + (1 - smoothing);
      return sum / weight;
    },
    value: () => (weight === 0 ? Number.NaN : sum / weight),
    /** What another average goes on from, as if it were this one. */
    state: () => ({ sum, weight }),
  };
}

// Brings a series to mean 0 and standard deviation 1, and back.

export interface Normalization {
  mean: number;
  deviation: number;
  apply(values: ArrayLike<number>): Float64Array;
  undo(values: ArrayLike<number>): Float64Array;
}

/** Takes mean and standard deviation from the training part alone; a constant series keeps deviation 1. */
export function normalization(training: ArrayLike<number>): Normalization {
  const n = Math.max(1, training.length);
  let mean = 0;
  for (let i = 0; i < training.length; i++) mean += training[i]! / n;
  let variance = 0;
  for (let i = 0; i < training.length; i++) variance += (training[i]! - mean) ** 2 / n;
  const deviation = Math.sqrt(variance) || 1;
  return {
    mean,
    deviation,
    apply: (values) => Float64Array.from(values, (value) => (value - mean) / deviation),
    undo: (values) => Float64Array.from(values, (value) => value * deviation + mean),
  };
}

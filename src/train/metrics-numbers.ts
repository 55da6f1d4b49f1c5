// Scores of predicted numbers: ratings, forecasts, similarities.
import { fail } from "../base/index.ts";

export interface NumberReport {
  /** Mean squared error. */
  mse: number;
  /** Its root, in the unit of the target. */
  rmse: number;
  /** Mean absolute error. */
  mae: number;
  /** 1 - (squared error / squared distance from the mean): 1 is exact, 0 is as good as the mean. NaN for a constant target. */
  r2: number;
}

/** Errors of predictions. @throws UnrolledError where the lengths differ or there is nothing */
export function numberReport(truth: ArrayLike<number>, predicted: ArrayLike<number>): NumberReport {
  checkPair("numberReport", truth, predicted, 1);
  const n = truth.length;
  const mean = meanOf(truth);
  let squared = 0;
  let absolute = 0;
  let spread = 0;
  for (let i = 0; i < n; i++) {
    const error = predicted[i]! - truth[i]!;
    squared += error * error;
    absolute += Math.abs(error);
    spread += (truth[i]! - mean) ** 2;
  }
  const mse = squared / n;
  return { mse, rmse: Math.sqrt(mse), mae: absolute / n, r2: spread ? 1 - squared / spread : Number.NaN };
}

/** Pearson's correlation: of the values. NaN where one side is constant. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  checkPair("pearson", a, b, 2);
  const [ma, mb] = [meanOf(a), meanOf(b)];
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - ma, b[i]! - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

/** Spearman's correlation: of the ranks, where equal values share the mean of their ranks. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  checkPair("spearman", a, b, 2);
  return pearson(ranks(a), ranks(b));
}

/** Ranks from 1; equal values get the mean of the ranks they cover. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const result = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) result[order[i]!] = (from + 1 + to) / 2;
    from = to;
  }
  return result;
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

function checkPair(where: string, a: ArrayLike<number>, b: ArrayLike<number>, least: number): void {
  if (a.length !== b.length) fail({ where, expected: `${a.length} numbers on both sides`, received: String(b.length) });
  if (a.length < least) fail({ where, expected: `at least ${least} pairs`, received: String(a.length) });
}

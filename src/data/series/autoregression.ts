// The linear autoregression: each value as a weighted sum of those before it, by least squares. The line that a network must
// beat; on short series it is hard to beat.
import { checkNumber, fail } from "../../base/index.ts";

export interface Autoregression {
  /** Lags, from 1; those of a season may follow those of the order. */
  readonly lags: readonly number[];
  /** One a lag. */
  readonly weights: Float64Array;
  readonly intercept: number;
  /** The `horizon` values after `past`, each forecast from those before it, forecast ones among them. */
  forecast(past: ArrayLike<number>, horizon?: number): Float64Array;
}

export interface AutoregressionOptions {
  /** Lags 1 to `order`. Default: the best of 1 to 24 by the AIC, or of fewer for short series. */
  order?: number;
  /** Steps in a season: its lag is added. 1: none. */
  season?: number;
  /** No lag is longer than this. */
  longest?: number;
}

/** Weight of the penalty that keeps collinear lags solvable, relative to the variance. */
const ridge = 1e-6;

/**
 * Fits AR(p) with an intercept to the training part of a series by least squares.
 *
 * @throws UnrolledError with code "data" for fewer than 8 values, or fewer than `order + 3`
 */
export function autoregression(
  training: ArrayLike<number>,
  { order, season = 1, longest: furthest = Infinity }: AutoregressionOptions = {},
): Autoregression {
  const where = "autoregression";
  if (order !== undefined) checkNumber(`${where}(order)`, order, { min: 1, integer: true });
  checkNumber(`${where}(season)`, season, { min: 1, integer: true });
  const n = training.length;
  const least = Math.max(8, (order ?? 1) + 3);
  if (n < least) fail({ where, expected: `${least} values or more`, received: String(n), code: "data" });
  const most = Math.min(24, Math.floor(n / 4), furthest);
  // All candidates are judged on the same targets: those that the longest can forecast.
  const longest = order ?? most;
  const lagsOf = (p: number) => {
    const lags = Array.from({ length: p }, (_, i) => i + 1);
    const seasonal = [season, season + 1].filter((lag) => season > 1 && lag > p && lag <= Math.min(n / 3, furthest));
    return [...lags, ...seasonal];
  };
  const from = Math.max(...lagsOf(longest));
  let best: { fit: Fit; lags: number[]; aic: number } | undefined;
  for (let p = order ?? 1; p <= longest; p++) {
    const lags = lagsOf(p);
    const fit = leastSquares(training, lags, from);
    const aic = (n - from) * Math.log(fit.error + 1e-300) + 2 * (lags.length + 1);
    if (!best || aic < best.aic) best = { fit, lags, aic };
  }
  const { lags } = best!;
  // The chosen lags, on all targets they can forecast.
  const { weights, intercept } = leastSquares(training, lags, Math.max(...lags));
  return {
    lags,
    weights,
    intercept,
    forecast(past, horizon = 1) {
      const need = Math.max(...lags);
      if (past.length < need)
        fail({
          where: `${where}: forecast`,
          expected: `${need} values before`,
          received: String(past.length),
          code: "data",
        });
      const held = new Float64Array(past.length + horizon);
      held.set(Array.from(past));
      for (let t = past.length; t < held.length; t++)
        held[t] = lags.reduce((sum, lag, i) => sum + weights[i]! * held[t - lag]!, intercept);
      return held.slice(past.length);
    },
  };
}

interface Fit {
  weights: Float64Array;
  intercept: number;
  /** Mean squared error. */
  error: number;
}

/** Normal equations of centered data, by Cholesky. */
function leastSquares(values: ArrayLike<number>, lags: readonly number[], from: number): Fit {
  const p = lags.length;
  const count = values.length - from;
  const means = lags.map((lag) => meanOf(values, from - lag, count));
  const target = meanOf(values, from, count);
  const matrix = Array.from({ length: p }, () => new Float64Array(p));
  const right = new Float64Array(p);
  for (let t = from; t < values.length; t++) {
    for (let i = 0; i < p; i++) {
      const x = values[t - lags[i]!]! - means[i]!;
      right[i]! += x * (values[t]! - target);
      for (let j = 0; j <= i; j++) matrix[i]![j]! += x * (values[t - lags[j]!]! - means[j]!);
    }
  }
  const trace = matrix.reduce((sum, row, i) => sum + row[i]!, 0) / p;
  matrix.forEach((row, i) => {
    row[i]! += ridge * trace + 1e-300;
  });
  const weights = solve(matrix, right);
  const intercept = target - weights.reduce((sum, weight, i) => sum + weight * means[i]!, 0);
  let error = 0;
  for (let t = from; t < values.length; t++) {
    const guess = lags.reduce((sum, lag, i) => sum + weights[i]! * values[t - lag]!, intercept);
    error += (values[t]! - guess) ** 2 / count;
  }
  return { weights, intercept, error };
}

function meanOf(values: ArrayLike<number>, from: number, count: number): number {
  let sum = 0;
  for (let t = from; t < from + count; t++) sum += values[t]!;
  return sum / count;
}

/** Solves A x = b for a positive definite A given by its lower triangle. */
function solve(matrix: Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  const l = matrix.map((row) => Float64Array.from(row));
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < j; k++) for (let i = j; i < n; i++) l[i]![j]! -= l[i]![k]! * l[j]![k]!;
    const root = Math.sqrt(Math.max(l[j]![j]!, 1e-300));
    for (let i = j; i < n; i++) l[i]![j]! /= root;
  }
  const x = Float64Array.from(right);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= l[i]![k]! * x[k]!;
    x[i]! /= l[i]![i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= l[k]![i]! * x[k]!;
    x[i]! /= l[i]![i]!;
  }
  return x;
}

/**
 * Forecasts of the steps from `from` on, each `horizon` steps ahead, as a network's are measured: fitted on the values before
 * `from`, then given the true values up to `horizon` steps before each. Fitted in the transform that suits the series.
 */
export function autoregressiveForecasts(
  values: ArrayLike<number>,
  options: {
    from: number;
    horizon?: number;
    season?: number;
    transform: {
      lag: number;
      apply(v: ArrayLike<number>): Float64Array;
      undo(v: ArrayLike<number>, before: ArrayLike<number>): Float64Array;
    };
  },
): Float64Array {
  const { from, horizon = 1, season, transform } = options;
  const all = Array.from(values);
  const model = autoregression(transform.apply(all.slice(0, from)), { season });
  const reach = Math.max(...model.lags) + transform.lag;
  return Float64Array.from({ length: all.length - from }, (_, i) => {
    const end = from + i - horizon + 1;
    const past = all.slice(Math.max(0, end - reach), end);
    const ahead = model.forecast(transform.apply(past), horizon);
    return transform.undo(ahead, past.slice(past.length - Math.max(1, transform.lag))).at(-1)!;
  });
}

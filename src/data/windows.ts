// Windows over a series: so many steps in, the steps to forecast out.
import { checkNumber, fail } from "../base/index.ts";

export interface SeriesWindows {
  /** Number of windows. */
  B: number;
  /** Input steps of each window. */
  T: number;
  /** Row-major [B, T, D]: the D series side by side. */
  inputs: Float32Array;
  /** Row-major [B, horizon]: the target series' next values. */
  targets: Float32Array;
  /** For each window the time step of its first target. */
  at: Int32Array;
}

/**
 * Cuts aligned series into windows; the targets of the last window are the series' last values.
 *
 * @param series D series of one length
 * @param options.length input steps
 * @param options.horizon steps to forecast. Default 1
 * @param options.target which of the series is forecast. Default 0
 * @param options.stride steps between windows. Default 1
 * @param options.from first time step that may be a target: the training part's end, where this is the test part
 * @param options.to first time step that may not
 */
export function seriesWindows(
  series: readonly ArrayLike<number>[],
  options: { length: number; horizon?: number; target?: number; stride?: number; from?: number; to?: number },
): SeriesWindows {
  const where = "seriesWindows";
  const { length: T, horizon = 1, target = 0, stride = 1 } = options;
  for (const [name, value] of Object.entries({ length: T, horizon, stride })) {
    checkNumber(`${where}: ${name}`, value, { min: 1, integer: true });
  }
  const D = series.length;
  checkNumber(`${where}: target`, target, { min: 0, max: D - 1, integer: true });
  const steps = series[0]!.length;
  if (series.some((one) => one.length !== steps)) fail({ where, problem: "the series differ in length" });
  const from = Math.max(T, options.from ?? T);
  const to = Math.min(steps, options.to ?? steps);
  const B = Math.floor((to - horizon - from) / stride) + 1;
  if (B < 1) {
    fail({ where, expected: `at least ${T + horizon} time steps`, received: String(Math.max(0, to - from + T)) });
  }
  const first = to - horizon - (B - 1) * stride;
  const at = Int32Array.from({ length: B }, (_, b) => first + b * stride);
  const inputs = new Float32Array(B * T * D);
  const targets = new Float32Array(B * horizon);
  at.forEach((start, b) => {
    for (let t = 0; t < T; t++) {
      for (let d = 0; d < D; d++) inputs[(b * T + t) * D + d] = series[d]![start - T + t]!;
    }
    for (let k = 0; k < horizon; k++) targets[b * horizon + k] = series[target]![start + k]!;
  });
  return { B, T, inputs, targets, at };
}

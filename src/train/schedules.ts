// Learning-rate schedules: pure functions of the step, so a resumed run needs no state of theirs.
import { checkNumber } from "../base/index.ts";

/**
 * The factor on the learning rate at a step. `step` counts updates from 0 (the first update's factor is at 0);
 * `totalSteps` is the length of the run.
 */
export type Schedule = (step: number, totalSteps: number) => number;

/**
 * The learning rate as it is.
 *
 * @example
 * ```ts
 * train(model, data, { schedule: constantRate() });
 * ```
 */
export function constantRate(): Schedule {
  return () => 1;
}

/**
 * Half a cosine from 1 to `minimum` (0) over the run, or over `totalSteps` (Loshchilov and Hutter, 2017); it stays there
 * afterwards. PyTorch's CosineAnnealingLR with T_max = totalSteps.
 *
 * @example
 * ```ts
 * train(model, data, { schedule: cosineDecay({ minimum: 0.1 }) });
 * ```
 */
export function cosineDecay(options: { totalSteps?: number; minimum?: number } = {}): Schedule {
  const { totalSteps: own, minimum = 0 } = options;
  if (own !== undefined) checkNumber("cosineDecay(totalSteps)", own, { min: 1, integer: true });
  checkNumber("cosineDecay(minimum)", minimum, { min: 0, max: 1 });
  return (step, totalSteps) => between(1, minimum, step / Math.max(1, own ?? totalSteps));
}

/**
 * One cycle (Smith and Topin, 2018): up from `peak / divFactor` over the share `warmup` of the run, then down to
 * `peak / divFactor / finalDivFactor` at its last step, along half cosines or straight lines (`anneal`). Defaults are
 * those of PyTorch's OneCycleLR; `peak` (1) is a factor on the learning rate, which is thus the cycle's highest rate.
 *
 * @example
 * ```ts
 * train(model, data, { schedule: oneCycle({ warmup: 0.25 }) });
 * ```
 */
export function oneCycle(
  options: {
    peak?: number;
    warmup?: number;
    divFactor?: number;
    finalDivFactor?: number;
    anneal?: "cosine" | "linear";
    totalSteps?: number;
  } = {},
): Schedule {
  const { peak = 1, warmup: share = 0.3, divFactor = 25, finalDivFactor = 1e4, totalSteps: own } = options;
  checkNumber("oneCycle(peak)", peak, { above: 0 });
  checkNumber("oneCycle(warmup)", share, { min: 0, max: 1 });
  checkNumber("oneCycle(divFactor)", divFactor, { min: 1 });
  checkNumber("oneCycle(finalDivFactor)", finalDivFactor, { min: 1 });
  if (own !== undefined) checkNumber("oneCycle(totalSteps)", own, { min: 1, integer: true });
  const curve = options.anneal === "linear" ? straight : between;
  const first = peak / divFactor;
  const last = first / finalDivFactor;
  return (step, totalSteps) => {
    const total = own ?? totalSteps;
    const top = share * total - 1; // the step of the peak, as PyTorch counts it
    if (step <= top) return curve(first, peak, top > 0 ? step / top : 1);
    return curve(peak, last, (step - top) / (total - 1 - top));
  };
}

/**
 * A straight line from `startFactor` (1 / steps) to 1 over `steps` updates, then another schedule over the rest of the
 * run. PyTorch's LinearLR, followed by `then`.
 *
 * @example
 * ```ts
 * train(model, data, { schedule: warmup({ steps: 100 }, cosineDecay()) });
 * ```
 */
export function warmup(options: { steps: number; startFactor?: number }, then: Schedule = constantRate()): Schedule {
  const steps = checkNumber("warmup(steps)", options.steps, { min: 0, integer: true });
  const start = checkNumber("warmup(startFactor)", options.startFactor ?? 1 / Math.max(1, steps), { min: 0, max: 1 });
  return (step, totalSteps) => {
    const rest = Math.max(1, totalSteps - steps);
    if (step >= steps) return then(step - steps, rest);
    return straight(start, 1, step / steps) * then(0, rest);
  };
}

/**
 * Multiplies by `factor` (0.1) after every `every` updates: PyTorch's StepLR.
 *
 * @example
 * ```ts
 * train(model, data, { schedule: stepDecay({ every: 1000, factor: 0.5 }) });
 * ```
 */
export function stepDecay({ every, factor = 0.1 }: { every: number; factor?: number }): Schedule {
  checkNumber("stepDecay(every)", every, { min: 1, integer: true });
  checkNumber("stepDecay(factor)", factor, { min: 0, max: 1 });
  return (step) => factor ** Math.floor(step / every);
}

const clamp = (t: number) => Math.min(1, Math.max(0, t));

/** Half a cosine from `a` to `b` as `t` goes from 0 to 1, held at both ends. */
function between(a: number, b: number, t: number): number {
  return b + ((a - b) / 2) * (1 + Math.cos(Math.PI * clamp(t)));
}

/** A line from `a` to `b` as `t` goes from 0 to 1, held at both ends. */
function straight(a: number, b: number, t: number): number {
  return a + (b - a) * clamp(t);
}

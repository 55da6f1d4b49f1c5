// How long a run is: a number of updates, or as many as fit into a time.
import { checkNumber, fail } from "../base/index.ts";

export interface BudgetOptions {
  /** Updates. Give one of `steps`, `epochs` and `minutes`; 10 epochs by default. */
  steps?: number;
  /** Passes over the data. */
  epochs?: number;
  /**
   * Wall time, evaluations included. The number of updates follows from the measured speed, and so a run is no longer
   * the same run each time.
   */
  minutes?: number;
}

export interface Budget {
  /** Total updates: known, or estimated from the speed so far. */
  total(step: number, elapsed: number): number;
  /** Whether the run ends after this many updates and seconds. */
  done(step: number, elapsed: number): boolean;
  /** Whether an evaluation is due: at each multiple of `every` updates, by default at each tenth of the run. */
  due(step: number, elapsed: number, every: number | undefined): boolean;
  /** What the last update and the evaluation after it, if any, took in seconds. */
  spent(update: number, evaluation: number): void;
  /** The known total; undefined under a time budget. */
  readonly steps: number | undefined;
}

export function budget({ steps, epochs, minutes }: BudgetOptions, perEpoch: number): Budget {
  const given = [steps, epochs, minutes].filter((x) => x !== undefined).length;
  if (given > 1) fail({ where: "train", expected: "one of steps, epochs and minutes", received: `${given} of them` });
  if (minutes !== undefined) return timeBudget(checkNumber("train(minutes)", minutes, { above: 0 }) * 60);
  if (epochs !== undefined) checkNumber("train(epochs)", epochs, { above: 0 });
  const total =
    steps === undefined
      ? Math.max(1, Math.round((epochs ?? 10) * perEpoch))
      : checkNumber("train(steps)", steps, { min: 1, integer: true });
  return {
    steps: total,
    total: () => total,
    done: (step) => step >= total,
    due: (step, _, every = Math.ceil(total / 10)) => step % every === 0,
    spent: () => {},
  };
}

function timeBudget(seconds: number): Budget {
  const updates = { seconds: 0, count: 0 };
  const evaluations = { seconds: 0, count: 0 };
  let evaluateAt = seconds / 10;
  /** The evaluation at the end will take as long as those before it did. */
  const last = () => (evaluations.count === 0 ? 0 : evaluations.seconds / evaluations.count);
  return {
    steps: undefined,
    total(step, elapsed) {
      if (updates.count === 0) return step + 1e6; // the speed is not known yet
      const share = updates.seconds / (updates.seconds + evaluations.seconds);
      const left = Math.max(0, seconds - elapsed - last()) * share;
      return step + Math.max(1, Math.round((left * updates.count) / updates.seconds));
    },
    done: (step, elapsed) => step > 0 && elapsed + last() >= seconds,
    due(step, elapsed, every) {
      if (every !== undefined) return step % every === 0;
      return elapsed >= evaluateAt;
    },
    spent(update, evaluation) {
      updates.seconds += update;
      updates.count++;
      if (evaluation === 0) return;
      evaluations.seconds += evaluation;
      evaluations.count++;
      // At each tenth of the run, or less often where evaluations would take more than a twentieth of it.
      evaluateAt += Math.max(seconds / 10, 20 * evaluation);
    },
  };
}

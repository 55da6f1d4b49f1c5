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
  /** Under a time budget: what was spent on other things than updates, in seconds. */
  spend(seconds: number): void;
  /** Known total, or undefined under a time budget. */
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
  return { steps: total, total: () => total, done: (step) => step >= total, spend: () => {} };
}

function timeBudget(seconds: number): Budget {
  let other = 0; // seconds spent on evaluations
  let evaluations = 0;
  return {
    steps: undefined,
    total(step, elapsed) {
      if (step === 0) return Number.MAX_SAFE_INTEGER;
      const perStep = Math.max(1e-6, (elapsed - other) / step);
      return step + Math.max(1, Math.round((seconds - elapsed - last()) / perStep));
    },
    done: (step, elapsed) => step > 0 && elapsed + last() >= seconds,
    spend(spent) {
      other += spent;
      evaluations++;
    },
  };
  /** The evaluation at the end will take as long as those before it did. */
  function last(): number {
    return evaluations === 0 ? 0 : other / evaluations;
  }
}

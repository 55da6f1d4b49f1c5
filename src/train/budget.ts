// How long a run is: a number of updates, or as many as fit into a time.
import { checkNumber, fail } from "../base/index.ts";
import { scoringCost } from "./watched.ts";

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
  /** Tokens that will be scored after the run, by reports: the time that this takes, as measured, counts in `minutes`. */
  reportTokens?: number;
}

/** Tokens and the seconds that they took. */
export interface Spent {
  readonly tokens: number;
  readonly seconds: number;
}

export interface Budget {
  /** Total updates: known, or estimated from the speed so far. */
  total(step: number, elapsed: number): number;
  /** Whether the run ends after this many updates and seconds. */
  done(step: number, elapsed: number): boolean;
  /** Whether an evaluation is due: at each multiple of `every` updates, by default at each tenth of the run. */
  due(step: number, elapsed: number, every: number | undefined): boolean;
  /** What the last update took, and the evaluation after it, if there was one. */
  spent(update: Spent | undefined, evaluation?: Spent): void;
  /**
   * Seconds to come, reports included: updates and evaluations are measured apart, so that a long evaluation does not slow the
   * rest. @param evaluationTokens what an evaluation will score, for an estimate before the first one
   */
  remaining(step: number, elapsed: number, every: number | undefined, evaluationTokens?: number): number;
  /** The known total; undefined under a time budget. */
  readonly steps: number | undefined;
}

export function budget({ steps, epochs, minutes, reportTokens = 0 }: BudgetOptions, perEpoch: number): Budget {
  const given = [steps, epochs, minutes].filter((x) => x !== undefined).length;
  if (given > 1) fail({ where: "train", expected: "one of steps, epochs and minutes", received: `${given} of them` });
  if (minutes !== undefined) return timeBudget(checkNumber("train(minutes)", minutes, { above: 0 }) * 60, reportTokens);
  if (epochs !== undefined) checkNumber("train(epochs)", epochs, { above: 0 });
  const total =
    steps === undefined
      ? Math.max(1, Math.round((epochs ?? 10) * perEpoch))
      : checkNumber("train(steps)", steps, { min: 1, integer: true });
  const everyOf = (every = Math.ceil(total / 10)) => every;
  const { updates, evaluations, add, pace } = ledger();
  return {
    steps: total,
    total: () => total,
    done: (step) => step >= total,
    due: (step, _, every) => step % everyOf(every) === 0,
    spent: add,
    remaining(step, elapsed, every, evaluationTokens = 0) {
      const rest = total - step;
      if (updates.count === 0) return (rest * elapsed) / step;
      const perToken = scoringSeconds(updates, evaluations);
      const evaluation = evaluations.count > 0 ? meanOf(evaluations) : evaluationTokens * perToken;
      const toCome = Math.ceil(rest / everyOf(every)) * evaluation;
      return rest * pace() + toCome + reportTokens * perToken;
    },
  };
}

/** What updates and evaluations took so far. */
function ledger() {
  const updates = { seconds: 0, scoring: 0, tokens: 0, count: 0 };
  const evaluations = { seconds: 0, scoring: 0, tokens: 0, count: 0 }; // scoring: the seconds without samples and checkpoints
  let [before, since] = [zero, zero]; // what was spent at the last two powers of two of the count
  return {
    updates,
    evaluations,
    /** Seconds of an update, of the later half or more: the first ones are slow, and the machine may be busier than it was. */
    pace: () => (updates.seconds - before.seconds) / (updates.count - before.count),
    add(update: Spent | undefined, evaluation: Spent | undefined) {
      for (const [sum, spent] of [
        [updates, update],
        [evaluations, evaluation],
      ] as const) {
        if (!spent) continue;
        sum.seconds += spent.seconds;
        sum.tokens += spent.tokens;
        if (spent.tokens === 0) continue;
        sum.scoring += spent.seconds;
        sum.count++;
      }
      if (update && updates.count >= 2 * since.count) {
        before = since;
        since = { seconds: updates.seconds, count: updates.count };
      }
    },
  };
}

const zero = { seconds: 0, count: 0 };

const meanOf = ({ seconds, count }: { seconds: number; count: number }): number => (count === 0 ? 0 : seconds / count);

/** Seconds that scoring a token takes, as measured; before the first evaluation, by what training on it takes. */
const scoringSeconds = (updates: Ledger["updates"], evaluations: Ledger["evaluations"]): number =>
  evaluations.tokens > 0
    ? evaluations.scoring / evaluations.tokens
    : (updates.seconds / Math.max(1, updates.tokens)) * scoringCost;

type Ledger = ReturnType<typeof ledger>;

/** Reports take no more than this share of a time budget: the rest is for training. */
const mostForReports = 1 / 3;

function timeBudget(seconds: number, reportTokens: number): Budget {
  const { updates, evaluations, add } = ledger();
  let evaluateAt = seconds / 10;
  /** Seconds that the evaluation at the end and the reports will take, by what was measured so far. */
  function kept(): number {
    if (updates.count === 0) return 0;
    const perToken = scoringSeconds(updates, evaluations);
    const reports = reportTokens === 0 ? 0 : Math.min(1, 0.02 * seconds) + 1.2 * reportTokens * perToken; // they compile first
    return meanOf(evaluations) + Math.min(reports, mostForReports * seconds);
  }
  return {
    steps: undefined,
    total(step, elapsed) {
      if (updates.count === 0) return step + 1e6; // the speed is not known yet
      const share = updates.seconds / (updates.seconds + evaluations.seconds);
      const left = Math.max(0, seconds - elapsed - kept()) * share;
      return step + Math.max(1, Math.round(left / meanOf(updates)));
    },
    done: (step, elapsed) => step > 0 && elapsed + kept() >= seconds,
    due(step, elapsed, every) {
      if (every !== undefined) return step % every === 0;
      return elapsed >= evaluateAt;
    },
    spent(update, evaluation) {
      add(update, evaluation);
      // At each tenth of the run, or less often where evaluations would take more than a twentieth of it.
      if (update && evaluation) evaluateAt += Math.max(seconds / 10, 20 * evaluation.seconds);
    },
    remaining: (_, elapsed) => Math.max(0, seconds - elapsed - kept()),
  };
}

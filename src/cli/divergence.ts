// When a run is said to diverge although its losses are still numbers: the guard of `train` stops only where they are not.
import type { Progress } from "../index.ts";
import { formatWhole } from "../terminal/index.ts";

/** A network that has just been initialized is a little worse than guessing. */
const farAbove = 1.2;

/** How far the training loss rises above its lowest in a run that diverges; batches differ by less. Both must hold. */
const risen = { times: 1.3, by: 0.1 };

/** Steps after which the training loss, an average of about as many, tells more than single batches. */
const settled = 50;

/**
 * Looks at each validation of a run, and says once that the run diverges: where the validation loss is far above that of
 * guessing, or where the training loss has risen far above what it was at an earlier validation. A validation loss that rises
 * alone does not count: that is overfitting.
 *
 * @param guess mean loss of guessing, where it is known
 */
export function divergenceWatch(guess = Infinity): (report: Progress) => string | undefined {
  let lowest = { step: 0, trainLoss: Infinity };
  let told = false;
  return (report) => {
    const { step, trainLoss, valid } = report;
    if (told || !valid) return undefined;
    if (step >= settled && trainLoss < lowest.trainLoss) lowest = { step, trainLoss };
    const text = worseThanGuessing(valid.nats, guess) ?? rose(lowest, report);
    told = text !== undefined;
    return text;
  };
}

const worseThanGuessing = (nats: number, guess: number): string | undefined =>
  nats > farAbove * guess
    ? `the validation loss ${nats.toFixed(3)} is higher than that of guessing (${guess.toFixed(3)}): the run is diverging; try a lower --lr`
    : undefined;

function rose(from: Pick<Progress, "step" | "trainLoss">, { step, trainLoss, best }: Progress): string | undefined {
  // On a GPU losses arrive late: at the first validation there may be none yet, NaN.
  if (!(trainLoss > Math.max(risen.times * from.trainLoss, from.trainLoss + risen.by))) return undefined;
  const end =
    best && best.step < step
      ? `. Ctrl-C stops the run and keeps the best parameters so far (step ${formatWhole(best.step)}); then try a lower --lr`
      : "; try a lower --lr";
  return `the training loss rose from ${from.trainLoss.toFixed(3)} at step ${formatWhole(from.step)} to ${trainLoss.toFixed(3)}: the run is diverging${end}`;
}

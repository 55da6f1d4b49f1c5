// Early stopping and best-checkpoint keeping, as a small pure state machine over validation losses
// (or scores, negated).
import { checkNumber } from "../base/index.ts";

/** Plain data, for checkpoints. */
export interface StoppingState {
  /** Lowest loss so far, or the highest score negated; `null` before the first (JSON has no infinity). */
  readonly best: number | null;
  /** Evaluations since the best. */
  readonly waited: number;
}

export interface EarlyStopping {
  readonly initial: StoppingState;
  /** The state after one more validation loss. `improved`: this is the best; `stop`: patience is spent. */
  next(state: StoppingState, loss: number): { state: StoppingState; improved: boolean; stop: boolean };
}

/**
 * Stops after `patience` evaluations in a row that did not lower the best loss by more than `minDelta` (0). A loss that
 * is NaN never improves. `patience: Infinity` only keeps the best.
 */
export function earlyStopping({ patience, minDelta = 0 }: { patience: number; minDelta?: number }): EarlyStopping {
  if (patience !== Infinity) checkNumber("earlyStopping(patience)", patience, { min: 1, integer: true });
  checkNumber("earlyStopping(minDelta)", minDelta, { min: 0 });
  return {
    initial: { best: null, waited: 0 },
    next(state, loss) {
      const improved = state.best === null ? !Number.isNaN(loss) : loss < state.best - minDelta;
      const next = improved ? { best: loss, waited: 0 } : { best: state.best, waited: state.waited + 1 };
      return { state: next, improved, stop: next.waited >= patience };
    },
  };
}

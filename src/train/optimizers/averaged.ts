import { checkNumber } from "../../base/index.ts";
import { add, mul, sub } from "../../tensor/index.ts";
import type { Optimizer } from "./optimizer.ts";

export interface AverageOptions {
  /** Share of the average that a step keeps; 0.999 by default: about the last thousand steps. */
  decay?: number;
}

/**
 * Keeps an exponential moving average of the parameters beside them (Polyak and Juditsky, 1992): `a = d a + (1 - d) p` after each
 * step, with `d = min(decay, (step - 1) / (step + 9))`, so that the first steps are soon forgotten. The average does not take
 * part in training. `train` validates with both, and keeps the better of the two. It is a moment of the optimizer, so it is
 * saved and resumed with the others.
 *
 * @throws UnrolledError where the decay is not at least 0 and below 1
 *
 * @example
 * ```ts
 * train(model, data, { valid, optimizer: averaged(adamW({ learningRate: 2e-3 })) });
 * ```
 */
export function averaged(optimizer: Optimizer, { decay = 0.999 }: AverageOptions = {}): Optimizer {
  checkNumber("averaged(decay)", decay, { min: 0, below: 1 });
  return {
    name: optimizer.name,
    config: { ...optimizer.config, average: decay },
    moments: [...optimizer.moments, averageName],
    average: averageName,
    corrections: (step) => ({
      ...optimizer.corrections?.(step),
      [averageName]: Math.max(1 - decay, 10 / (step + 9)), // 1 at the first step: the average begins at its parameters
    }),
    update(inputs) {
      const { parameter, moments } = optimizer.update(inputs);
      const before = inputs.moments[averageName]!;
      const after = add(before, mul(inputs.corrections[averageName]!, sub(parameter, before)));
      return { parameter, moments: { ...moments, [averageName]: after } };
    },
  };
}

const averageName = "average";

import { checkNumber, fail } from "../../base/index.ts";
import { add, mul, sub } from "../../tensor/index.ts";
import { checkCommon, type Optimizer, type UpdateResult } from "./optimizer.ts";

export interface SgdOptions {
  learningRate?: number;
  momentum?: number;
  nesterov?: boolean;
  weightDecay?: number;
}

/**
 * Stochastic gradient descent: `p -= learningRate g`, with momentum `b = momentum b + g; p -= learningRate b`
 * (Sutskever et al., 2013). Defaults are PyTorch's: learning rate 1e-3, no momentum, no decay. Weight decay is added to
 * the gradient. `nesterov` looks one step ahead and needs momentum.
 *
 * @example
 * ```ts
 * train(model, data, { optimizer: sgd({ learningRate: 0.5, momentum: 0.9 }) });
 * ```
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { learningRate = 1e-3, momentum = 0, nesterov = false, weightDecay = 0 } = options;
  checkCommon("sgd", learningRate, weightDecay);
  checkNumber("sgd(momentum)", momentum, { min: 0, below: 1 });
  if (nesterov && momentum === 0) fail({ where: "sgd(nesterov)", expected: "momentum above 0", received: "0" });
  return {
    name: "sgd",
    config: { learningRate, momentum, nesterov, weightDecay },
    moments: momentum === 0 ? [] : ["momentum_buffer"],
    update({ parameter, gradient, moments, rate, decay }): UpdateResult {
      const g = add(gradient, mul(parameter, weightDecay * decay));
      if (momentum === 0) return { parameter: sub(parameter, mul(rate, g)), moments: {} };
      const b = add(mul(moments.momentum_buffer!, momentum), g);
      const direction = nesterov ? add(g, mul(momentum, b)) : b;
      return { parameter: sub(parameter, mul(rate, direction)), moments: { momentum_buffer: b } };
    },
  };
}

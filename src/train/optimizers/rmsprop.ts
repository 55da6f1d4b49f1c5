import { checkNumber } from "../../base/index.ts";
import { add, div, mul, sqrt, sub } from "../../tensor/index.ts";
import { checkCommon, type Optimizer, type UpdateResult } from "./optimizer.ts";

export interface RmspropOptions {
  learningRate?: number;
  alpha?: number;
  eps?: number;
  momentum?: number;
  weightDecay?: number;
}

/**
 * RMSProp (Hinton, lecture 6e, 2012): divides by a running root mean square, `v = alpha v + (1 - alpha) g²;
 * p -= learningRate g / (sqrt(v) + eps)`. Defaults are PyTorch's: learning rate 1e-2, alpha 0.99, eps 1e-8.
 *
 * @example
 * ```ts
 * train(model, data, { optimizer: rmsprop({ learningRate: 1e-3 }) });
 * ```
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  const { learningRate = 1e-2, alpha = 0.99, eps = 1e-8, momentum = 0, weightDecay = 0 } = options;
  checkCommon("rmsprop", learningRate, weightDecay);
  checkNumber("rmsprop(alpha)", alpha, { min: 0, below: 1 });
  checkNumber("rmsprop(eps)", eps, { above: 0 });
  checkNumber("rmsprop(momentum)", momentum, { min: 0, below: 1 });
  return {
    name: "rmsprop",
    config: { learningRate, alpha, eps, momentum, weightDecay },
    moments: momentum === 0 ? ["square_avg"] : ["square_avg", "momentum_buffer"],
    update({ parameter, gradient, moments, rate, decay }): UpdateResult {
      const g = add(gradient, mul(parameter, weightDecay * decay));
      const v = add(mul(moments.square_avg!, alpha), mul(mul(1 - alpha, g), g));
      const root = add(sqrt(v), eps);
      if (momentum === 0) return { parameter: sub(parameter, div(mul(rate, g), root)), moments: { square_avg: v } };
      const b = add(mul(moments.momentum_buffer!, momentum), div(g, root));
      return { parameter: sub(parameter, mul(rate, b)), moments: { square_avg: v, momentum_buffer: b } };
    },
  };
}

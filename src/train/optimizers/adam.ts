import { checkNumber } from "../../base/index.ts";
import { add, div, mul, sqrt, sub } from "../../tensor/index.ts";
import { checkCommon, type Optimizer } from "./optimizer.ts";

export interface AdamOptions {
  learningRate?: number;
  /** Decay of the running means of g and g². */
  betas?: readonly [number, number];
  eps?: number;
  weightDecay?: number;
}

/**
 * Adam (Kingma and Ba, 2015). Defaults are the paper's: learning rate 1e-3, betas 0.9 and 0.999, eps 1e-8. Weight decay
 * (0) is added to the gradient; {@link adamW} keeps it apart.
 *
 * @example
 * ```ts
 * train(model, data, { optimizer: adam({ learningRate: 1e-3 }) });
 * ```
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return adamFamily("adam", 0, options);
}

/**
 * AdamW (Loshchilov and Hutter, 2019): Adam with the weight decay apart from the gradient,
 * `p = (1 - learningRate weightDecay) p - ...`. Weight decay 1e-2 as in PyTorch, the rest as {@link adam}.
 *
 * @example
 * ```ts
 * train(model, data, { optimizer: adamW({ learningRate: 4e-3, weightDecay: 0.01 }) });
 * ```
 */
export function adamW(options: AdamOptions = {}): Optimizer {
  return adamFamily("adamW", 1e-2, options);
}

function adamFamily(name: "adam" | "adamW", defaultDecay: number, options: AdamOptions): Optimizer {
  const { learningRate = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = defaultDecay } = options;
  const [b1, b2] = betas;
  checkCommon(name, learningRate, weightDecay);
  for (const beta of [b1, b2]) checkNumber(`${name}(betas)`, beta, { min: 0, below: 1 });
  checkNumber(`${name}(eps)`, eps, { above: 0 });
  const apart = name === "adamW";
  return {
    name,
    config: { learningRate, betas: [b1, b2], eps, weightDecay },
    moments: ["exp_avg", "exp_avg_sq"],
    // Both means start at 0; dividing by 1 - b^t takes that bias away.
    corrections: (step) => ({ first: 1 - b1 ** step, second: 1 / Math.sqrt(1 - b2 ** step) }),
    update({ parameter: p, gradient, moments, rate, decay, corrections }) {
      const g = apart ? gradient : add(gradient, mul(p, weightDecay * decay));
      const m = add(moments.exp_avg!, mul(1 - b1, sub(g, moments.exp_avg!)));
      const v = add(mul(moments.exp_avg_sq!, b2), mul(mul(1 - b2, g), g));
      const root = add(mul(sqrt(v), corrections.second!), eps);
      const shrunk = apart ? mul(p, sub(1, mul(mul(rate, weightDecay), decay))) : p;
      return {
        parameter: sub(shrunk, div(mul(div(rate, corrections.first!), m), root)),
        moments: { exp_avg: m, exp_avg_sq: v },
      };
    },
  };
}

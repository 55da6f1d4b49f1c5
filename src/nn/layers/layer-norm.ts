// Layer normalization (Ba et al., 2016): each vector gets mean 0 and deviation 1, then a learned scale and shift.
import { add, div, mean, mul, sqrt, sub } from "../../tensor/ops.ts";
import { fill } from "../init.ts";
import { firstPlace, type Layer, placeSuffix } from "../layer.ts";
import { parameter } from "../parameters.ts";

/**
 * x [.., D] -> [.., D]. `epsilon` keeps the division finite; 1e-5, as PyTorch.
 *
 * @example
 * ```ts
 * const encoder = stacked([gru({ hiddenSize: 64 }), layerNorm()]);
 * ```
 */
export function layerNorm({ epsilon = 1e-5 } = {}): Layer {
  return {
    config: { type: "layerNorm", epsilon },
    build(inputSize, place = firstPlace) {
      const [weight, bias] = [`norm_weight${placeSuffix(place)}`, `norm_bias${placeSuffix(place)}`];
      return {
        outputSize: inputSize,
        depth: 0,
        parameters: [
          { name: weight, shape: [inputSize], init: fill(1) },
          { name: bias, shape: [inputSize], init: fill(0) },
        ],
        state: {},
        apply(parameters, x) {
          const centered = sub(x, mean(x, { axes: -1, keepDims: true }));
          const variance = mean(mul(centered, centered), { axes: -1, keepDims: true });
          const normal = div(centered, sqrt(add(variance, epsilon)));
          return { outputs: add(mul(normal, parameter(parameters, weight)), parameter(parameters, bias)), final: {} };
        },
      };
    },
  };
}

// Layer normalization (Ba et al., 2016): each vector gets mean 0 and standard deviation 1, then a learned scale and shift.
import { checkNumber } from "../../base/index.ts";
import { add, div, mean, mul, sqrt, sub } from "../../tensor/ops.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { fill } from "../init.ts";
import { firstPlace, type Layer, placeSuffix, timeless } from "../layer.ts";
import { parameter } from "../parameters.ts";
import type { LayerKind } from "../saved-config.ts";

/** x [.., D] with mean 0 and standard deviation 1 along the last axis. */
export function normalized(x: Tensor, epsilon = 1e-5): Tensor {
  const centered = sub(x, mean(x, { axes: -1, keepDims: true }));
  const variance = mean(mul(centered, centered), { axes: -1, keepDims: true });
  return mul(centered, div(1, sqrt(add(variance, epsilon)))); // one division a row
}

/**
 * x [.., D] -> [.., D]. `epsilon` keeps the division finite; 1e-5, as PyTorch.
 *
 * @example
 * ```ts
 * const encoder = stacked([gru({ hiddenSize: 64 }), layerNorm()]);
 * ```
 */
export function layerNorm({ epsilon = 1e-5 } = {}): Layer {
  checkNumber("layerNorm(epsilon)", epsilon, { min: 0 });
  return {
    config: { type: "layerNorm", epsilon },
    build(inputSize, place = firstPlace) {
      const [weight, bias] = [`norm_weight${placeSuffix(place)}`, `norm_bias${placeSuffix(place)}`];
      return {
        ...timeless,
        outputSize: inputSize,
        backwardSize: place.backwardSize ?? 0,
        parameters: [
          { name: weight, shape: [inputSize], init: fill(1) },
          { name: bias, shape: [inputSize], init: fill(0) },
        ],
        apply(parameters, x) {
          const normal = normalized(x, epsilon);
          return { outputs: add(mul(normal, parameter(parameters, weight)), parameter(parameters, bias)), final: {} };
        },
      };
    },
  };
}

export const layerNormKind: LayerKind = {
  type: "layerNorm",
  from: (config) => layerNorm({ epsilon: config.number("epsilon", { min: 0, fallback: 1e-5 }) }),
};

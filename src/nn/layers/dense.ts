// A dense layer, y = W x + b at each time step: PyTorch's Linear, with an activation behind it where one is given. (`linear` is the operation on tensors.)
import { checkChoice, checkNumber } from "../../base/index.ts";
import { linear, relu, sigmoid, tanh } from "../../tensor/ops.ts";
import { type Initializer, uniform } from "../init.ts";
import { type Layer, timeless } from "../layer.ts";
import { parameter } from "../parameters.ts";
import type { LayerKind } from "../saved-config.ts";

export interface DenseOptions {
  outputSize: number;
  bias?: boolean;
  /**
   * The weight belongs to another layer and is passed as `weight` when the layer is applied: an output layer that
   * shares the embedding table, [V, inputSize] (Press & Wolf, 2017).
   */
  tied?: boolean;
  /** Applied to the outputs; none by default. */
  activation?: DenseActivation;
  /** Initializer of the weight; uniform in +-1 / sqrt(inputSize) by default, as PyTorch. */
  init?: Initializer;
  /** Initializer of the bias; as that of the weight by default. */
  biasInit?: Initializer;
}

const activations = { relu, tanh, sigmoid };
export type DenseActivation = keyof typeof activations;
const names = Object.keys(activations) as DenseActivation[];

/**
 * x [.., inputSize] -> [.., outputSize].
 *
 * @example
 * ```ts
 * const encoder = stacked([lstm({ hiddenSize: 64 }), dense({ outputSize: 32 })]);
 * ```
 */
export function dense({ outputSize, bias = true, tied = false, activation, init, biasInit }: DenseOptions): Layer {
  checkNumber("dense(outputSize)", outputSize, { min: 1, integer: true });
  const after = activation && activations[checkChoice("dense(activation)", activation, names)];
  return {
    config: { type: "dense", outputSize, bias, tied, ...(activation ? { activation } : {}) },
    build(inputSize) {
      const bound = uniform(1 / Math.sqrt(inputSize));
      const weight = { name: "weight", shape: [outputSize, inputSize], init: init ?? bound };
      const shift = { name: "bias", shape: [outputSize], init: biasInit ?? bound };
      return {
        ...timeless,
        outputSize,
        parameters: [...(tied ? [] : [weight]), ...(bias ? [shift] : [])],
        apply(parameters, x) {
          const y = linear(x, parameter(parameters, "weight"), bias ? parameter(parameters, "bias") : undefined);
          return { outputs: after ? after(y) : y, final: {} };
        },
      };
    },
  };
}

export const denseKind: LayerKind = {
  type: "dense",
  from: (config) =>
    dense({
      outputSize: config.number("outputSize", { min: 1, integer: true }),
      bias: config.boolean("bias", true),
      tied: config.boolean("tied", false),
      ...(config.has("activation") ? { activation: config.choice("activation", names) } : {}),
    }),
};

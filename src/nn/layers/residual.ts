// A residual connection around a layer, through which the gradient reaches the layers below undiminished (He et al., 2015).
import { fail } from "../../base/index.ts";
import { add } from "../../tensor/ops.ts";
import type { Layer } from "../layer.ts";
import type { LayerKind } from "../saved-config.ts";
import { layerNorm } from "./layer-norm.ts";
import { stacked } from "./stacked.ts";

/**
 * Adds the inputs to the outputs; both must have the same width.
 *
 * @example
 * ```ts
 * const encoder = stacked([lstm({ hiddenSize: 128 }), residual(lstm({ hiddenSize: 128 }))]);
 * ```
 */
export function residual(layer: Layer): Layer {
  return {
    config: { type: "residual", layer: layer.config },
    build(inputSize, place) {
      const block = layer.build(inputSize, place);
      if (block.outputSize !== inputSize) {
        const expected = `a layer with outputSize ${inputSize}, the width of its inputs`;
        fail({ where: "residual", code: "shape", expected, received: String(block.outputSize) });
      }
      return {
        ...block,
        apply(parameters, x, options) {
          const applied = block.apply(parameters, x, options);
          return { ...applied, outputs: add(x, applied.outputs) };
        },
      };
    },
  };
}

/** The pre-norm residual block: x + layer(layerNorm(x)) (Xiong et al., 2020). It keeps deep stacks of layers trainable. */
export const preNorm = (layer: Layer): Layer => residual(stacked([layerNorm(), layer]));

export const residualKind: LayerKind = { type: "residual", from: (config) => residual(config.layer("layer")) };

// A way around a layer, so that the gradient reaches the layers below it undiminished (He et al., 2015).
import { fail } from "../../base/index.ts";
import { add } from "../../tensor/ops.ts";
import type { Layer } from "../layer.ts";

/**
 * Adds the inputs to the outputs; both must have one width.
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
        const expected = `a layer with outputSize ${inputSize}, as its inputs have`;
        fail({ where: "residual", code: "shape", expected, received: String(block.outputSize) });
      }
      return {
        ...block,
        apply(parameters, x, options) {
          const { outputs, final } = block.apply(parameters, x, options);
          return { outputs: add(x, outputs), final };
        },
      };
    },
  };
}

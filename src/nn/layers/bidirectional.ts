// Two layers over one sequence, one in each direction: each step has the context before and after it.
import { concat } from "../../tensor/ops.ts";
import { addPenalties, firstPlace, type Layer } from "../layer.ts";
import type { LayerKind } from "../saved-config.ts";

/**
 * Outputs are [forward; backward] on the last axis, twice as wide. The backward layer's names end in `_reverse`.
 *
 * @example
 * ```ts
 * const encoder = bidirectional(lstm({ hiddenSize: 128 }));
 * ```
 */
export function bidirectional(layer: Layer): Layer {
  return {
    config: { type: "bidirectional", layer: layer.config },
    build(inputSize, place = firstPlace) {
      const forward = layer.build(inputSize, { ...place, reverse: false });
      const backward = layer.build(inputSize, { ...place, reverse: true });
      return {
        outputSize: forward.outputSize + backward.outputSize,
        depth: forward.depth,
        causal: false,
        backwardSize: backward.outputSize,
        parameters: [...forward.parameters, ...backward.parameters],
        state: { ...forward.state, ...backward.state },
        apply(parameters, x, options) {
          const there = forward.apply(parameters, x, options);
          const back = backward.apply(parameters, x, options);
          return {
            outputs: concat([there.outputs, back.outputs]),
            final: { ...there.final, ...back.final },
            ...addPenalties([there, back]),
          };
        },
      };
    },
  };
}

export const bidirectionalKind: LayerKind = {
  type: "bidirectional",
  from: (config) => bidirectional(config.layer("layer")),
};

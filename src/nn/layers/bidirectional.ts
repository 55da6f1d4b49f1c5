// Two layers over one sequence, one from each end; each place sees what came before and what comes after.
import { concat } from "../../tensor/ops.ts";
import { firstPlace, type Layer } from "../layer.ts";

/**
 * Outputs are [forward; backward] on the last axis, twice as wide. Names of the backward one end in `_reverse`.
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
        parameters: [...forward.parameters, ...backward.parameters],
        state: { ...forward.state, ...backward.state },
        apply(parameters, x, options) {
          const there = forward.apply(parameters, x, options);
          const back = backward.apply(parameters, x, options);
          return { outputs: concat([there.outputs, back.outputs]), final: { ...there.final, ...back.final } };
        },
      };
    },
  };
}

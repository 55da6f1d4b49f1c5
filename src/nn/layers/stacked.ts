// Stacked layers: a deep network.
import { fail } from "../../base/index.ts";
import type { State } from "../../tensor/scan.ts";
import { type Applied, addPenalties, type Block, firstPlace, type Layer } from "../layer.ts";
import type { LayerKind } from "../saved-config.ts";
import { type DropoutOptions, drop, dropoutConfig, readDropout } from "./dropout.ts";

export interface StackedOptions {
  /** Dropout between the layers during training; none after the last one, as in PyTorch. 0 by default. */
  dropout?: number | DropoutOptions;
}

/**
 * Each layer reads the outputs of the one before. Recurrent layers are numbered from below: `weight_ih_l0`, `weight_ih_l1`.
 *
 * @example
 * ```ts
 * const encoder = stacked([bidirectional(lstm({ hiddenSize: 64 })), gru({ hiddenSize: 64 })], { dropout: 0.3 });
 * ```
 */
export function stacked(layers: readonly Layer[], { dropout = 0 }: StackedOptions = {}): Layer {
  if (layers.length === 0) fail({ where: "stacked", expected: "at least one layer", received: "none" });
  const between = dropoutConfig(dropout);
  return {
    config: { type: "stacked", layers: layers.map(({ config }) => config), dropout: between },
    build(inputSize, { layer: start, reverse, backwardSize = 0 } = firstPlace) {
      const blocks: Block[] = [];
      let depth = 0;
      for (const layer of layers) {
        const below = blocks.at(-1);
        const place = { layer: start + depth, reverse, backwardSize: below?.backwardSize ?? backwardSize };
        const block = layer.build(below?.outputSize ?? inputSize, place);
        blocks.push(block);
        depth += block.depth;
      }
      return {
        outputSize: blocks.at(-1)!.outputSize,
        depth,
        causal: blocks.every(({ causal }) => causal),
        backwardSize: blocks.at(-1)!.backwardSize,
        ...(blocks[0]!.reads ? { reads: blocks[0]!.reads } : {}),
        parameters: blocks.flatMap(({ parameters }) => parameters),
        state: Object.assign({}, ...blocks.map(({ state }) => state)) as Block["state"],
        apply(parameters, x, options) {
          let outputs = x;
          let final: State = {};
          const parts: Applied[] = [];
          for (const [i, block] of blocks.entries()) {
            const below = i === 0 ? x : drop(outputs, between, options?.masks);
            const applied = block.apply(parameters, below, options);
            parts.push(applied);
            outputs = applied.outputs;
            final = { ...final, ...applied.final };
          }
          return { outputs, final, ...addPenalties(parts) };
        },
      };
    },
  };
}

export const stackedKind: LayerKind = {
  type: "stacked",
  from(config) {
    const layers = config.layers("layers");
    if (layers.length === 0) config.refuse("layers", "at least one layer");
    return stacked(layers, { dropout: config.has("dropout") ? readDropout(config.object("dropout")) : 0 });
  },
};

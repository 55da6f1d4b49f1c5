// Layers on top of each other: a deep network.
import { fail } from "../../base/index.ts";
import type { State } from "../../tensor/scan.ts";
import { type Block, firstPlace, type Layer } from "../layer.ts";
import { type DropoutOptions, drop, dropoutConfig } from "./dropout.ts";

export interface StackedOptions {
  /** Share that is dropped between the layers while training; none after the last one, as in PyTorch. 0 by default. */
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
    build(inputSize, { layer: start, reverse } = firstPlace) {
      const blocks: Block[] = [];
      let depth = 0;
      for (const layer of layers) {
        const block = layer.build(blocks.at(-1)?.outputSize ?? inputSize, { layer: start + depth, reverse });
        blocks.push(block);
        depth += block.depth;
      }
      return {
        outputSize: blocks.at(-1)!.outputSize,
        depth,
        parameters: blocks.flatMap(({ parameters }) => parameters),
        state: Object.assign({}, ...blocks.map(({ state }) => state)) as Block["state"],
        apply(parameters, x, options) {
          let outputs = x;
          let final: State = {};
          for (const [i, block] of blocks.entries()) {
            const below = i === 0 ? x : drop(outputs, between, options?.masks);
            const applied = block.apply(parameters, below, options);
            outputs = applied.outputs;
            final = { ...final, ...applied.final };
          }
          return { outputs, final };
        },
      };
    },
  };
}

// Word vectors that stay as they are, and beside them a short row of numbers for each word that the task learns.
import { checkNumber, fail } from "../../base/index.ts";
import { concat } from "../../tensor/ops.ts";
import { fill } from "../init.ts";
import type { Layer } from "../layer.ts";
import { parameter } from "../parameters.ts";
import type { LayerKind } from "../saved-config.ts";
import { embedding } from "./embedding.ts";

export interface LearnedRowsOptions {
  /** Width of the learned row; 32 by default. */
  size?: number;
  /** Share of the words whose learned row is 0 in a training step (as in {@link embedding}); 0.8 by default, which is what keeps the rows from learning the texts by heart. */
  dropout?: number;
}

/**
 * An embedding whose rows go on with learned numbers: ids, int [T, B] -> [T, B, outputSize of `layer` + size]. With frozen
 * vectors inside, the network keeps what they say of words that it was not trained on, and still learns what a word means for
 * the task: *good* and *bad* have similar vectors. After Kim (2014), "Convolutional neural networks for sentence
 * classification", whose second channel is trained too. The learned rows start at 0, so that a word without training has none.
 *
 * @throws UnrolledError if `layer` is no embedding
 *
 * @example
 * ```ts
 * const table = withLearnedRows(freeze(embedding({ from: vectors })), { size: 32 });
 * ```
 */
export function withLearnedRows(layer: Layer, { size = 32, dropout = 0.8 }: LearnedRowsOptions = {}): Layer {
  const where = "withLearnedRows";
  checkNumber(`${where}(size)`, size, { min: 1, integer: true });
  checkNumber(`${where}(dropout)`, dropout, { min: 0, below: 1 });
  const learned = embedding({ embeddingSize: size, dropout, init: fill(0) });
  return {
    config: { type: "learned-rows", layer: layer.config, size, dropout },
    build(rows, place) {
      const [given, own] = [layer.build(rows, place), learned.build(rows)];
      if (given.reads !== "ids")
        fail({ where: `${where}(layer)`, expected: "an embedding", received: `a ${layer.config.type} layer` });
      if (given.parameters.some(({ name }) => name === "learned"))
        fail({ where: `${where}(layer)`, expected: "an embedding without learned rows", received: "one with them" });
      return {
        ...given,
        outputSize: given.outputSize + size,
        parameters: [...given.parameters, { ...own.parameters[0]!, name: "learned" }],
        apply(parameters, ids, options) {
          const weight = parameter(parameters, "learned");
          const both = [given.apply(parameters, ids, options), own.apply({ weight }, ids, options)];
          return { outputs: concat(both.map(({ outputs }) => outputs)), final: {} };
        },
      };
    },
  };
}

export const learnedRowsKind: LayerKind = {
  type: "learned-rows",
  from: (config) =>
    withLearnedRows(config.layer("layer"), {
      size: config.number("size", { min: 1, integer: true }),
      dropout: config.number("dropout", { min: 0, below: 1 }),
    }),
};

// Dropout: during training, sets each value to 0 with probability p and scales the others by 1 / (1 - p), so that
// inference needs no change (Srivastava et al., 2014).
import { checkChoice, checkNumber } from "../../base/index.ts";
import { cast, mul } from "../../tensor/ops.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Layer, type Masks, timeless } from "../layer.ts";
import type { ConfigReader, LayerKind } from "../saved-config.ts";

export interface DropoutOptions {
  /** Fraction of values to drop, in [0, 1). */
  p: number;
  /**
   * `element`: drawn for each value (default). `sequence`: one draw per row for all time steps, known as variational or
   * locked dropout (Gal & Ghahramani, 2016; Merity et al., 2018).
   */
  per?: "element" | "sequence";
}

const kinds = ["element", "sequence"] as const;

/**
 * Dropout as a layer.
 *
 * @example
 * ```ts
 * const encoder = stacked([gru({ hiddenSize: 64 }), dropout({ p: 0.3 })]);
 * ```
 */
export function dropout(options: DropoutOptions): Layer {
  const config = dropoutConfig(options);
  return {
    config: { type: "dropout", ...config },
    build: (inputSize, place) => ({
      ...timeless,
      outputSize: inputSize,
      backwardSize: place?.backwardSize ?? 0,
      parameters: [],
      apply: (_, x, { masks } = {}) => ({ outputs: drop(x, config, masks), final: {} }),
    }),
  };
}

/** Checks the options and fills in the defaults. */
export function dropoutConfig(options: number | DropoutOptions): Required<DropoutOptions> {
  const { p, per = "element" } = typeof options === "number" ? { p: options } : options;
  return { p: checkNumber("dropout", p, { min: 0, below: 1 }), per: checkChoice("dropout(per)", per, kinds) };
}

/** Drops values of x [T, B, D] during training, when there are masks. */
export function drop(x: Tensor, { p, per }: Required<DropoutOptions>, masks: Masks | undefined): Tensor {
  if (!masks || p === 0) return x;
  const keep = 1 - p;
  const shape = per === "element" ? x.shape : [1, ...x.shape.slice(1)];
  return mul(x, mul(cast(masks.next(shape, keep), "float"), 1 / keep));
}

/** Dropout options in a saved configuration. */
export const readDropout = (config: ConfigReader): Required<DropoutOptions> => ({
  p: config.number("p", { min: 0, below: 1 }),
  per: config.choice("per", kinds, "element"),
});

export const dropoutKind: LayerKind = { type: "dropout", from: (config) => dropout(readDropout(config)) };

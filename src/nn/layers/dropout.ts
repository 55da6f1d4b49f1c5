// Dropout: while training, drops each value with probability p and scales the others by 1 / (1 - p), so that nothing
// need change when the model is used (Srivastava et al., 2014).
import { checkNumber } from "../../base/index.ts";
import { cast, mul } from "../../tensor/ops.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Layer, Masks } from "../layer.ts";

export interface DropoutOptions {
  /** Share that is dropped, in [0, 1). */
  p: number;
  /** `element`: drawn for each value (default). `sequence`: one draw for all time steps of a row (Gal & Ghahramani, 2016). */
  per?: "element" | "sequence";
}

/**
 * A layer that only drops.
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
    build: (inputSize) => ({
      outputSize: inputSize,
      depth: 0,
      parameters: [],
      state: {},
      apply: (_, x, { masks } = {}) => ({ outputs: drop(x, config, masks), final: {} }),
    }),
  };
}

/** Checks the options and fills in the defaults. */
export function dropoutConfig(options: number | DropoutOptions): Required<DropoutOptions> {
  const { p, per = "element" } = typeof options === "number" ? { p: options } : options;
  return { p: checkNumber("dropout", p, { min: 0, below: 1 }), per };
}

/** Drops values of x [T, B, D] if there are masks to do it with. */
export function drop(x: Tensor, { p, per }: Required<DropoutOptions>, masks: Masks | undefined): Tensor {
  if (!masks || p === 0) return x;
  const keep = 1 - p;
  const shape = per === "element" ? x.shape : [1, ...x.shape.slice(1)];
  return mul(x, mul(cast(masks.next(shape, keep), "float"), 1 / keep));
}

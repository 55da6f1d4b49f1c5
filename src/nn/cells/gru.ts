// The gated recurrent unit (Cho et al., 2014). The update gate z sets how much of the old state is kept; the reset gate
// r sets how much of it the candidate n sees. Rows of the weights: r, z, n, as in PyTorch.
import { checkChoice } from "../../base/index.ts";
import { add, linear, mul, sigmoid, slice, split, sub, tanh } from "../../tensor/ops.ts";
import { type Cell, cell } from "../cell.ts";
import { blocks, chrono, type Initializer, uniform } from "../init.ts";
import { recurrentLayer } from "../layers/recurrent.ts";

export interface GruCellOptions {
  /**
   * `after` (default): n = tanh(W x + b + r * (U h + b_hn)), as PyTorch and cuDNN; one product serves all gates.
   * `before`: n = tanh(W x + b + U (r * h)), as the paper and the lecture.
   */
  reset?: "after" | "before";
  /** Initializer of each gate's block of weight_hh; uniform in +-1 / sqrt(hiddenSize) by default, as PyTorch. */
  recurrentInit?: Initializer;
  /**
   * Longest dependency to learn, in steps. The update gates' biases start at log(U(1, timescale - 1)),
   * which spreads the units' memories over 1 to `timescale` steps (chrono initialization: Tallec & Ollivier, 2018).
   */
  timescale?: number;
}

export type GruCell = Cell<"weight_ih" | "weight_hh" | "bias_ih" | "bias_hn", "h"> | Cell<GruBefore, "h">;
type GruBefore = "weight_ih" | "weight_hh" | "bias_ih";

/** State `h`; weight_ih [3H, D], weight_hh [3H, H], bias_ih [3H], and bias_hn [H] if the reset comes after the product. */
export function gruCell({ reset = "after", recurrentInit, timescale }: GruCellOptions = {}): GruCell {
  checkChoice("gru(reset)", reset, ["after", "before"]);
  const recurrentBlocks = recurrentInit && blocks(recurrentInit, recurrentInit, recurrentInit);
  return (reset === "after" ? resetAfter : resetBefore)(recurrentBlocks, timescale);
}

const gateBiases = (hiddenSize: number, timescale: number | undefined): Initializer | undefined => {
  if (timescale === undefined) return undefined;
  const other = uniform(1 / Math.sqrt(hiddenSize));
  return blocks(other, chrono(timescale), other);
};

const facts = {
  gates: ["reset", "update", "candidate"],
  lecture: { state: "c", letters: ["r", "u", "c"] },
};

const resetAfter = (recurrentInit?: Initializer, timescale?: number) =>
  cell({
    name: "gru",
    options: { reset: "after" },
    ...facts,
    onnx: { type: "GRU", blocks: [1, 0, 2], attributes: { linear_before_reset: 1 } },
    parameters: ({ inputSize: D, hiddenSize: H }) => ({
      weight_ih: [3 * H, D],
      weight_hh: { shape: [3 * H, H], init: recurrentInit },
      bias_ih: { shape: [3 * H], init: gateBiases(H, timescale) },
      bias_hn: [H], // inside r * (...), so it cannot be summed with b_in
    }),
    state: ["h"],
    step: ({ weight_ih, weight_hh, bias_ih, bias_hn }, x, { h }) => {
      const [xr, xz, xn] = split(linear(x, weight_ih, bias_ih), 3);
      const [hr, hz, hn] = split(linear(h, weight_hh), 3);
      const r = sigmoid(add(xr, hr));
      const z = sigmoid(add(xz, hz));
      const n = tanh(add(xn, mul(r, add(hn, bias_hn))));
      const next = add(mul(sub(1, z), n), mul(z, h));
      return { output: next, state: { h: next } };
    },
  });

const resetBefore = (recurrentInit?: Initializer, timescale?: number) =>
  cell({
    name: "gru",
    options: { reset: "before" },
    ...facts,
    onnx: { type: "GRU", blocks: [1, 0, 2] },
    parameters: ({ inputSize: D, hiddenSize: H }) => ({
      weight_ih: [3 * H, D],
      weight_hh: { shape: [3 * H, H], init: recurrentInit },
      bias_ih: { shape: [3 * H], init: gateBiases(H, timescale) },
    }),
    state: ["h"],
    step: ({ weight_ih, weight_hh, bias_ih }, x, { h }) => {
      const H = weight_hh.shape[1] as number;
      const [xr, xz, xn] = split(linear(x, weight_ih, bias_ih), 3);
      const [hr, hz] = split(linear(h, slice(weight_hh, 0, 0, 2 * H)), 2);
      const r = sigmoid(add(xr, hr));
      const z = sigmoid(add(xz, hz));
      const n = tanh(add(xn, linear(mul(r, h), slice(weight_hh, 0, 2 * H, 3 * H))));
      const next = add(mul(sub(1, z), n), mul(z, h));
      return { output: next, state: { h: next } };
    },
  });

/**
 * A recurrent layer of {@link gruCell}.
 *
 * @example
 * ```ts
 * const encoder = gru({ hiddenSize: 128, dropout: 0.2 });
 * ```
 */
export const gru = recurrentLayer(gruCell);

// The lecture's first GRU, with the update gate alone:
//
//   c~ = tanh(Wc [c<t-1>, x<t>] + bc)
//   u  = sigmoid(Wu [c<t-1>, x<t>] + bu)
//   c<t> = u * c~ + (1 - u) * c<t-1>
//
// Here u replaces where the z of PyTorch's GRU keeps. Rows of the weights: u, c~.
import { add, linear, mul, sigmoid, split, sub, tanh } from "../../tensor/ops.ts";
import { type Cell, cell } from "../cell.ts";
import { blocks, type Initializer } from "../init.ts";
import { recurrentLayer } from "../layers/recurrent.ts";

export interface GruSimplifiedCellOptions {
  /** Initializer of each gate's block of weight_hh; uniform in +-1 / sqrt(hiddenSize) by default. */
  recurrentInit?: Initializer;
}

export type GruSimplifiedCell = Cell<"weight_ih" | "weight_hh" | "bias_ih", "h">;

/** State `h` (the lecture's c); weight_ih [2H, D], weight_hh [2H, H], bias_ih [2H]. */
export function gruSimplifiedCell({ recurrentInit }: GruSimplifiedCellOptions = {}): GruSimplifiedCell {
  return cell({
    name: "gruSimplified",
    gates: ["update", "candidate"],
    lecture: { state: "c", letters: ["u", "c"] },
    parameters: ({ inputSize: D, hiddenSize: H }) => ({
      weight_ih: [2 * H, D],
      weight_hh: { shape: [2 * H, H], init: recurrentInit && blocks(recurrentInit, recurrentInit) },
      bias_ih: [2 * H],
    }),
    state: ["h"],
    step: ({ weight_ih, weight_hh, bias_ih }, x, { h }) => {
      const [forUpdate, forCandidate] = split(add(linear(x, weight_ih, bias_ih), linear(h, weight_hh)), 2);
      const u = sigmoid(forUpdate);
      const candidate = tanh(forCandidate);
      const next = add(mul(u, candidate), mul(sub(1, u), h));
      return { output: next, state: { h: next } };
    },
  });
}

/**
 * A recurrent layer of {@link gruSimplifiedCell}.
 *
 * @example
 * ```ts
 * const encoder = gruSimplified({ hiddenSize: 100 });
 * ```
 */
export const gruSimplified = recurrentLayer(gruSimplifiedCell);

// minLSTM (Feng et al., 2024, "Were RNNs All We Needed?"): an LSTM whose gates and candidate read the input only. The
// gates are normalized, so that the scale of the state does not depend on time.
//
//   f  = sigmoid(Wf x<t> + bf)          f' = f / (f + i)
//   i  = sigmoid(Wi x<t> + bi)          i' = i / (f + i)
//   h~ = Wh x<t> + bh
//   h<t> = f' * h<t-1> + i' * h~
//
// No product depends on the state, so that all products are computed for the whole sequence at once. Rows of the
// weights: f, i, h~.
import { add, div, linear, mul, sigmoid, split } from "../../tensor/ops.ts";
import { type Cell, cell } from "../cell.ts";
import { blocks, fill, uniform } from "../init.ts";
import { recurrentLayer } from "../layers/recurrent.ts";

export interface MinLstmCellOptions {
  /** Initial value of the forget gate's bias. 1 by default: the state starts out by lasting, as in the LSTM. */
  forgetBias?: number;
}

export type MinLstmCell = Cell<"weight_ih" | "bias_ih", "h">;

/** State `h`; weight_ih [3H, D], bias_ih [3H]. */
export function minLstmCell({ forgetBias = 1 }: MinLstmCellOptions = {}): MinLstmCell {
  return cell({
    name: "minLstm",
    gates: ["forget", "input", "candidate"],
    parameters: ({ inputSize: D, hiddenSize: H }) => {
      const other = uniform(1 / Math.sqrt(H));
      return { weight_ih: [3 * H, D], bias_ih: { shape: [3 * H], init: blocks(fill(forgetBias), other, other) } };
    },
    state: ["h"],
    step: ({ weight_ih, bias_ih }, x, { h }) => {
      const [forget, write, candidate] = split(linear(x, weight_ih, bias_ih), 3);
      const f = sigmoid(forget);
      const i = sigmoid(write);
      const next = div(add(mul(f, h), mul(i, candidate)), add(f, i)); // f' h + i' h~
      return { output: next, state: { h: next } };
    },
  });
}

/** A recurrent layer of {@link minLstmCell}. */
export const minLstm = recurrentLayer(minLstmCell);

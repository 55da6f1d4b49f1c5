// LSTM with peepholes (Gers & Schmidhuber, 2000): each unit's gates read its own memory. The input and
// forget gates read the old memory, the output gate the new one. Rows of the weights: i, f, g, o; of the peepholes: i, f, o.
import { add, linear, mul, sigmoid, split, tanh } from "../../tensor/ops.ts";
import { type Cell, cell } from "../cell.ts";
import { recurrentLayer } from "../layers/recurrent.ts";
import { type LstmCellOptions, lstmBias, lstmGates, lstmLecture, perGate } from "./lstm.ts";

export type PeepholeLstmCell = Cell<"weight_ih" | "weight_hh" | "bias_ih" | "weight_peephole", "h" | "c">;

/** States `h` and `c`; weight_ih [4H, D], weight_hh [4H, H], bias_ih [4H], weight_peephole [3H]. */
export function peepholeLstmCell({ forgetBias = 1, recurrentInit, timescale }: LstmCellOptions = {}): PeepholeLstmCell {
  return cell({
    name: "peepholeLstm",
    gates: lstmGates,
    lecture: lstmLecture,
    onnx: { type: "LSTM", blocks: [0, 3, 1, 2] },
    parameters: ({ inputSize: D, hiddenSize: H }) => ({
      weight_ih: [4 * H, D],
      weight_hh: { shape: [4 * H, H], init: perGate(recurrentInit) },
      bias_ih: { shape: [4 * H], init: lstmBias(H, forgetBias, timescale) },
      weight_peephole: [3 * H],
    }),
    state: ["h", "c"],
    step: ({ weight_ih, weight_hh, bias_ih, weight_peephole }, x, { h, c }) => {
      const gates = add(linear(x, weight_ih, bias_ih), linear(h, weight_hh)); // [B, 4H]
      const [i, f, g, o] = split(gates, 4);
      const [pi, pf, po] = split(weight_peephole, 3);
      const kept = mul(sigmoid(add(f, mul(pf, c))), c);
      const memory = add(kept, mul(sigmoid(add(i, mul(pi, c))), tanh(g)));
      const output = mul(sigmoid(add(o, mul(po, memory))), tanh(memory));
      return { output, state: { h: output, c: memory } };
    },
  });
}

/**
 * A recurrent layer of {@link peepholeLstmCell}.
 *
 * @example
 * ```ts
 * const encoder = peepholeLstm({ hiddenSize: 128 });
 * ```
 */
export const peepholeLstm = recurrentLayer(peepholeLstmCell);

// The Mogrifier LSTM (Melis et al., 2020): input and state gate each other for a few rounds before the LSTM reads them.
//
//   x := 2 sigmoid(Q1 h) * x,  h := 2 sigmoid(R2 x) * h,  x := 2 sigmoid(Q3 h) * x, ...
//   then an LSTM step of x and h
//
// Rows of the weights: i, f, g, o, as in the LSTM.
import { checkNumber } from "../../base/index.ts";
import { linear, mul, sigmoid } from "../../tensor/ops.ts";
import { type Cell, cell, type ParameterDeclaration } from "../cell.ts";
import { fill } from "../init.ts";
import { recurrentLayer } from "../layers/recurrent.ts";
import { type LstmCellOptions, lstmCell, lstmGates } from "./lstm.ts";

export interface MogrifierLstmCellOptions extends LstmCellOptions {
  /**
   * Rounds of mutual gating; 2 by default. The paper uses 5 or 6, which cost more and need a lower learning rate. With 0 it is
   * the LSTM.
   */
  rounds?: number;
}

export type MogrifierLstmCell = Cell<string, "h" | "c">;

/**
 * States `h` and `c`; the parameters of the LSTM, and for each round k weight_q<k> [D, H] (k odd: gates x) or weight_r<k>
 * [H, D] (k even: gates h).
 */
export function mogrifierLstmCell({ rounds = 2, ...options }: MogrifierLstmCellOptions = {}): MogrifierLstmCell {
  checkNumber("mogrifierLstm(rounds)", rounds, { min: 0, max: 20, integer: true });
  const inner = lstmCell(options);
  const gatesInput = (round: number) => round % 2 === 1;
  const nameOf = (round: number) => `weight_${gatesInput(round) ? "q" : "r"}${round}`;
  const each = Array.from({ length: rounds }, (_, i) => i + 1);
  return cell<string, "h" | "c">({
    name: "mogrifierLstm",
    options: { rounds },
    gates: lstmGates,
    parameters: (sizes): Record<string, ParameterDeclaration> => {
      const { inputSize: D, hiddenSize: H } = sizes;
      const gating = each.map((round): [string, ParameterDeclaration] => [
        nameOf(round),
        { shape: gatesInput(round) ? [D, H] : [H, D], init: fill(0) }, // all gates are 1: it begins as the LSTM
      ]);
      return { ...inner.parameters(sizes), ...Object.fromEntries(gating) };
    },
    state: ["h", "c"],
    step: (parameters, input, { h: start, c }) => {
      let [x, h] = [input, start];
      for (const round of each) {
        const weight = parameters[nameOf(round)]!;
        if (gatesInput(round)) x = mul(x, mul(sigmoid(linear(h, weight)), 2));
        else h = mul(h, mul(sigmoid(linear(x, weight)), 2));
      }
      return inner.step(parameters as Parameters<typeof inner.step>[0], x, { h, c });
    },
  });
}

/** A recurrent layer of {@link mogrifierLstmCell}. */
export const mogrifierLstm = recurrentLayer(mogrifierLstmCell);

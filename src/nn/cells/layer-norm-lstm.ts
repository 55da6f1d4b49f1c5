// The LSTM with layer normalization (Ba et al., 2016): both products and the memory are normalized, which keeps the
// scale of gates and gradients steady over many steps.
//
//   i, f, g, o = LN(W x<t>) * norm_ih + LN(U h<t-1>) * norm_hh + b
//   c<t> = sigmoid(f) * c<t-1> + sigmoid(i) * tanh(g)
//   h<t> = sigmoid(o) * tanh(LN(c<t>) * norm_c + bias_c)
//
// LN gives a vector mean 0 and standard deviation 1. The two shifts of the products' norms are one bias. Rows: i, f, g, o.
import { add, linear, mul, sigmoid, split, tanh } from "../../tensor/ops.ts";
import { type Cell, cell } from "../cell.ts";
import { fill } from "../init.ts";
import { normalized } from "../layers/layer-norm.ts";
import { recurrentLayer } from "../layers/recurrent.ts";
import { type LstmCellOptions, lstmBias, lstmGates, perGate } from "./lstm.ts";

export type LayerNormLstmCell = Cell<
  "weight_ih" | "weight_hh" | "bias_ih" | "norm_ih" | "norm_hh" | "norm_c" | "bias_c",
  "h" | "c"
>;

/**
 * States `h` and `c`; weight_ih [4H, D], weight_hh [4H, H], bias_ih [4H], the gains norm_ih and norm_hh [4H] and norm_c
 * [H], and bias_c [H].
 */
export function layerNormLstmCell({
  forgetBias = 1,
  recurrentInit,
  timescale,
}: LstmCellOptions = {}): LayerNormLstmCell {
  return cell({
    name: "layerNormLstm",
    gates: lstmGates,
    parameters: ({ inputSize: D, hiddenSize: H }) => ({
      weight_ih: [4 * H, D],
      weight_hh: { shape: [4 * H, H], init: perGate(recurrentInit) },
      bias_ih: { shape: [4 * H], init: lstmBias(H, forgetBias, timescale) },
      norm_ih: { shape: [4 * H], init: fill(1) },
      norm_hh: { shape: [4 * H], init: fill(1) },
      norm_c: { shape: [H], init: fill(1) },
      bias_c: { shape: [H], init: fill(0) },
    }),
    state: ["h", "c"],
    step: ({ weight_ih, weight_hh, bias_ih, norm_ih, norm_hh, norm_c, bias_c }, x, { h, c }) => {
      const fromInput = mul(normalized(linear(x, weight_ih)), norm_ih);
      const fromState = mul(normalized(linear(h, weight_hh)), norm_hh);
      const [i, f, g, o] = split(add(fromInput, fromState, bias_ih), 4); // [B, H] each
      const memory = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
      const output = mul(sigmoid(o), tanh(add(mul(normalized(memory), norm_c), bias_c)));
      return { output, state: { h: output, c: memory } };
    },
  });
}

/** A recurrent layer of {@link layerNormLstmCell}. */
export const layerNormLstm = recurrentLayer(layerNormLstmCell);

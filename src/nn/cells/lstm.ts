// Long short-term memory (Hochreiter & Schmidhuber, 1997; forget gate by Gers et al., 2000). The memory c changes only
// by what the forget gate removes and the input gate adds. Rows of the weights: i, f, g, o, as in PyTorch.
import { add, linear, mul, sigmoid, split, tanh } from "../../tensor/ops.ts";
import { type Cell, cell } from "../cell.ts";
import { blocks, chrono, fill, given, type Initializer, uniform } from "../init.ts";
import { recurrentLayer } from "../layers/recurrent.ts";

export interface LstmCellOptions {
  /**
   * Initial value of the forget gate's bias. 1 by default: the gate starts open, so that memory and gradient last
   * from the start (Gers et al., 2000; Jozefowicz et al., 2015). `"uniform"`: as the other biases, as in PyTorch.
   */
  forgetBias?: number | "uniform";
  /** Initializer of each gate's block of weight_hh; uniform in +-1 / sqrt(hiddenSize) by default, as PyTorch. */
  recurrentInit?: Initializer;
  /**
   * Longest dependency to learn, in steps. Replaces `forgetBias`: the forget gates' biases start
   * at b = log(U(1, timescale - 1)) and the input gates' at -b (chrono initialization: Tallec & Ollivier, 2018).
   */
  timescale?: number;
}

/** Row blocks of the LSTM and its variants. */
export const lstmGates = ["input", "forget", "candidate", "output"] as const;
export const lstmLecture = { state: "a", letters: ["u", "f", "c", "o"] } as const;

export type LstmCell = Cell<"weight_ih" | "weight_hh" | "bias_ih", "h" | "c">;

/** States `h` and `c`; weight_ih [4H, D], weight_hh [4H, H], bias_ih [4H]. */
export function lstmCell({ forgetBias = 1, recurrentInit, timescale }: LstmCellOptions = {}): LstmCell {
  return cell({
    name: "lstm",
    gates: lstmGates,
    lecture: lstmLecture,
    onnx: { type: "LSTM", blocks: [0, 3, 1, 2] },
    parameters: ({ inputSize: D, hiddenSize: H }) => ({
      weight_ih: [4 * H, D],
      weight_hh: { shape: [4 * H, H], init: perGate(recurrentInit) },
      bias_ih: { shape: [4 * H], init: lstmBias(H, forgetBias, timescale) },
    }),
    state: ["h", "c"],
    step: ({ weight_ih, weight_hh, bias_ih }, x, { h, c }) => {
      const gates = add(linear(x, weight_ih, bias_ih), linear(h, weight_hh)); // [B, 4H]
      const [i, f, g, o] = split(gates, 4);
      const memory = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g))); // c<t> = f * c<t-1> + i * g
      const output = mul(sigmoid(o), tanh(memory)); // h<t> = o * tanh(c<t>)
      return { output, state: { h: output, c: memory } };
    },
  });
}

/**
 * A recurrent layer of {@link lstmCell}.
 *
 * @example
 * ```ts
 * const encoder = lstm({ hiddenSize: 256, numLayers: 2, dropout: 0.2 });
 * ```
 */
export const lstm = recurrentLayer(lstmCell);

/** The same initializer for each of the four gates' blocks. */
export const perGate = (init: Initializer | undefined): Initializer | undefined =>
  init && blocks(init, init, init, init);

/** The bias [4H], with its second block at `forgetBias` or, given a timescale, at b and its first block at -b. */
export function lstmBias(hiddenSize: number, forgetBias: number | "uniform", timescale?: number): Initializer {
  const other = uniform(1 / Math.sqrt(hiddenSize));
  if (timescale === undefined) return blocks(other, forgetBias === "uniform" ? other : fill(forgetBias), other, other);
  return (shape, random) => {
    const forget = chrono(timescale)([hiddenSize], random);
    return blocks(given(forget.map((b) => -b)), given(forget), other, other)(shape, random);
  };
}

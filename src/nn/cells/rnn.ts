// The plain recurrent network (Elman, 1990): a<t> = g(Wax x<t> + Waa a<t-1> + ba).
import { checkChoice } from "../../base/index.ts";
import { add, linear, relu, tanh } from "../../tensor/ops.ts";
import { type Cell, cell } from "../cell.ts";
import type { Initializer } from "../init.ts";
import { recurrentLayer } from "../layers/recurrent.ts";

export interface RnnCellOptions {
  /** g: tanh by default; relu keeps gradients over more steps, with `recurrentInit: orthogonal()` (Le et al., 2015). */
  activation?: "tanh" | "relu";
  /** Initializer of weight_hh; uniform in +-1 / sqrt(hiddenSize) by default, as PyTorch. */
  recurrentInit?: Initializer;
}

export type RnnCell = Cell<"weight_ih" | "weight_hh" | "bias_ih", "a">;

/** State `a`; weight_ih is Wax [H, D], weight_hh is Waa [H, H], bias_ih is ba [H]. */
export function rnnCell({ activation = "tanh", recurrentInit }: RnnCellOptions = {}): RnnCell {
  checkChoice("rnn(activation)", activation, ["tanh", "relu"]);
  const g = { tanh, relu }[activation];
  return cell({
    name: "rnn",
    options: { activation },
    gates: ["activation"],
    lecture: { state: "a", letters: ["a"] },
    onnx: { type: "RNN", blocks: [0], ...(activation === "relu" ? { activation: "Relu" } : {}) },
    parameters: ({ inputSize: D, hiddenSize: H }) => ({
      weight_ih: [H, D],
      weight_hh: { shape: [H, H], init: recurrentInit },
      bias_ih: [H],
    }),
    state: ["a"],
    step: ({ weight_ih, weight_hh, bias_ih }, x, { a }) => {
      const next = g(add(linear(x, weight_ih, bias_ih), linear(a, weight_hh)));
      return { output: next, state: { a: next } };
    },
  });
}

/**
 * A recurrent layer of {@link rnnCell}.
 *
 * @example
 * ```ts
 * const encoder = rnn({ hiddenSize: 100, activation: "tanh" });
 * ```
 */
export const rnn = recurrentLayer(rnnCell);

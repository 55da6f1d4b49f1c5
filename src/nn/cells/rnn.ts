// The plain recurrent network (Elman, 1990): a<t> = g(Wax x<t> + Waa a<t-1> + ba).
import { add, linear, relu, tanh } from "../../tensor/ops.ts";
import { type Cell, cell } from "../cell.ts";
import type { Initializer } from "../init.ts";
import type { Layer } from "../layer.ts";
import { type RecurrentOptions, recurrent } from "../layers/recurrent.ts";

export interface RnnCellOptions {
  /** g: tanh by default; relu for the sake of long gradients, with `recurrentInit: orthogonal()` (Le et al., 2015). */
  activation?: "tanh" | "relu";
  /** Of weight_hh; uniform in +-1 / sqrt(hiddenSize) by default, as PyTorch. */
  recurrentInit?: Initializer;
}

export type RnnCell = Cell<"weight_ih" | "weight_hh" | "bias_ih", "a">;

/** State `a`; weight_ih is Wax [H, D], weight_hh is Waa [H, H], bias_ih is ba [H]. */
export function rnnCell({ activation = "tanh", recurrentInit }: RnnCellOptions = {}): RnnCell {
  const g = { tanh, relu }[activation];
  return cell({
    name: "rnn",
    options: { activation },
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
export function rnn({ activation, recurrentInit, ...options }: RnnCellOptions & RecurrentOptions): Layer {
  return recurrent(rnnCell({ activation, recurrentInit }), options);
}

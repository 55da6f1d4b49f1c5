// minGRU (Feng et al., 2024, "Were RNNs All We Needed?"): a GRU whose gate and candidate read the input only.
//
//   z  = sigmoid(Wz x<t> + bz)
//   h~ = Wh x<t> + bh
//   h<t> = (1 - z) * h<t-1> + z * h~
//
// No product depends on the state, so that all products are computed for the whole sequence at once. Rows of the
// weights: z, h~.
import { add, linear, mul, sigmoid, split, sub } from "../../tensor/ops.ts";
import { type Cell, cell } from "../cell.ts";
import { recurrentLayer } from "../layers/recurrent.ts";

export type MinGruCell = Cell<"weight_ih" | "bias_ih", "h">;

/** State `h`; weight_ih [2H, D], bias_ih [2H]. */
export function minGruCell(): MinGruCell {
  return cell({
    name: "minGru",
    gates: ["update", "candidate"],
    parameters: ({ inputSize: D, hiddenSize: H }) => ({ weight_ih: [2 * H, D], bias_ih: [2 * H] }),
    state: ["h"],
    step: ({ weight_ih, bias_ih }, x, { h }) => {
      const [update, candidate] = split(linear(x, weight_ih, bias_ih), 2);
      const z = sigmoid(update);
      const next = add(mul(sub(1, z), h), mul(z, candidate));
      return { output: next, state: { h: next } };
    },
  });
}

/** A recurrent layer of {@link minGruCell}. */
export const minGru = recurrentLayer(minGruCell);

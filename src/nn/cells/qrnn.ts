// The quasi-recurrent network (Bradbury et al., 2017) with window 2 and fo-pooling: a convolution over this input and the
// one before gives the gates, and only element-wise work depends on the state.
//
//   z = tanh(Wz x<t> + Vz x<t-1> + bz)
//   f = sigmoid(Wf x<t> + Vf x<t-1> + bf)
//   o = sigmoid(Wo x<t> + Vo x<t-1> + bo)
//   c<t> = f * c<t-1> + (1 - f) * z
//   h<t> = o * c<t>
//
// The state `previous` is V x<t-1>, the product and not the input: so no product depends on the state, and both products
// are computed for the whole sequence at once. Rows of the weights: z, f, o.
import { add, linear, mul, sigmoid, split, sub, tanh } from "../../tensor/ops.ts";
import { type Cell, cell } from "../cell.ts";
import { recurrentLayer } from "../layers/recurrent.ts";

export type QrnnCell = Cell<"weight_ih" | "weight_previous" | "bias_ih", "c" | "previous">;

/** States `c` [H] and `previous` [3H]; weight_ih (W) and weight_previous (V) [3H, D], bias_ih [3H]. */
export function qrnnCell(): QrnnCell {
  return cell({
    name: "qrnn",
    gates: ["candidate", "forget", "output"],
    parameters: ({ inputSize: D, hiddenSize: H }) => ({
      weight_ih: [3 * H, D],
      weight_previous: [3 * H, D],
      bias_ih: [3 * H],
    }),
    state: ({ hiddenSize: H }) => ({ c: [H], previous: [3 * H] }),
    step: ({ weight_ih, weight_previous, bias_ih }, x, { c, previous }) => {
      const [z, forget, out] = split(add(linear(x, weight_ih, bias_ih), previous), 3);
      const f = sigmoid(forget);
      const memory = add(mul(f, c), mul(sub(1, f), tanh(z)));
      const output = mul(sigmoid(out), memory);
      return { output, state: { c: memory, previous: linear(x, weight_previous) } };
    },
  });
}

/** A recurrent layer of {@link qrnnCell}. */
export const qrnn = recurrentLayer(qrnnCell);

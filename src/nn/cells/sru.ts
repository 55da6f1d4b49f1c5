// The simple recurrent unit (Lei et al., 2018, "Simple Recurrent Units for Highly Parallelizable Recurrence"): a light
// recurrence, in which the gates read the memory unit by unit, and a highway around it.
//
//   f = sigmoid(Wf x<t> + vf * c<t-1> + bf)
//   r = sigmoid(Wr x<t> + vr * c<t-1> + br)
//   c<t> = f * c<t-1> + (1 - f) * W x<t>
//   h<t> = r * c<t> + (1 - r) * alpha x<t>,   alpha = sqrt(1 + 2 exp(b)),   b the initial value of br
//
// Where the input is not as wide as the state, the highway carries Wx x<t> (`weight_highway`). No product depends on the
// state. Rows of the weights: candidate, f, r.
import { checkNumber } from "../../base/index.ts";
import { add, linear, mul, sigmoid, split, sub } from "../../tensor/ops.ts";
import { type Cell, cell } from "../cell.ts";
import { blocks, fill, uniform } from "../init.ts";
import { recurrentLayer } from "../layers/recurrent.ts";

export interface SruCellOptions {
  /** b, the initial value of the reset gate's bias. 0 by default; negative values favor the highway, for deep stacks. */
  highwayBias?: number;
}

export type SruCell = Cell<string, "c">;

/**
 * State `c`; weight_ih [3H, D], weight_c [2H] (vf, vr), bias_ih [2H] (bf, br), and weight_highway [H, D] where D is not H.
 */
export function sruCell({ highwayBias = 0 }: SruCellOptions = {}): SruCell {
  checkNumber("sru(highwayBias)", highwayBias, { below: Infinity, above: -Infinity });
  const alpha = Math.sqrt(1 + 2 * Math.exp(highwayBias)); // keeps the variance of h near that of x at the start
  return cell<string, "c">({
    name: "sru",
    options: { highwayBias },
    gates: ["candidate", "forget", "reset"],
    parameters: ({ inputSize: D, hiddenSize: H }) => ({
      weight_ih: [3 * H, D],
      weight_c: [2 * H],
      bias_ih: { shape: [2 * H], init: blocks(uniform(1 / Math.sqrt(H)), fill(highwayBias)) },
      ...(D === H ? {} : { weight_highway: [H, D] }),
    }),
    state: ["c"],
    step: ({ weight_ih, weight_c, bias_ih, weight_highway }, x, { c }) => {
      const [candidate, forget, reset] = split(linear(x, weight_ih!), 3);
      const [vf, vr] = split(weight_c!, 2);
      const [bf, br] = split(bias_ih!, 2);
      const f = sigmoid(add(forget, mul(vf, c), bf));
      const r = sigmoid(add(reset, mul(vr, c), br));
      const memory = add(mul(f, c), mul(sub(1, f), candidate));
      const highway = weight_highway ? linear(x, weight_highway) : x;
      const output = add(mul(r, memory), mul(sub(1, r), mul(highway, alpha)));
      return { output, state: { c: memory } };
    },
  });
}

/** A recurrent layer of {@link sruCell}. */
export const sru = recurrentLayer(sruCell);

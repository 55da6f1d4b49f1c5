// The real-gated linear recurrent unit of Griffin (De et al., 2024): a diagonal linear recurrence whose decay depends on
// the input.
//
//   r = sigmoid(Wr u<t> + br)                         recurrence gate
//   i = sigmoid(Wi u<t> + bi)                         input gate
//   a = sigmoid(decay) ^ (8 r)
//   h<t> = a * h<t-1> + sqrt(1 - a^2) * (i * u<t>)
//
// u<t> is x<t> where it is as wide as the state, else Wx x<t> (`weight_in`). No product depends on the state. Rows of
// the weights: r, i. Put it into a `preNorm` block: the unit has no nonlinearity of its own on the way of u.
import { checkNumber } from "../../base/index.ts";
import { add, exp, linear, log, maximum, mul, sigmoid, split, sqrt, sub } from "../../tensor/ops.ts";
import { type Cell, cell } from "../cell.ts";
import type { Initializer } from "../init.ts";
import { recurrentLayer } from "../layers/recurrent.ts";

export interface RgLruCellOptions {
  /**
   * Lowest value of the decay, in [0, 1): a becomes lowerBound + (1 - lowerBound) a, as in HGRN (Qin et al., 2023), where
   * it grows from layer to layer so that upper layers keep long-term memories. 0 by default: none.
   */
  lowerBound?: number;
}

/** How strongly the recurrence gate acts: c in the paper. */
const sharpness = 8;

export type RgLruCell = Cell<string, "h">;

/** State `h`; weight_ih [2H, H], bias_ih [2H], decay [H], and weight_in [H, D] where D is not H. */
export function rgLruCell({ lowerBound = 0 }: RgLruCellOptions = {}): RgLruCell {
  checkNumber("rgLru(lowerBound)", lowerBound, { min: 0, below: 1 });
  return cell<string, "h">({
    name: "rgLru",
    options: { lowerBound },
    gates: ["recurrence", "input"],
    parameters: ({ inputSize: D, hiddenSize: H }) => ({
      weight_ih: [2 * H, H],
      bias_ih: [2 * H],
      decay: { shape: [H], init: initialDecay },
      ...(D === H ? {} : { weight_in: [H, D] }),
    }),
    state: ["h"],
    step: ({ weight_ih, bias_ih, decay, weight_in }, x, { h }) => {
      const u = weight_in ? linear(x, weight_in) : x;
      const [recurrence, write] = split(linear(u, weight_ih!, bias_ih!), 2);
      const power = exp(mul(sigmoid(recurrence), mul(log(sigmoid(decay!)), sharpness))); // sigmoid(decay) ^ (8 r)
      const a = lowerBound === 0 ? power : add(mul(power, 1 - lowerBound), lowerBound);
      const scale = sqrt(maximum(sub(1, mul(a, a)), 1e-6)); // the floor keeps the gradient finite at a = 1
      const next = add(mul(a, h), mul(scale, mul(sigmoid(write), u)));
      return { output: next, state: { h: next } };
    },
  });
}

/** sigmoid(decay)^8 uniform in [0.9, 0.999], as in the paper: memories of 10 to 1,000 steps. */
const initialDecay: Initializer = (shape, random) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
    const a = (0.9 + 0.099 * random.uniform()) ** (1 / sharpness);
    return Math.log(a / (1 - a));
  });

/** A recurrent layer of {@link rgLruCell}. */
export const rgLru = recurrentLayer(rgLruCell);

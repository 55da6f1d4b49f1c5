// Cells as the slides write them: a weight matrix, a recurrent matrix and a bias for each gate.
import { cell } from "../../src/nn/index.ts";
import { add, linear, mul, sigmoid, sub, type Tensor, tanh } from "../../src/tensor/index.ts";

/** For each gate k: Wk for the input, Uk for the state, bk. */
const gates =
  (...names: string[]) =>
  ({ inputSize: D, hiddenSize: H }: { inputSize: number; hiddenSize: number }): Record<string, readonly number[]> =>
    Object.fromEntries(
      names.flatMap((k) => [
        [`W${k}`, [H, D]],
        [`U${k}`, [H, H]],
        [`b${k}`, [H]],
      ]),
    );

/** W x + U h + b of one gate. */
const gate = (p: Readonly<Record<string, Tensor>>, k: string, x: Tensor, h: Tensor): Tensor =>
  add(linear(x, p[`W${k}`]!), linear(h, p[`U${k}`]!), p[`b${k}`]!);

/** i, f, o = sigmoid(..), g = tanh(..);  c<t> = f * c<t-1> + i * g;  h<t> = o * tanh(c<t>) */
export const writtenOutLstm = cell({
  name: "writtenOutLstm",
  parameters: gates("i", "f", "g", "o"),
  state: ["h", "c"],
  step: (p, x, { h, c }) => {
    const memory = add(mul(sigmoid(gate(p, "f", x, h)), c), mul(sigmoid(gate(p, "i", x, h)), tanh(gate(p, "g", x, h))));
    const output = mul(sigmoid(gate(p, "o", x, h)), tanh(memory));
    return { output, state: { h: output, c: memory } };
  },
});

/** r, z = sigmoid(..), n = tanh(Wn x + bn + r * (Un h + c));  h<t> = (1 - z) * n + z * h<t-1> */
export const writtenOutGru = cell({
  name: "writtenOutGru",
  parameters: (sizes): Record<string, readonly number[]> => ({ ...gates("r", "z", "n")(sizes), c: [sizes.hiddenSize] }),
  state: ["h"],
  step: (p, x, { h }) => {
    const r = sigmoid(gate(p, "r", x, h));
    const z = sigmoid(gate(p, "z", x, h));
    const n = tanh(add(linear(x, p.Wn!), p.bn!, mul(r, add(linear(h, p.Un!), p.c!))));
    const next = add(mul(sub(1, z), n), mul(z, h));
    return { output: next, state: { h: next } };
  },
});

// PyTorch's names and biases. Shapes and rows are the same as ours (weight_ih_l0 [4H, D], rows i, f, g, o; GRU r, z, n);
// only the biases differ: PyTorch has two and adds them, we have one, and GRU's b_hn, which sits inside r * (...).
import { fail } from "../base/index.ts";
import type { Matrix } from "./onnx-operators.ts";

export type StateDict = Readonly<Record<string, Matrix>>;

const recurrentBias = /^(.*)bias_(ih|hh)(_l\d+(?:_reverse)?)$/;

/** A PyTorch `state_dict` under our names: `bias_hh` is added to `bias_ih`; of a GRU, its last third becomes `bias_hn`. */
export function fromPyTorch(state: StateDict): Record<string, Matrix> {
  const out: Record<string, Matrix> = {};
  for (const [name, value] of Object.entries(state)) {
    const match = recurrentBias.exec(name);
    if (!match) {
      out[name] = value;
      continue;
    }
    const [, prefix = "", side, suffix = ""] = match;
    if (side === "hh") continue;
    const other = state[`${prefix}bias_hh${suffix}`];
    const hidden = state[`${prefix}weight_hh${suffix}`]?.shape[1];
    if (!other || hidden === undefined) {
      fail({
        where: `fromPyTorch(${name})`,
        code: "missing",
        expected: `${prefix}bias_hh${suffix} and ${prefix}weight_hh${suffix} beside it`,
        received: "a part of them",
      });
    }
    const isGru = value.shape[0] === 3 * hidden!;
    out[name] = {
      shape: value.shape,
      data: Float32Array.from(value.data, (b, i) => (isGru && i >= 2 * hidden! ? b : b + other!.data[i]!)),
    };
    if (isGru)
      out[`${prefix}bias_hn${suffix}`] = {
        shape: [hidden!],
        data: Float32Array.from({ length: hidden! }, (_, i) => other!.data[2 * hidden! + i]!),
      };
  }
  return out;
}

/**
 * Our parameters as a PyTorch `state_dict`: `bias_hh` is zeros, of a GRU with b_hn at its end.
 * @throws UnrolledError for a GRU with the reset gate before the product, which PyTorch does not have
 */
export function toPyTorch(parameters: StateDict): Record<string, Matrix> {
  const out: Record<string, Matrix> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (/weight_peephole|bias_hn/.test(name)) {
      if (name.includes("weight_peephole"))
        fail({ where: `toPyTorch(${name})`, problem: "PyTorch has no LSTM with peepholes" });
      continue;
    }
    out[name] = value;
    const match = recurrentBias.exec(name);
    if (!match) continue;
    const [, prefix = "", , suffix = ""] = match;
    const hidden = parameters[`${prefix}weight_hh${suffix}`]?.shape[1] ?? 0;
    const inner = parameters[`${prefix}bias_hn${suffix}`];
    if (value.shape[0] === 3 * hidden && !inner) {
      fail({
        where: `toPyTorch(${name})`,
        problem: "PyTorch's GRU resets after the product, this one before",
        hint: 'train with gru({ reset: "after" })',
      });
    }
    const data = new Float32Array(value.shape[0]!);
    if (inner) data.set(Float32Array.from(inner.data), 2 * hidden);
    out[`${prefix}bias_hh${suffix}`] = { shape: value.shape, data };
  }
  return out;
}

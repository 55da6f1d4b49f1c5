// Regroup: in a sum, what does not depend on the state comes together, so that it can leave the loop as one.
//
//   before   (x<t> Wax' + a<t-1> Waa') + ba
//   after    a<t-1> Waa' + (x<t> Wax' + ba)
import { add } from "../../tensor/ops.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import { rewriter } from "../rewrite.ts";
import { findLoops } from "./scans.ts";

export function regroup(outputs: readonly Tensor[]): Tensor[] {
  const states = new Set<Tensor>();
  for (const { scan } of findLoops(outputs).values()) for (const state of scan.attrs.body.states) states.add(state);
  const memo = new Map<Tensor, boolean>();
  const stateful = (tensor: Tensor): boolean => {
    const known = memo.get(tensor);
    if (known !== undefined) return known;
    const result = states.has(tensor) || tensor.inputs.some(stateful);
    memo.set(tensor, result);
    return result;
  };
  const { visit } = rewriter({
    after(tensor) {
      if (!isOp(tensor, "add")) return undefined;
      const [p, q] = tensor.inputs as [Tensor, Tensor];
      for (const [sum, rest] of [
        [p, q],
        [q, p],
      ] as const) {
        if (!isOp(sum, "add") || stateful(rest) || !stateful(sum)) continue;
        const [u, v] = sum.inputs as [Tensor, Tensor];
        if (stateful(u) && !stateful(v)) return add(u, add(v, rest));
        if (stateful(v) && !stateful(u)) return add(v, add(u, rest));
      }
      return undefined;
    },
  });
  return outputs.map(visit);
}

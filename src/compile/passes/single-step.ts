// Single step: a loop over one time step is its body.
//
//   before   scan(h<0>, x [1, B, D]) -> stacked outputs [1, B, H], final h
//   after    h<1> = step(h<0>, x[0]);  outputs = h<1> as [1, B, H]
//
// A model that generates text reads one token at a time; the loop around that step would cost as much as a small product.
import { reshape } from "../../tensor/ops.ts";
import { scanOperands } from "../../tensor/scan.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import { type Rewriter, rewriter } from "../rewrite.ts";

export function singleStep(outputs: readonly Tensor[]): Tensor[] {
  const bodies = new Map<Tensor, Rewriter>();
  const { visit } = rewriter((tensor) => {
    if (!isOp(tensor, "scanFinal") && !isOp(tensor, "scanStacked")) return undefined;
    const scan = tensor.inputs[0] as Tensor<"scan">;
    const { body } = scan.attrs;
    const { initial, xs } = scanOperands(scan);
    if (xs[0]?.shape[0] !== 1) return undefined;
    let inner = bodies.get(scan);
    if (!inner) {
      const given = new Map<Tensor, Tensor>();
      for (const [i, placeholder] of body.states.entries()) given.set(placeholder, visit(initial[i]!));
      for (const [i, placeholder] of body.xs.entries())
        given.set(placeholder, reshape(visit(xs[i]!), placeholder.shape));
      inner = rewriter((each) => given.get(each));
      bodies.set(scan, inner);
    }
    if (isOp(tensor, "scanFinal")) return visit(inner.visit(body.next[tensor.attrs.index]!));
    const value = visit(inner.visit(tensor.attrs.tensor));
    return reshape(value, [1, ...value.shape]);
  });
  return outputs.map(visit);
}

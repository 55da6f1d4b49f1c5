// Reverse-mode differentiation: from a graph that computes a loss to a graph that computes its gradients.
// The gradient of an operation is written with operations, in its row in `tensor/ops/`; the gradient of a scan
// is a scan in the other direction, in `gradient-scan.ts`.
import { fail } from "../base/index.ts";
import { liveOrder } from "../tensor/graph.ts";
import type { ComputedOp } from "../tensor/op.ts";
import { table } from "../tensor/ops/table.ts";
import { add, constant, zeros } from "../tensor/ops.ts";
import { showShape } from "../tensor/shape.ts";
import { isOp, type OpName, type Tensor } from "../tensor/tensor.ts";
import { scanGradient } from "./gradient-scan.ts";

/** d loss / d x for each x of `wrt`; the loss is a scalar. Tensors that the loss does not depend on get zeros. */
export function gradient(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0 || loss.dtype !== "float") {
    fail({
      where: "gradient",
      code: "shape",
      expected: "a scalar float loss",
      received: `${loss.dtype} ${showShape(loss.shape)}`,
    });
  }
  const order = liveOrder([loss]);
  const cotangents = backpropagate(order, new Map([[loss, constant(1)]]), new Set(wrt));
  return wrt.map((x) => cotangents.get(x) ?? zeros(x.shape));
}

/**
 * Carries cotangents from the results back to the leaves. `order` has operands before their users; only tensors that
 * depend on a leaf are visited. Returns the cotangent of every tensor visited.
 */
export function backpropagate(
  order: readonly Tensor[],
  seeds: ReadonlyMap<Tensor, Tensor>,
  leaves: ReadonlySet<Tensor>,
): Map<Tensor, Tensor> {
  const relevant = new Set<Tensor>(leaves);
  for (const tensor of order) {
    if (tensor.dtype === "float" && tensor.inputs.some((operand) => relevant.has(operand))) relevant.add(tensor);
  }
  const cotangents = new Map<Tensor, Tensor>(seeds);
  const loops = new Map<Tensor, { node: Tensor; cotangent: Tensor }[]>();
  const give = (tensor: Tensor, cotangent: Tensor) => {
    if (!relevant.has(tensor)) return;
    const sofar = cotangents.get(tensor);
    cotangents.set(tensor, sofar ? add(sofar, cotangent) : cotangent);
  };
  for (const tensor of [...order].reverse()) {
    // A loop's results may depend on a leaf where the loop's own operands do not: an output captures for itself.
    if (isOp(tensor, "scan")) {
      const results = loops.get(tensor);
      if (results)
        for (const [operand, cotangent] of scanGradient(tensor, results, relevant, backpropagate))
          give(operand, cotangent);
      continue;
    }
    if (!relevant.has(tensor) || (leaves.has(tensor) && tensor.op === "input")) continue;
    const cotangent = cotangents.get(tensor);
    if (!cotangent) continue;
    if (isOp(tensor, "scanFinal") || isOp(tensor, "scanStacked")) {
      const loop = tensor.inputs[0]!;
      loops.set(loop, [...(loops.get(loop) ?? []), { node: tensor, cotangent }]);
      continue;
    }
    const needed = tensor.inputs.map((operand) => relevant.has(operand));
    gradientOf(tensor, cotangent, needed).forEach((result, i) => {
      if (result && needed[i]) give(tensor.inputs[i]!, result);
    });
  }
  return cotangents;
}

function gradientOf(tensor: Tensor, cotangent: Tensor, needed: boolean[]): (Tensor | null)[] {
  const { gradient } = table[tensor.op] as ComputedOp<OpName>;
  return gradient ? gradient(tensor, cotangent, needed) : [];
}

// A product that one sum alone reads becomes one Gemm with it: A B + C. A stack of rows times a matrix takes in a bias.
import { findLoops } from "../../compile/passes/scans.ts";
import { liveOrder } from "../../tensor/graph.ts";
import { sameShape } from "../../tensor/shape.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import { isPlain, isStack } from "./rules.ts";

/** How often each tensor is read: as an operand, by the bodies of loops, as a result. */
export function useCounts(outputs: readonly Tensor[]): ReadonlyMap<Tensor, number> {
  const counts = new Map<Tensor, number>();
  const use = (tensor: Tensor) => void counts.set(tensor, (counts.get(tensor) ?? 0) + 1);
  const readers = new Set<Tensor>(liveOrder(outputs));
  for (const { scan, inside, stacked } of findLoops(outputs).values()) {
    for (const tensor of inside) readers.add(tensor);
    for (const root of [...scan.attrs.body.next, ...stacked]) use(root);
  }
  for (const tensor of readers) for (const operand of tensor.inputs) use(operand);
  for (const tensor of outputs) use(tensor);
  return counts;
}

/** For the tensors of one scope: each sum that takes a product in, and the product. */
export function absorption(
  tensors: readonly Tensor[],
  counts: ReadonlyMap<Tensor, number>,
): ReadonlyMap<Tensor, Tensor<"matmul">> {
  const here = new Set(tensors);
  const products = new Map<Tensor, Tensor<"matmul">>();
  for (const sum of tensors) {
    if (!isOp(sum, "add") || sum.inputs[0] === sum.inputs[1]) continue;
    const product = sum.inputs.find(
      (operand, i): operand is Tensor<"matmul"> =>
        isOp(operand, "matmul") &&
        (isPlain(operand) || (isStack(operand) && sum.inputs[1 - i]!.shape.length === 1)) &&
        here.has(operand) &&
        counts.get(operand) === 1 &&
        sameShape(operand.shape, sum.shape),
    );
    if (product) products.set(sum, product);
  }
  return products;
}

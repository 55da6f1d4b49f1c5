// Walking graphs: order, dependence, and what a scan captures from outside its body.
import { isOp, type ScanBody, type Tensor } from "./tensor.ts";

/** Each tensor once, operands before the tensors that use them, from the roots down to the leaves. Bodies stay closed. */
export function topological(
  roots: Iterable<Tensor>,
  operands: (tensor: Tensor) => readonly Tensor[] = (t) => t.inputs,
): Tensor[] {
  const order: Tensor[] = [];
  const done = new Set<Tensor>();
  for (const root of roots) {
    const stack: { tensor: Tensor; operands: readonly Tensor[]; next: number }[] = [];
    const open = (tensor: Tensor) => {
      if (done.has(tensor)) return;
      done.add(tensor);
      stack.push({ tensor, operands: operands(tensor), next: 0 });
    };
    open(root);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      if (top.next < top.operands.length) open(top.operands[top.next++]!);
      else {
        order.push(top.tensor);
        stack.pop();
      }
    }
  }
  return order;
}

/** For each scan, what its stacked outputs capture from outside: all of them are computed in one loop. */
function stackedCaptures(roots: Iterable<Tensor>): Map<Tensor, Set<Tensor>> {
  const captures = new Map<Tensor, Set<Tensor>>();
  for (const tensor of topological(roots)) {
    if (!isOp(tensor, "scanStacked")) continue;
    const scan = tensor.inputs[0]!;
    const captured = captures.get(scan) ?? new Set<Tensor>();
    for (const operand of tensor.inputs.slice(1)) captured.add(operand);
    captures.set(scan, captured);
  }
  return captures;
}

/**
 * The tensors of a graph that are live, in an order in which each can be computed. A scan comes after everything that
 * any of its stacked outputs captures.
 */
export function liveOrder(roots: readonly Tensor[], captures = stackedCaptures(roots)): Tensor[] {
  return topological(roots, (tensor) => {
    const extra = captures.get(tensor);
    return extra ? [...tensor.inputs, ...extra] : tensor.inputs;
  });
}

/**
 * The tensors inside a body that the roots need: those that depend on a placeholder, in live order; placeholders
 * included. A loop one of whose outputs depends on a placeholder is inside with all that is read of it.
 */
export function insideBody(body: ScanBody, roots: readonly Tensor[]): { inside: Tensor[]; captured: Tensor[] } {
  const captures = stackedCaptures(roots);
  const depends = new Set<Tensor>([...body.states, ...body.xs]);
  const order = liveOrder(roots, captures);
  for (const tensor of order) {
    const operands = [...tensor.inputs, ...(captures.get(tensor) ?? [])];
    if (operands.some((operand) => depends.has(operand))) depends.add(tensor);
  }
  const inside = order.filter((tensor) => depends.has(tensor));
  const captured = new Set<Tensor>();
  const capture = (tensor: Tensor) => {
    if (!depends.has(tensor)) captured.add(tensor);
  };
  for (const root of roots) capture(root);
  for (const tensor of inside) for (const operand of tensor.inputs) capture(operand);
  return { inside, captured: [...captured] };
}

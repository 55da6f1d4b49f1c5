// Hoist: a product that does not depend on the state leaves the loop and is done for all steps at once.
//
//   before   for t:  a = tanh(Wax x<t> + ba + Waa a)
//   after    X = Wax x + ba            (one product over all t)
//            for t:  a = tanh(X<t> + Waa a)
//
// Element-wise work stays inside, where its operands are in the cache, except in loops that have nothing else. Sums are
// regrouped first, so that the terms that can leave are together.

import { table } from "../../tensor/ops/table.ts";
import { bodyInput, makeScan, scanOperands } from "../../tensor/scan.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import { rewriter } from "../rewrite.ts";
import { regroup } from "./regroup.ts";
import { findLoops, isLight, type Loop, lifter } from "./scans.ts";

export function hoist(outputs: readonly Tensor[]): Tensor[] {
  const regrouped = regroup(outputs);
  const loops = findLoops(regrouped);
  const replaced = new Map<Tensor, Tensor>();
  const leaving = new Map([...loops].map(([scan, loop]) => [scan, whatLeaves(loop)]));
  const { visit } = rewriter((tensor) => {
    const placeholder = replaced.get(tensor);
    if (placeholder) return placeholder;
    if (isOp(tensor, "scanStacked")) {
      const outside = leaving.get(tensor.inputs[0]!)?.get(tensor.attrs.tensor);
      return outside && visit(outside);
    }
    if (!isOp(tensor, "scan")) return undefined;
    const loop = loops.get(tensor)!;
    const lifted = leaving.get(tensor)!;
    if (lifted.size === 0) return undefined;
    const { body, reverse } = tensor.attrs;
    const { initial, xs } = scanOperands(tensor);
    const inputs = [...body.xs];
    const scanned = [...xs];
    for (const [t, outside] of lifted) {
      const placeholder = bodyInput(`hoisted${t.id}`, t.shape, t);
      replaced.set(t, placeholder);
      inputs.push(placeholder);
      scanned.push(outside);
    }
    const next = body.next.map(visit);
    const used = usedPlaceholders([...next, ...loop.stacked.map(visit)]);
    const kept = inputs.flatMap((x, i) => (used.has(x) ? [i] : []));
    const keep = kept.length ? kept : [0]; // a loop needs its time
    return makeScan(
      { states: body.states, xs: keep.map((i) => inputs[i]!), next },
      initial.map(visit),
      keep.map((i) => visit(scanned[i]!)),
      reverse,
    );
  });
  return regrouped.map(visit);
}

/** The body tensors that leave, each with its values at all steps: products and look-ups without a state, and sums over them. */
function whatLeaves(loop: Loop): Map<Tensor, Tensor> {
  const { scan, inside, stacked } = loop;
  const { body } = scan.attrs;
  const within = new Set(inside);
  const stateful = new Set<Tensor>(body.states);
  for (const t of inside) if (t.inputs.some((operand) => stateful.has(operand))) stateful.add(t);
  const lift = lifter(loop, (t) => (stateful.has(t) ? "stays" : undefined));
  const leaves = new Map<Tensor, Tensor>();
  const light = isLight(loop);
  for (const t of inside) {
    if (!light && !isHoistable(t, within) && !isOfRows(t)) continue;
    const lifted = lift(t);
    if (typeof lifted === "object") leaves.set(t, lifted);
  }
  // Of a product and a sum over it, the sum leaves and takes the product with it, if nothing else reads the product.
  const roots = new Set<Tensor>([...body.next, ...stacked]);
  const users = (t: Tensor) => inside.filter((other) => other.inputs.includes(t));
  const taken = [...leaves.keys()].filter(
    (t) => !roots.has(t) && users(t).length > 0 && users(t).every((user) => leaves.has(user)),
  );
  for (const t of taken) leaves.delete(t);
  return leaves;
}

/** A product or look-up, or a sum of one with something that is the same at each step. */
function isHoistable(tensor: Tensor, within: ReadonlySet<Tensor>): boolean {
  const { kind } = table[tensor.op];
  if (kind === "product" || kind === "lookup") return true;
  return isOp(tensor, "add") && tensor.inputs.every((operand) => !within.has(operand) || isHoistable(operand, within));
}

/** One number for each row: a mask. All steps together are still small. */
const isOfRows = ({ op, shape }: Tensor): boolean =>
  (table[op].kind === "elementwise" || op === "reshape") && shape.every((dim) => dim === 1 || dim === "B");

function usedPlaceholders(roots: readonly Tensor[]): Set<Tensor> {
  const used = new Set<Tensor>();
  const stack = [...roots];
  while (stack.length) {
    const tensor = stack.pop()!;
    if (used.has(tensor)) continue;
    used.add(tensor);
    stack.push(...tensor.inputs);
    if (isOp(tensor, "scanStacked")) stack.push(tensor.attrs.tensor);
  }
  return used;
}

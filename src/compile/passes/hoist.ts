// Hoist: a product that does not depend on the state leaves the loop and is done for all steps at once.
//
//   before   for t:  a = tanh(Wax x<t> + ba + Waa a)
//   after    X = Wax x + ba            (one product over all t)
//            for t:  a = tanh(X<t> + Waa a)
//
// Element-wise work stays inside, where its operands are in the cache. Sums are regrouped first, so that what can leave
// stands together.
import { add } from "../../tensor/ops.ts";
import { bodyInput, makeScan, scanOperands } from "../../tensor/scan.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import { rewriter } from "../rewrite.ts";
import { findLoops, liftOperation } from "./scans.ts";

export function hoist(outputs: readonly Tensor[]): Tensor[] {
  const regrouped = regroup(outputs);
  const loops = findLoops(regrouped);
  const replaced = new Map<Tensor, Tensor>();
  const { visit } = rewriter((tensor) => {
    const placeholder = replaced.get(tensor);
    if (placeholder) return placeholder;
    if (!isOp(tensor, "scan")) return undefined;
    const { body, reverse } = tensor.attrs;
    const { initial, xs } = scanOperands(tensor);
    const { inside, stacked } = loops.get(tensor)!;
    const time = xs[0]!.shape[0]!;

    const outer = new Map<Tensor, Tensor>(body.xs.map((x, i) => [x, xs[i]!]));
    const within = new Set(inside);
    const states = new Set<Tensor>(body.states);
    for (const t of inside) if (t.inputs.some((operand) => states.has(operand))) states.add(t);
    const lift = (t: Tensor): Tensor | undefined => {
      if (!within.has(t) || states.has(t)) return undefined;
      const known = outer.get(t);
      if (known) return known;
      const lifted = liftOperation(t, time, lift);
      if (lifted) outer.set(t, lifted);
      return lifted;
    };
    // What leaves: products and look-ups of scanned inputs, with a sum over them; the last of each such chain is replaced.
    const leaves = inside.filter((t) => !states.has(t) && leavesLoop(t, within));
    const inputs = [...body.xs];
    const scanned = [...xs];
    for (const t of leaves) {
      const user = leaves.some((other) => other.inputs.includes(t));
      const onlyInside =
        user &&
        inside.every((other) => !other.inputs.includes(t) || leaves.includes(other)) &&
        !body.next.includes(t) &&
        !stacked.includes(t);
      if (onlyInside || t.op === "input") continue;
      const lifted = lift(t);
      if (!lifted) continue;
      const placeholder = bodyInput(`hoisted${t.id}`, t.shape, t);
      replaced.set(t, placeholder);
      inputs.push(placeholder);
      scanned.push(lifted);
    }
    if (inputs.length === body.xs.length) return undefined;
    const next = body.next.map(visit);
    const roots = [...next, ...stacked.map(visit)];
    const used = usedPlaceholders(roots);
    const kept = inputs.flatMap((x, i) => (used.has(x) ? [i] : []));
    const keep = kept.length ? kept : [0];
    return makeScan(
      { states: body.states, xs: keep.map((i) => inputs[i]!), next },
      initial.map(visit),
      keep.map((i) => visit(scanned[i]!)),
      reverse,
    );
  });
  return regrouped.map(visit);
}

/** A product or look-up, or a sum of one with something that is the same at each step. */
function leavesLoop(tensor: Tensor, within: ReadonlySet<Tensor>): boolean {
  if (tensor.op === "matmul" || tensor.op === "gather") return true;
  return isOp(tensor, "add") && tensor.inputs.every((operand) => !within.has(operand) || leavesLoop(operand, within));
}

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

/** (x + s) + b -> s + (x + b), where s depends on a state and x, b do not. */
function regroup(outputs: readonly Tensor[]): Tensor[] {
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

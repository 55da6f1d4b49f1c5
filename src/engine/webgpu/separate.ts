// Loops with placeholders of their own. Passes rebuild a loop with the placeholders of the old one; where both are live,
// as when results of before and after differentiation are wanted together, a placeholder would mean two things.
import { findLoops } from "../../compile/passes/scans.ts";
import { withInputs } from "../../compile/rewrite.ts";
import { bodyInput, makeScan, scanOperands, stackedOf } from "../../tensor/scan.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";

/** The same results, in which each placeholder belongs to one loop. */
export function separateLoops(outputs: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>> {
  const owners = new Map<Tensor, Tensor>();
  let shared = false;
  for (const scan of findLoops(Object.values(outputs)).keys()) {
    const { states, xs } = (scan as Tensor<"scan">).attrs.body;
    for (const placeholder of [...states, ...xs]) {
      shared ||= owners.has(placeholder);
      owners.set(placeholder, scan);
    }
  }
  if (!shared) return outputs;
  const copy = copier();
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, copy(tensor)]));
}

type Copy = (tensor: Tensor) => Tensor;

/** Copies tensors in which `placeholders` stand for others; what does not depend on them is `around`'s. */
function copier(placeholders: ReadonlyMap<Tensor, Tensor> = new Map(), around?: Copy): Copy {
  const made = new Map<Tensor, Tensor>(placeholders);
  const bodies = new Map<Tensor, Copy>();
  const inside = new Map<Tensor, boolean>();
  const depends: (tensor: Tensor) => boolean = (tensor) => {
    const known = inside.get(tensor);
    if (known !== undefined) return known;
    const result = placeholders.has(tensor) || tensor.inputs.some(depends);
    inside.set(tensor, result);
    return result;
  };
  const visit: Copy = (tensor) => {
    const known = made.get(tensor);
    if (known) return known;
    const result = around && !depends(tensor) ? around(tensor) : build(tensor);
    made.set(tensor, result);
    return result;
  };
  const build: Copy = (tensor) => {
    if (isOp(tensor, "scan")) {
      const { body, reverse } = tensor.attrs;
      const { initial, xs } = scanOperands(tensor);
      const fresh = (old: Tensor) => bodyInput(isOp(old, "input") ? old.attrs.name : "state", old.shape, old);
      const states = body.states.map(fresh);
      const slices = body.xs.map(fresh);
      const own = copier(
        new Map([
          ...body.states.map((old, i) => [old, states[i]!] as const),
          ...body.xs.map((old, i) => [old, slices[i]!] as const),
        ]),
        visit,
      );
      bodies.set(tensor, own);
      return makeScan({ states, xs: slices, next: body.next.map(own) }, initial.map(visit), xs.map(visit), reverse);
    }
    if (isOp(tensor, "scanStacked")) {
      const loop = visit(tensor.inputs[0]!);
      return stackedOf(loop, bodies.get(tensor.inputs[0]!)!(tensor.attrs.tensor));
    }
    if (tensor.inputs.length === 0) return tensor;
    return withInputs(tensor, tensor.inputs.map(visit));
  };
  return visit;
}

// Hand out less: outputs that a loop computes by light operations from one of its values, what it reads and constants are
// computed outside, for all steps at once, and the loop hands out that value.
//
//   before   for t = T..1:  d = ..;  hands out d * u<t>, d * v<t> and d * w<t>
//   after    for t = T..1:  d = ..;  hands out d                                 outside: d * u, d * v, d * w
//
// In a loop that `layout` turns, each output costs a transposition at every step. So the gradients of gains, biases and
// normalized inputs leave the loop.
import { findLoops, type Loop, lifter, neededByNext } from "../../compile/passes/scans.ts";
import { rewriter } from "../../compile/rewrite.ts";
import { table } from "../../tensor/ops/table.ts";
import { stackedOf } from "../../tensor/scan.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import { worthTurning } from "./layout.ts";

export function handOutLess(outputs: readonly Tensor[]): Tensor[] {
  const leaving = new Map([...findLoops(outputs)].map(([scan, loop]) => [scan, whatLeaves(loop)]));
  const { visit } = rewriter({
    before(tensor) {
      if (!isOp(tensor, "scanStacked")) return undefined;
      const outside = leaving.get(tensor.inputs[0]!)!.get(tensor.attrs.tensor);
      return outside && visit(outside);
    },
  });
  return outputs.map(visit);
}

/** The outputs that leave, each with its values at all steps. */
function whatLeaves(loop: Loop): Map<Tensor, Tensor> {
  const leaves = new Map<Tensor, Tensor>();
  if (!worthTurning(loop)) return leaves;
  const { scan, inside, stacked } = loop;
  const { body } = scan.attrs;
  const needed = neededByNext(loop);
  const within = new Set(inside);
  const read = new Set<Tensor>(body.xs);
  const stays = (tensor: Tensor) =>
    needed.has(tensor) || (table[tensor.op].kind !== "elementwise" && table[tensor.op].kind !== "axes");

  /** Of each tensor, the values that stay and that it is computed from. */
  const sources = new Map<Tensor, ReadonlySet<Tensor>>();
  for (const tensor of inside) {
    const own = tensor.inputs.filter((operand) => within.has(operand) && !read.has(operand));
    sources.set(tensor, new Set(stays(tensor) ? [tensor] : own.flatMap((operand) => [...sources.get(operand)!])));
  }
  const lift = lifter(loop, (tensor) => (stays(tensor) ? stackedOf(scan, tensor) : undefined));

  const groups = new Map<Tensor, [Tensor, Tensor][]>();
  for (const each of stacked) {
    const [source, ...more] = sources.get(each) ?? [];
    if (!source || source === each || more.length > 0) continue;
    const lifted = lift(each);
    if (typeof lifted === "object") groups.set(source, [...(groups.get(source) ?? []), [each, lifted]]);
  }
  const batch = body.states[0]!.shape[0];
  for (const [source, group] of groups) {
    const saved = group.reduce((sum, [each]) => sum + numbersOf(each, batch), 0);
    if (saved > (stacked.includes(source) ? 0 : numbersOf(source, batch)))
      for (const [each, lifted] of group) leaves.set(each, lifted);
  }
  return leaves;
}

/** How many numbers there are of a row of the batch. NaN where an axis has no known length, which compares as false. */
const numbersOf = ({ shape }: Tensor, batch: unknown): number =>
  shape.reduce<number>((product, dim) => (dim === batch ? product : product * Number(dim)), 1);

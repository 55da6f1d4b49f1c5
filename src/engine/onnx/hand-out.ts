// Hand out less: what a loop computes for its outputs alone, from one value that it needs anyway and from what it reads, is
// computed outside from that value.
//
//   before   for t = T..1:  d = ..;  hands out d * u<t>, d * v<t> and d * w<t>
//   after    for t = T..1:  d = ..;  hands out d                                    all d * u, all d * v, all d * w
//
// Each output of a loop is transposed at every step, and what its operands lack is repeated there. So the gradients of
// gains, biases and normalized inputs leave the loop.
import { findLoops, type Loop, liftOperation } from "../../compile/passes/scans.ts";
import { rewriter } from "../../compile/rewrite.ts";
import { table } from "../../tensor/ops/table.ts";
import { scanOperands, stackedOf } from "../../tensor/scan.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";

export function handOutLess(outputs: readonly Tensor[]): Tensor[] {
  const moves = new Map([...findLoops(outputs)].map(([scan, loop]) => [scan, movesOf(loop)]));
  const { visit } = rewriter({
    before(tensor) {
      if (!isOp(tensor, "scanStacked")) return undefined;
      const moved = moves.get(tensor.inputs[0]!)!.get(tensor.attrs.tensor);
      return moved && visit(moved);
    },
  });
  return outputs.map(visit);
}

/** The outputs to compute outside, and what takes their place. */
function movesOf({ scan, inside, stacked }: Loop): Map<Tensor, Tensor> {
  const { body } = scan.attrs;
  const { xs } = scanOperands(scan);
  const time = xs[0]?.shape[0];
  const moves = new Map<Tensor, Tensor>();
  if (time === undefined) return moves;
  const within = new Set(inside);
  const needed = new Set<Tensor>(body.next);
  for (const tensor of [...inside].reverse())
    if (needed.has(tensor)) for (const operand of tensor.inputs) needed.add(operand);

  const isRead = (tensor: Tensor) => body.xs.includes(tensor);
  const light = ({ op }: Tensor) => table[op].kind === "elementwise" || table[op].kind === "axes";
  /** The values of the loop that it is computed from; itself where it has to stay. */
  const sources = new Map<Tensor, ReadonlySet<Tensor>>();
  for (const tensor of inside) {
    const stays = needed.has(tensor) || !light(tensor);
    const from = tensor.inputs.filter((operand) => within.has(operand) && !isRead(operand));
    sources.set(
      tensor,
      new Set(stays ? [tensor] : from.flatMap((operand) => [...(sources.get(operand) ?? [operand])])),
    );
  }

  const groups = new Map<Tensor, Tensor[]>();
  for (const each of stacked) {
    const [source, ...more] = sources.get(each) ?? [];
    if (source && source !== each && more.length === 0) groups.set(source, [...(groups.get(source) ?? []), each]);
  }
  const width = ({ shape }: Tensor) => (shape.length < 2 ? 1 : Number(shape.at(-1)));
  for (const [source, group] of groups) {
    const saved = group.reduce((sum, each) => sum + width(each), 0);
    if (saved <= (stacked.includes(source) ? 0 : width(source))) continue;
    for (const each of group) {
      const moved = outside(each);
      if (moved) moves.set(each, moved);
    }

    function outside(tensor: Tensor): Tensor | undefined {
      const lifted = liftOperation(tensor, time!, (operand) => {
        if (operand === source) return stackedOf(scan, operand);
        if (isRead(operand)) return xs[body.xs.indexOf(operand)]!;
        return within.has(operand) ? (outside(operand) ?? "stays") : "constant";
      });
      return lifted === "stays" ? undefined : lifted;
    }
  }
  return moves;
}

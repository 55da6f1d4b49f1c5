// Sink: what a loop computes only as an output leaves the loop, and is done for all steps at once.
//
//   before   for t = T..1:  dg = ...;  dW<t> = dg' h<t-1>;  dx<t> = dg W       dW = sum of dW<t>
//   after    for t = T..1:  dg = ...   (stacked)
//            dx = dg W;  dW = dg' h    (two products over all t; the sum over t is inside the second one)
//
// So weight gradients never accumulate in the loop. Element-wise results stay inside, where their operands are in the cache,
// except in loops that have nothing else (`handOutLess` of the ONNX engine takes some of them out).

import { table } from "../../tensor/ops/table.ts";
import { broadcastTo } from "../../tensor/ops.ts";
import { scanOperands, stackedOf } from "../../tensor/scan.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import { rewriter } from "../rewrite.ts";
import { findLoops, isLight, liftOperation, neededByNext } from "./scans.ts";

export function sink(outputs: readonly Tensor[]): Tensor[] {
  const loops = findLoops(outputs);
  const needed = new Map([...loops].map(([scan, loop]) => [scan, neededByNext(loop)]));
  const { visit } = rewriter({
    before(tensor) {
      if (!isOp(tensor, "scanStacked")) return undefined;
      const moved = moveOut(tensor.inputs[0] as Tensor<"scan">, tensor.attrs.tensor);
      return moved && visit(moved);
    },
  });
  /** A tensor of the body for all steps, computed outside; undefined if it must or should stay inside. */
  function moveOut(scan: Tensor<"scan">, each: Tensor): Tensor | undefined {
    const { body } = scan.attrs;
    const { xs } = scanOperands(scan);
    const time = xs[0]!.shape[0]!;
    const within = new Set(loops.get(scan)!.inside);
    if (!within.has(each)) return broadcastTo(each, [time, ...each.shape]); // the same at every step
    if (needed.get(scan)!.has(each)) return undefined;
    const { kind, sinks = false } = table[each.op];
    const cheap = kind === "elementwise" || kind === "axes";
    if (!sinks && !(cheap && isLight(loops.get(scan)!))) return undefined;
    const lifted = liftOperation(each, time, (operand) => {
      if (!within.has(operand)) return "constant";
      const place = body.xs.indexOf(operand);
      return place >= 0 ? xs[place]! : stackedOf(scan, operand);
    });
    return lifted === "stays" ? undefined : lifted;
  }
  return outputs.map(visit);
}

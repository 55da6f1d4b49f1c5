// What passes over loops share: finding the loops of a graph and what is read of them, and moving one operation of a
// body outside, where it works on all time steps at once.
import { insideBody, topological } from "../../tensor/graph.ts";
import type { StructuralOp } from "../../tensor/op.ts";
import { table } from "../../tensor/ops/table.ts";
import { apply, reshape } from "../../tensor/ops.ts";
import { scanOperands } from "../../tensor/scan.ts";
import type { Dim } from "../../tensor/shape.ts";
import { isOp, type OpName, type Tensor } from "../../tensor/tensor.ts";
import { withInputs } from "../rewrite.ts";

export interface Loop {
  scan: Tensor<"scan">;
  /** Body tensors that are read from outside at each step. */
  stacked: Tensor[];
  /** Everything inside that the next state or a stacked output needs, operands first. */
  inside: Tensor[];
}

/** All loops of a graph, nested ones too. */
export function findLoops(outputs: readonly Tensor[]): Map<Tensor, Loop> {
  const loops = new Map<Tensor, Loop>();
  const stackedOf = new Map<Tensor, Set<Tensor>>();
  const order = topological(outputs, (tensor) => {
    if (isOp(tensor, "scanStacked")) return [...tensor.inputs, tensor.attrs.tensor];
    return isOp(tensor, "scan") ? [...tensor.inputs, ...tensor.attrs.body.next] : tensor.inputs;
  });
  for (const tensor of order) {
    if (!isOp(tensor, "scanStacked")) continue;
    const loop = tensor.inputs[0]!;
    stackedOf.set(loop, (stackedOf.get(loop) ?? new Set()).add(tensor.attrs.tensor));
  }
  for (const scan of order) {
    if (!isOp(scan, "scan")) continue;
    const stacked = [...(stackedOf.get(scan) ?? [])];
    loops.set(scan, {
      scan,
      stacked,
      inside: insideBody(scan.attrs.body, [...scan.attrs.body.next, ...stacked]).inside,
    });
  }
  return loops;
}

/** Up to this width, the values of a light loop at all steps stay in a core's cache. */
const narrow = 256;

/**
 * Whether a loop is narrow and has neither products nor loops inside. Its operations take little longer than calling them:
 * element-wise work is then done for all steps at once, outside.
 */
export const isLight = ({ inside, scan }: Loop): boolean =>
  scan.attrs.body.states.every(({ shape }) => Number(shape.at(-1) ?? 1) <= narrow) &&
  inside.every(({ op }) => table[op].kind !== "product" && table[op].kind !== "loop");

/** The body's tensors that the next state is computed from. */
export function neededByNext({ scan, inside }: Loop): Set<Tensor> {
  const needed = new Set<Tensor>(scan.attrs.body.next);
  for (const tensor of [...inside].reverse())
    if (needed.has(tensor)) for (const operand of tensor.inputs) needed.add(operand);
  return needed;
}

/**
 * An operand seen from outside its loop: its values at all steps with time as the first axis; "constant" if it is the
 * same at every step and so can be used as it is; "stays" if it cannot be computed outside.
 */
export type Lifted = Tensor | "constant" | "stays";

/** The operation of a body tensor applied to all steps at once, or "stays". `lift` answers for its operands. */
export function liftOperation(tensor: Tensor, time: Dim, lift: (operand: Tensor) => Lifted): Tensor | "stays" {
  const { kind } = table[tensor.op];
  if (kind === "leaf" || kind === "whole" || kind === "loop") return "stays";
  const operands: Tensor[] = [];
  const moving: boolean[] = [];
  for (const operand of tensor.inputs) {
    const lifted = lift(operand);
    if (lifted === "stays") return "stays";
    moving.push(lifted !== "constant");
    operands.push(lifted === "constant" ? operand : lifted);
  }
  switch (kind) {
    case "lookup": // a table that changes at every step would need the time in its ids
      return moving[0] ? "stays" : withInputs(tensor, operands);
    case "rows":
      return moving.every(Boolean) ? withInputs(tensor, operands) : "stays";
    case "axes":
      return moving.every(Boolean) ? shifted(tensor, time, operands) : "stays";
    case "elementwise":
    case "product":
      return withInputs(
        tensor,
        operands.map((operand, i) => (moving[i] ? alignedTo(tensor.shape.length, operand) : operand)),
      );
  }
}

/**
 * Answers for the tensors of a loop's body, each once: what it is at all steps, from what the loop reads and from constants.
 *
 * @param kept of a tensor that is not to be computed outside; undefined for the others
 */
export function lifter(
  { scan, inside }: Loop,
  kept: (tensor: Tensor) => Lifted | undefined,
): (tensor: Tensor) => Lifted {
  const { body } = scan.attrs;
  const { xs } = scanOperands(scan);
  const within = new Set(inside);
  const memo = new Map<Tensor, Lifted>(body.xs.map((x, i) => [x, xs[i]!]));
  return function lift(tensor) {
    if (!within.has(tensor)) return "constant";
    let lifted = memo.get(tensor);
    if (!lifted) {
      lifted = kept(tensor) ?? liftOperation(tensor, xs[0]!.shape[0]!, lift);
      memo.set(tensor, lifted);
    }
    return lifted;
  };
}

/** The same operation with time in front of the axes that it names. */
function shifted<K extends OpName>(tensor: Tensor<K>, time: Dim, operands: readonly Tensor[]): Tensor {
  const { shift } = table[tensor.op] as StructuralOp<K>;
  const aligned = isOp(tensor, "broadcastTo") ? operands.map((x) => alignedTo(tensor.shape.length, x)) : operands;
  return apply(tensor.op, aligned, shift!(tensor.attrs, time));
}

/** [T, ...] with axes of length 1 behind T: the rest then broadcasts to `rank` axes, and T meets no other axis. */
function alignedTo(rank: number, x: Tensor): Tensor {
  const [time, ...own] = x.shape as [Dim, ...Dim[]];
  const missing = Math.max(0, rank - own.length);
  return reshape(x, [time, ...new Array<Dim>(missing).fill(1), ...own]);
}

// What passes over loops share: finding the loops of a graph and what is read of them, and moving one operation of a
// body outside, where it works on all time steps at once.
import { insideBody, topological } from "../../tensor/graph.ts";
import { reshape } from "../../tensor/ops.ts";
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

/** Operations that may leave a loop: all but loops themselves and values made afresh. */
const liftable = (op: OpName): boolean => !["scan", "scanFinal", "scanStacked", "input", "range"].includes(op);

/**
 * The operation of a body tensor applied to all steps at once. `lift` gives, for an operand, its values at all steps
 * with time as the first axis, or undefined if the operand is the same at every step (then it is used as it is).
 */
export function liftOperation(
  tensor: Tensor,
  time: Dim,
  lift: (operand: Tensor) => Tensor | undefined,
): Tensor | undefined {
  if (!liftable(tensor.op)) return undefined;
  const lifted = tensor.inputs.map(lift);
  const operands = tensor.inputs.map((operand, i) => lifted[i] ?? operand);
  const rank = tensor.shape.length;
  if (isOp(tensor, "matmul")) {
    // Both with time: batched. Only one with time and the other a matrix: broadcasts over it.
    const ranks = tensor.inputs.map(({ shape }) => shape.length);
    return ranks[0] === ranks[1] || ranks[1] === 2 ? withInputs(tensor, operands) : undefined;
  }
  if (isOp(tensor, "gather")) return lifted[0] ? undefined : withInputs(tensor, operands);
  if (
    tensor.op === "scatterAdd" ||
    tensor.op === "crossEntropy" ||
    tensor.op === "crossEntropyGrad" ||
    tensor.op === "argMax"
  )
    return undefined;
  const shifted = shiftAttrs(tensor, time);
  if (shifted) return tensor.inputs.length === 1 || lifted.every(Boolean) ? withInputs(shifted, operands) : undefined;
  // Element-wise: align the operands that have time with the result's rank.
  const aligned = operands.map((operand, i) => {
    const own = tensor.inputs[i]!.shape;
    return lifted[i] && own.length < rank
      ? reshape(operand, [time, ...new Array<Dim>(rank - own.length).fill(1), ...own])
      : operand;
  });
  return withInputs(tensor, aligned);
}

/** The same tensor with axes counted behind a new first axis; undefined for element-wise operations, which name none. */
function shiftAttrs(tensor: Tensor, time: Dim): Tensor | undefined {
  const up = (axes: readonly number[]) => axes.map((axis) => axis + 1);
  if (isOp(tensor, "sum") || isOp(tensor, "max"))
    return { ...tensor, attrs: { ...tensor.attrs, axes: up(tensor.attrs.axes) } };
  if (isOp(tensor, "slice") || isOp(tensor, "concat"))
    return { ...tensor, attrs: { ...tensor.attrs, axis: tensor.attrs.axis + 1 } };
  if (isOp(tensor, "transpose")) return { ...tensor, attrs: { perm: [0, ...up(tensor.attrs.perm)] } };
  if (isOp(tensor, "reshape")) return { ...tensor, attrs: { shape: [time, ...tensor.attrs.shape] } };
  if (isOp(tensor, "broadcastTo")) {
    // The operand must already have the result's rank, or time would be aligned with another axis.
    return tensor.inputs[0]!.shape.length === tensor.shape.length
      ? { ...tensor, attrs: { shape: [time, ...tensor.attrs.shape] } }
      : undefined;
  }
  if (["softmax", "logSoftmax", "pick", "place"].includes(tensor.op)) return tensor;
  return undefined;
}

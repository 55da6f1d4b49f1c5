// Evaluates a graph tensor by tensor. A scan is a plain loop over time that evaluates its body at each step, once for
// everything that is read of it.
import { insideBody } from "../../tensor/graph.ts";
import { allocate, type ComputedOp } from "../../tensor/op.ts";
import { table } from "../../tensor/ops/table.ts";
import { scanOperands } from "../../tensor/scan.ts";
import { dimValue, type Shape } from "../../tensor/shape.ts";
import { sizeOf } from "../../tensor/strides.ts";
import { isOp, type OpName, type Tensor } from "../../tensor/tensor.ts";
import type { Value } from "../engine.ts";

/** Values of tensors. A body's scope looks into the scope around it for what it captures. */
export interface Scope {
  get(tensor: Tensor): Value | undefined;
}

/** What a scan leaves behind. */
interface LoopResult {
  finals: readonly Value[];
  stacked: ReadonlyMap<Tensor, Value>;
}

/**
 * The values of all tensors of `order` (operands before users) and of `given`, which holds inputs and placeholders.
 * `lengths` holds the lengths of the named axes.
 */
export function evaluate(
  order: readonly Tensor[],
  given: ReadonlyMap<Tensor, Value>,
  lengths: Readonly<Record<string, number>>,
  around?: Scope,
): Scope {
  const resolve = (shape: Shape): number[] => shape.map((dim) => dimValue(dim, lengths));
  const values = new Map(given);
  const loops = new Map<Tensor, LoopResult>();
  const scope: Scope = { get: (tensor) => values.get(tensor) ?? around?.get(tensor) };
  for (const tensor of order) {
    if (values.has(tensor)) continue;
    if (isOp(tensor, "scan")) {
      const read = order.flatMap((t) => (isOp(t, "scanStacked") && t.inputs[0] === tensor ? [t.attrs.tensor] : []));
      loops.set(tensor, runLoop(tensor, new Set(read), scope, lengths));
    } else if (isOp(tensor, "scanFinal")) {
      values.set(tensor, loops.get(tensor.inputs[0]!)!.finals[tensor.attrs.index]!);
    } else if (isOp(tensor, "scanStacked")) {
      values.set(tensor, loops.get(tensor.inputs[0]!)!.stacked.get(tensor.attrs.tensor)!);
    } else {
      const shape = resolve(tensor.shape);
      const inputs = tensor.inputs.map((operand) => scope.get(operand)!);
      const { compute } = table[tensor.op] as ComputedOp<OpName>;
      values.set(tensor, { shape, dtype: tensor.dtype, data: compute(inputs, tensor, shape) });
    }
  }
  return scope;
}

/** The time loop. `read` are the body tensors whose values at each step are read. */
function runLoop(
  loop: Tensor<"scan">,
  read: ReadonlySet<Tensor>,
  around: Scope,
  lengths: Readonly<Record<string, number>>,
): LoopResult {
  const { body, reverse } = loop.attrs;
  const operands = scanOperands(loop);
  const xs = operands.xs.map((x) => around.get(x)!);
  const order = insideBody(body, [...body.next, ...read]).inside;
  const steps = xs[0]!.shape[0]!;
  const stacked = new Map<Tensor, Value>();
  for (const tensor of read) {
    const shape = [steps, ...tensor.shape.map((dim) => dimValue(dim, lengths))];
    stacked.set(tensor, { shape, dtype: tensor.dtype, data: allocate(tensor.dtype, sizeOf(shape)) });
  }
  let state = operands.initial.map((tensor) => around.get(tensor)!);
  for (let step = 0; step < steps; step++) {
    const t = reverse ? steps - 1 - step : step;
    const given = new Map<Tensor, Value>();
    body.states.forEach((placeholder, i) => void given.set(placeholder, state[i]!));
    body.xs.forEach((placeholder, i) => void given.set(placeholder, at(xs[i]!, t)));
    const scope = evaluate(order, given, lengths, around);
    for (const [tensor, { data }] of stacked) {
      const value = scope.get(tensor)!.data;
      data.set(value, t * value.length);
    }
    state = body.next.map((tensor) => scope.get(tensor)!);
  }
  return { finals: state, stacked };
}

/** The slice of a stacked value at one time step. */
function at({ shape, dtype, data }: Value, t: number): Value {
  const size = sizeOf(shape.slice(1));
  return { shape: shape.slice(1), dtype, data: data.subarray(t * size, (t + 1) * size) };
}

// The matrix product, over the last two axes; leading axes broadcast.
import type { Operation, Planner } from "./operation.ts";
import { broadcastStrides, copy, sizeOf, stridesOf, type View, viewAt } from "./views.ts";

export const matmul: Operation = (planner, [a, b], shape, { transA, transB }) => {
  const left = transA ? swapped(planner, a!) : a!;
  const right = b!;
  const [m, k] = left.shape.slice(-2) as [number, number];
  const n = shape.at(-1)!;
  const { products, combinations, byteProducts } = planner.memory.kernels;
  const kernel = transB ? products : combinations;
  const y = planner.fresh(shape);
  const lead = shape.slice(0, -2);
  const count = sizeOf(lead);
  if (right.size === n * k && left.size === count * m * k) {
    const table = transB ? planner.memory.byteRows.get(right.at) : undefined;
    if (byteProducts && table?.width === k) {
      const rounded = planner.fresh([(k + 7) >> 1]);
      const limit = Math.min(32767, Math.floor((2 ** 31 - 1) / (127 * k)));
      planner.call(() => byteProducts(left.at, table.bytes, table.scales, y.at, count * m, n, k, rounded.at, limit));
      return y;
    }
    planner.call(() => kernel(left.at, right.at, y.at, count * m, n, k)); // all rows at once
    return y;
  }
  const offsets = [left, right].map(({ shape: own }) => matrices(own, lead));
  planner.call(() => {
    for (let i = 0; i < count; i++)
      kernel(left.at + offsets[0]![i]!, right.at + offsets[1]![i]!, y.at + i * m * n, m, n, k);
  });
  return y;
};

/** Where the operand's matrix begins for each matrix of the result. */
function matrices(shape: readonly number[], lead: readonly number[]): number[] {
  const size = sizeOf(shape.slice(-2));
  const strides = broadcastStrides(shape.slice(0, -2), lead);
  let starts = [0];
  lead.forEach((length, axis) => {
    starts = starts.flatMap((start) => Array.from({ length }, (_, i) => start + i * strides[axis]! * size));
  });
  return starts;
}

/** The last two axes exchanged. */
function swapped({ fresh, call, memory }: Planner, x: View): View {
  const strides = stridesOf(x.shape);
  const [lead, [rows, columns]] = [x.shape.slice(0, -2), x.shape.slice(-2) as [number, number]];
  const turned = [...strides.slice(0, -2), strides.at(-1)!, strides.at(-2)!];
  const shape = [...lead, columns, rows];
  const y = fresh(shape);
  call(() => copy(memory, x.at, turned, y.at, shape));
  return viewAt(y.at, shape);
}

// Element-wise operations, with numpy's broadcasting.
import type { Operation, Planner } from "./operation.ts";
import { broadcastStrides, copy, sizeOf, type View } from "./views.ts";

/** The number of a kernel in kernels.as.ts, or a function of one number. */
export const unary =
  (apply: number | ((x: number) => number)): Operation =>
  ({ fresh, call, memory }, [x], shape) => {
    const y = fresh(shape);
    const { unary: kernel } = memory.kernels;
    if (typeof apply === "number") call(() => kernel(apply, x!.at, y.at, y.size));
    else
      call(() => {
        const f = memory.floats();
        for (let i = 0; i < y.size; i++) f[y.at + i] = apply(f[x!.at + i]!);
      });
    return y;
  };

/** How two operands are read for a result of `rows` rows of `width`; `step` and `along` as `ra` and `sa` in kernels.as.ts. */
interface Reading {
  rows: number;
  width: number;
  operands: { at: number; step: number; along: number }[];
}

/** The part of a shape behind its leading axes of length 1. */
const trimmed = (shape: readonly number[]) => {
  const first = shape.findIndex((length) => length !== 1);
  return first < 0 ? [] : shape.slice(first);
};

/** Whether `part` repeats along the leading axes of `shape`. */
const isSuffix = (part: readonly number[], shape: readonly number[]) => {
  const own = trimmed(part);
  return own.every((length, i) => length === shape[shape.length - own.length + i]);
};

/** Whether `part` has one number for each of the leading axes of `shape`, which repeats along the others. */
function isPrefix(part: readonly number[], shape: readonly number[]): boolean {
  if (part.length !== shape.length) return false;
  const ones = part.findLastIndex((length) => length !== 1) + 1;
  return part.slice(0, ones).every((length, i) => length === shape[i]);
}

function reading(planner: Planner, inputs: readonly View[], shape: readonly number[]): Reading {
  const total = sizeOf(shape);
  let width = total;
  for (const x of inputs) {
    if (x.size === total || x.size === 1) continue;
    if (isSuffix(x.shape, shape)) width = x.size;
    else if (isPrefix(x.shape, shape)) width = total / x.size;
  }
  const rows = width === 0 ? 0 : total / width;
  const operands = inputs.map((x) => {
    if (x.size === total) return { at: x.at, step: width, along: 1 };
    if (x.size === 1) return { at: x.at, step: 0, along: 0 };
    if (x.size === width && isSuffix(x.shape, shape)) return { at: x.at, step: 0, along: 1 };
    if (x.size === rows && isPrefix(x.shape, shape)) return { at: x.at, step: 1, along: 0 };
    const whole = planner.fresh(shape);
    const strides = broadcastStrides(x.shape, shape);
    planner.call(() => copy(planner.memory, x.at, strides, whole.at, shape));
    return { at: whole.at, step: width, along: 1 };
  });
  return { rows, width, operands };
}

/** @param op its number in kernels.as.ts */
export const arithmetic =
  (op: number): Operation =>
  (planner, inputs, shape) => {
    const { rows, width, operands } = reading(planner, inputs, shape);
    const [a, b] = operands as [Reading["operands"][0], Reading["operands"][0]];
    const y = planner.fresh(shape);
    const { binary } = planner.memory.kernels;
    planner.call(() => binary(op, a.at, b.at, y.at, rows, width, a.step, b.step, a.along, b.along));
    return y;
  };

/** A function of two numbers. */
export const compare =
  (apply: (a: number, b: number) => number): Operation =>
  (planner, inputs, shape) => {
    const { rows, width, operands } = reading(planner, inputs, shape);
    const [a, b] = operands as [Reading["operands"][0], Reading["operands"][0]];
    const y = planner.fresh(shape);
    planner.call(() => {
      const f = planner.memory.floats();
      for (let r = 0; r < rows; r++)
        for (let i = 0; i < width; i++)
          f[y.at + r * width + i] = apply(f[a.at + r * a.step + i * a.along]!, f[b.at + r * b.step + i * b.along]!);
    });
    return y;
  };

export const select: Operation = (planner, inputs, shape) => {
  const { rows, width, operands } = reading(planner, inputs, shape);
  const [c, a, b] = operands as [Reading["operands"][0], Reading["operands"][0], Reading["operands"][0]];
  const y = planner.fresh(shape);
  planner.call(() => {
    const f = planner.memory.floats();
    for (let r = 0; r < rows; r++)
      for (let i = 0; i < width; i++) {
        const from = f[c.at + r * c.step + i * c.along] ? a : b;
        f[y.at + r * width + i] = f[from.at + r * from.step + i * from.along]!;
      }
  });
  return y;
};

// Operations along axes: reductions, and those along the last one.
import type { Operation } from "./operation.ts";
import { stridesOf } from "./views.ts";

/** Combines the elements along some axes. */
export const reduce =
  (start: number, combine: (sofar: number, value: number) => number): Operation =>
  ({ fresh, call, memory }, [x], shape, { axes }) => {
    const y = fresh(shape);
    const kept = stridesOf(x!.shape.map((length, axis) => (axes!.includes(axis) ? 1 : length)));
    const strides = kept.map((stride, axis) => (axes!.includes(axis) ? 0 : stride));
    call(() => {
      const f = memory.floats();
      const out = new Float64Array(y.size).fill(start);
      let from = x!.at;
      const walk = (axis: number, to: number): void => {
        if (axis === x!.shape.length) out[to] = combine(out[to]!, f[from++]!);
        else for (let i = 0; i < x!.shape[axis]!; i++) walk(axis + 1, to + i * strides[axis]!);
      };
      walk(0, 0);
      f.set(out, y.at);
    });
    return y;
  };

/** Each element from e^(x - max), x - max, and the sum of the former over its row. */
export const rowwise =
  (apply: (e: number, x: number, sum: number) => number): Operation =>
  ({ fresh, call, memory }, [x], shape) => {
    const y = fresh(shape);
    const width = shape.at(-1)!;
    call(() => {
      const f = memory.floats();
      for (let row = 0; row < y.size; row += width) {
        const from = x!.at + row;
        let top = -Infinity;
        for (let i = 0; i < width; i++) top = Math.max(top, f[from + i]!);
        let sum = 0;
        for (let i = 0; i < width; i++) sum += Math.exp(f[from + i]! - top);
        for (let i = 0; i < width; i++) {
          const shifted = f[from + i]! - top;
          f[y.at + row + i] = apply(Math.exp(shifted), shifted, sum);
        }
      }
    });
    return y;
  };

export const argMax: Operation = ({ fresh, call, memory }, [x], shape) => {
  const y = fresh(shape);
  const width = x!.shape.at(-1)!;
  call(() => {
    const f = memory.floats();
    for (let row = 0; row < y.size; row++) {
      const from = x!.at + row * width;
      let best = 0;
      for (let i = 1; i < width; i++) if (f[from + i]! > f[from + best]!) best = i;
      f[y.at + row] = best;
    }
  });
  return y;
};

/** The element of each row that its id names. */
export const pick: Operation = ({ fresh, call, memory }, [x, ids], shape) => {
  const y = fresh(shape);
  const width = x!.shape.at(-1)!;
  call(() => {
    const f = memory.floats();
    for (let row = 0; row < y.size; row++) f[y.at + row] = f[x!.at + row * width + f[ids!.at + row]!]!;
  });
  return y;
};

/** Each element at the place in its row that its id names, zeros around it. */
export const place: Operation = ({ fresh, call, memory }, [g, ids], shape) => {
  const y = fresh(shape);
  const width = shape.at(-1)!;
  call(() => {
    const f = memory.floats();
    f.fill(0, y.at, y.at + y.size);
    for (let row = 0; row < g!.size; row++) f[y.at + row * width + f[ids!.at + row]!] = f[g!.at + row]!;
  });
  return y;
};

// Operations on axes: reshape, reorder, repeat, cut, join; and the sum, which undoes repeating.
import { fail } from "../../base/index.ts";
import { allocate, makerOf, type NumberArray, type Numbers, type Ops, wrong } from "../op.ts";
import { axisOf, broadcastShapes, type Dim, type DType, product, type Shape, sameShape, showShape } from "../shape.ts";
import { broadcastStrides, offsets, sizeOf, stridesOf } from "../strides.ts";
import type { Tensor } from "../tensor.ts";
import { constant } from "./leaves.ts";

interface AxesAttrs {
  reshape: { shape: Shape };
  transpose: { perm: readonly number[] };
  broadcastTo: { shape: Shape };
  slice: { axis: number; start: number; end: number };
  concat: { axis: number };
  /** 0, 1, 2, ... along an axis that may be named. */
  range: { dim: Dim };
  sum: { axes: readonly number[]; keepDims: boolean };
}
declare module "../tensor.ts" {
  interface OpAttrs extends AxesAttrs {}
}

const axes: Ops<keyof AxesAttrs> = {
  reshape: {
    kind: "axes",
    cheap: true,
    sinks: true,
    shift: ({ shape }, time) => ({ shape: [time, ...shape] }),
    shape: ([x], { shape }) => {
      if (product(x!.shape) !== product(shape)) {
        wrong("reshape", `a shape with ${product(x!.shape)} elements, as ${showShape(x!.shape)} has`, showShape(shape));
      }
      return { shape, dtype: x!.dtype };
    },
    compute: ([x]) => x!.data.slice(),
    gradient: ({ inputs: [x] }, g) => [reshape(g, x!.shape)],
  },
  transpose: {
    kind: "axes",
    cheap: true,
    sinks: true,
    shift: ({ perm }) => ({ perm: [0, ...shifted(perm)] }),
    shape: ([x], { perm }) => ({ shape: perm.map((axis) => x!.shape[axis]!), dtype: x!.dtype }),
    compute: ([x], { attrs: { perm } }, shape) => {
      const strides = stridesOf(x!.shape);
      const turned = perm.map((axis) => strides[axis]!);
      return read(x!, offsets(shape, turned));
    },
    gradient: ({ attrs: { perm } }, g) => {
      const inverse = new Array<number>(perm.length);
      perm.forEach((axis, i) => {
        inverse[axis] = i;
      });
      return [transpose(g, inverse)];
    },
  },
  broadcastTo: {
    kind: "axes",
    cheap: true,
    sinks: true,
    shift: ({ shape }, time) => ({ shape: [time, ...shape] }),
    shape: ([x], { shape }) => {
      if (!sameShape(broadcastShapes("broadcastTo", x!.shape, shape), shape)) {
        wrong("broadcastTo", `a shape that broadcasts to ${showShape(shape)}`, showShape(x!.shape));
      }
      return { shape, dtype: x!.dtype };
    },
    compute: ([x], _, shape) => read(x!, offsets(shape, broadcastStrides(x!.shape, shape))),
    gradient: ({ inputs: [x] }, g) => [sumTo(g, x!)],
  },
  slice: {
    kind: "axes",
    cheap: true,
    sinks: true,
    shift: (attrs) => ({ ...attrs, axis: attrs.axis + 1 }),
    shape: ([x], { axis, start, end }) => {
      const length = x!.shape[axis];
      if (start < 0 || end < start || (typeof length === "number" && end > length)) {
        wrong("slice", `a range inside axis ${axis} of ${showShape(x!.shape)}`, `${start} to ${end}`);
      }
      return { shape: x!.shape.map((dim, i) => (i === axis ? end - start : dim)), dtype: x!.dtype };
    },
    compute: ([x], { attrs: { axis, start, end } }, shape) => {
      if (end > x!.shape[axis]!) wrong("slice", `an end of at most ${x!.shape[axis]}`, String(end));
      const strides = stridesOf(x!.shape);
      return read(x!, offsets(shape, strides, start * strides[axis]!));
    },
    // zeros around g
    gradient: ({ inputs: [x], attrs: { axis, start, end } }, g) => {
      const length = x!.shape[axis];
      if (typeof length !== "number") return wrong("gradient(slice)", "an axis of known length", String(length));
      const around = (size: number) => zeros(x!.shape.map((dim, i): Dim => (i === axis ? size : dim)));
      const parts = [start > 0 ? around(start) : null, g, end < length ? around(length - end) : null];
      const whole = parts.filter((part) => part !== null);
      return [concat(whole, axis)];
    },
  },
  concat: {
    kind: "axes",
    cheap: true,
    shift: ({ axis }) => ({ axis: axis + 1 }),
    shape: (inputs, { axis }) => {
      const first = inputs[0]!;
      let total = 0;
      for (const { shape } of inputs) {
        const length = shape[axis];
        const fits =
          shape.length === first.shape.length && shape.every((dim, i) => i === axis || dim === first.shape[i]);
        if (!fits || typeof length !== "number") {
          wrong("concat", `shapes like ${showShape(first.shape)} except for axis ${axis}`, showShape(shape));
        }
        total += length as number;
      }
      return { shape: first.shape.map((dim, i) => (i === axis ? total : dim)), dtype: first.dtype };
    },
    compute: (inputs, { attrs: { axis }, dtype }, shape) => {
      const out = allocate(dtype, sizeOf(shape));
      const strides = stridesOf(shape);
      let start = 0;
      for (const x of inputs) {
        const places = offsets(x.shape, strides, start * strides[axis]!);
        for (let i = 0; i < places.length; i++) out[places[i]!] = x.data[i]!;
        start += x.shape[axis]!;
      }
      return out;
    },
    gradient: ({ inputs, attrs: { axis } }, g) => {
      let at = 0;
      return inputs.map(({ shape }) => {
        const start = at;
        at += shape[axis] as number;
        return slice(g, axis, start, at);
      });
    },
  },
  range: {
    kind: "whole",
    shape: (_, { dim }) => ({ shape: [dim], dtype: "int" }),
    compute: (_, __, [length]) => Int32Array.from({ length: length! }, (___, i) => i),
    gradient: null,
  },
  sum: {
    kind: "axes",
    sinks: true,
    shift: (attrs) => ({ ...attrs, axes: shifted(attrs.axes) }),
    shape: reducedShape,
    compute: ([x], { attrs }, shape) => reduced(x!, attrs.axes, shape, 0, (a, b) => a + b),
    gradient: ({ inputs: [x], attrs }, g) => [broadcastTo(reshape(g, keptShape(x!.shape, attrs.axes)), x!.shape)],
  },
};
export default axes;
const make = makerOf(axes);

export const reshape = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : make("reshape", [x], { shape });

/** Reorders the axes; without `perm`, swaps the last two. */
export function transpose(x: Tensor, perm?: readonly number[]): Tensor {
  const rank = x.shape.length;
  const order = perm ?? [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
  return order.every((axis, i) => axis === i) ? x : make("transpose", [x], { perm: order });
}

export const broadcastTo = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : make("broadcastTo", [x], { shape });
export const zeros = (shape: Shape, dtype: DType = "float"): Tensor => broadcastTo(constant(0, [], dtype), shape);

/** Elements start (inclusive) to end (exclusive) along an axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const at = axisOf("slice", axis, x.shape.length);
  return start === 0 && end === x.shape[at] ? x : make("slice", [x], { axis: at, start, end });
}

export function concat(parts: readonly Tensor[], axis = -1): Tensor {
  const first = parts[0] ?? fail({ where: "concat", expected: "at least one tensor", received: "none" });
  return parts.length === 1 ? first : make("concat", parts, { axis: axisOf("concat", axis, first.shape.length) });
}

/** Cuts an axis (the last by default) into equal parts: `const [i, f, g, o] = split(gates, 4)`. */
export function split<N extends number>(x: Tensor, parts: N, axis = -1): Parts<N> {
  const at = axisOf("split", axis, x.shape.length);
  const length = x.shape[at];
  if (typeof length !== "number" || length % parts !== 0) {
    return wrong("split", `an axis that ${parts} divides`, showShape(x.shape));
  }
  const size = length / parts;
  return Array.from({ length: parts }, (_, i) => slice(x, at, i * size, (i + 1) * size)) as Parts<N>;
}
type Parts<N extends number> = N extends 2
  ? [Tensor, Tensor]
  : N extends 3
    ? [Tensor, Tensor, Tensor]
    : N extends 4
      ? [Tensor, Tensor, Tensor, Tensor]
      : Tensor[];

/** 0, 1, 2, ... along an axis: [dim], int. */
export const range = (dim: Dim): Tensor => make("range", [], { dim });

export interface ReduceOptions {
  /** All by default. May be negative. */
  axes?: number | readonly number[];
  keepDims?: boolean;
}

export function sum(x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor {
  const list = axisList("sum", x, axes);
  return list.length === 0 ? x : make("sum", [x], { axes: list, keepDims });
}

/** Undoes broadcasting: sums the axes along which the operand was repeated. */
export function sumTo(g: Tensor, like: Tensor): Tensor {
  if (sameShape(g.shape, like.shape)) return g;
  const lead = g.shape.length - like.shape.length;
  const axes = g.shape.map((_, i) => i).filter((i) => i < lead || (like.shape[i - lead] === 1 && g.shape[i] !== 1));
  if (axes.length === 0) return broadcastTo(g, like.shape);
  return reshape(sum(g, { axes }), like.shape);
}

/** The axes to reduce, ascending; all by default. */
export function axisList(where: string, { shape }: Tensor, axes: ReduceOptions["axes"]): number[] {
  const list = axes === undefined ? shape.map((_, i) => i) : [axes].flat();
  return list.map((axis) => axisOf(where, axis, shape.length)).sort((a, b) => a - b);
}

/** The shape with length 1 at these axes. */
export const keptShape = (shape: Shape, axes: readonly number[]): Dim[] =>
  shape.map((dim, i) => (axes.includes(i) ? 1 : dim));

/** The shape rule of reductions. */
export function reducedShape(
  [x]: readonly Tensor[],
  { axes, keepDims }: { axes: readonly number[]; keepDims: boolean },
) {
  const shape = x!.shape.flatMap((dim, i): Dim[] => (axes.includes(i) ? (keepDims ? [1] : []) : [dim]));
  return { shape, dtype: x!.dtype };
}

/** Combines the elements along some axes, one by one. */
export function reduced(
  { shape, dtype, data }: Numbers,
  axes: readonly number[],
  resultShape: readonly number[],
  start: number,
  combine: (sofar: number, value: number) => number,
): NumberArray {
  const out = allocate(dtype, sizeOf(resultShape)).fill(start);
  const kept = stridesOf(shape.map((length, axis) => (axes.includes(axis) ? 1 : length)));
  const strides = kept.map((stride, axis) => (axes.includes(axis) ? 0 : stride));
  const places = offsets(shape, strides);
  for (let i = 0; i < places.length; i++) out[places[i]!] = combine(out[places[i]!]!, data[i]!);
  return out;
}

export const shifted = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);

function read({ data, dtype }: Numbers, places: Int32Array): NumberArray {
  const out = allocate(dtype, places.length);
  for (let i = 0; i < out.length; i++) out[i] = data[places[i]!]!;
  return out;
}

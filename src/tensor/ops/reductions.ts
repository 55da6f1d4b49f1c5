// Reductions other than the sum.
import { makerOf, type Ops } from "../op.ts";
import { type Dim, product } from "../shape.ts";
import type { None, Tensor } from "../tensor.ts";
import {
  axisList,
  broadcastTo,
  keptShape,
  type ReduceOptions,
  reduced,
  reducedShape,
  reshape,
  shifted,
  sum,
} from "./axes.ts";
import { cast, div, equal, mul } from "./elementwise.ts";
import { constant } from "./leaves.ts";
import { eachRow } from "./row.ts";

interface ReductionAttrs {
  max: { axes: readonly number[]; keepDims: boolean };
  /** Index of the greatest element along the last axis. */
  argMax: None;
}
declare module "../tensor.ts" {
  interface OpAttrs extends ReductionAttrs {}
}

const reductions: Ops<keyof ReductionAttrs> = {
  max: {
    kind: "axes",
    shift: (attrs) => ({ ...attrs, axes: shifted(attrs.axes) }),
    shape: reducedShape,
    compute: ([x], { attrs }, shape) => reduced(x!, attrs.axes, shape, Number.NEGATIVE_INFINITY, Math.max),
    // Equal maxima share the gradient. The maximum is computed again where its operand is: a stored one may differ from it by a
    // rounding, and be equal to none.
    cheap: true,
    gradient: (y, g) => {
      const x = y.inputs[0]!;
      const kept = keptShape(x.shape, y.attrs.axes);
      const hit = cast(equal(x, reshape(y, kept)), "float");
      return [mul(hit, div(reshape(g, kept), sum(hit, { axes: y.attrs.axes, keepDims: true })))];
    },
  },
  argMax: {
    kind: "rows",
    shape: ([x]) => ({ shape: x!.shape.slice(0, -1), dtype: "int" }),
    compute: ([x], _, shape) => {
      const out = new Int32Array(shape.reduce((a, b) => a * b, 1));
      eachRow(x!, (row, at) => {
        let best = 0;
        for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
        out[at] = best;
      });
      return out;
    },
    gradient: null,
  },
};
export default reductions;
const make = makerOf(reductions);

export function max(x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor {
  const list = axisList("max", x, axes);
  return list.length === 0 ? x : make("max", [x], { axes: list, keepDims });
}

/** Index of the greatest element along the last axis; the first one if several are equal. */
export const argMax = (x: Tensor): Tensor => make("argMax", [x], {});

/** The mean over axes (all by default); a named axis counts with its length at run time. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const count = product(axisList("mean", x, options.axes).map((axis) => x.shape[axis]!));
  return div(sum(x, options), dimension(count));
}

/** The length of an axis as a scalar float: a constant if known, else found at run time. */
export function dimension(dim: Dim): Tensor {
  if (typeof dim === "number") return constant(dim);
  return sum(broadcastTo(constant(1), [dim]));
}

// Operations along the last axis.
import { allocate, like, makerOf, type Ops, wrong } from "../op.ts";
import { type Dim, product, sameShape, showShape } from "../shape.ts";
import { sizeOf } from "../strides.ts";
import type { None, Tensor } from "../tensor.ts";
import { reshape, sum } from "./axes.ts";
import { add, exp, mul, sub } from "./elementwise.ts";
import { mean } from "./reductions.ts";
import { checkId, eachRow, logSumExp, mapRows } from "./row.ts";

interface RowAttrs {
  softmax: None;
  logSoftmax: None;
  /** (x [..., V], ids [...]) -> [...]: the element of each row that its id names. */
  pick: None;
  /** (g [...], ids [...]) -> [..., size]: g at the id's place, 0 elsewhere. The gradient of pick. */
  place: { size: Dim };
  /** (logits [N, V], targets [N]) -> [N], nats: -log softmax at the target; the share `smoothing` of it spread over all V. */
  crossEntropy: { smoothing: number };
  /** (logits, targets, g [N]) -> [N, V]: (softmax - (1 - smoothing) one-hot - smoothing / V) * g. */
  crossEntropyGrad: { smoothing: number };
}
declare module "../tensor.ts" {
  interface OpAttrs extends RowAttrs {}
}

const rows: Ops<keyof RowAttrs> = {
  softmax: {
    kind: "rows",
    shape: like,
    compute: ([x]) => mapRows(x!, (row) => row.map((value) => Math.exp(value - logSumExp(row)))),
    // y (g - sum(g y))
    gradient: (y, g) => [mul(y, sub(g, sum(mul(g, y), { axes: -1, keepDims: true })))],
  },
  logSoftmax: {
    kind: "rows",
    shape: like,
    compute: ([x]) => mapRows(x!, (row) => row.map((value) => value - logSumExp(row))),
    gradient: (y, g) => [sub(g, mul(exp(y), sum(g, { axes: -1, keepDims: true })))],
  },
  pick: {
    kind: "rows",
    shape: ([x, ids]) => {
      if (!sameShape(x!.shape.slice(0, -1), ids!.shape)) {
        wrong("pick", `ids of shape ${showShape(x!.shape.slice(0, -1))}`, showShape(ids!.shape));
      }
      return { shape: ids!.shape, dtype: x!.dtype };
    },
    compute: ([x, ids], { dtype }, shape) => {
      const out = allocate(dtype, sizeOf(shape));
      eachRow(x!, (row, i) => {
        out[i] = row[checkId("pick", ids!.data[i]!, row.length)]!;
      });
      return out;
    },
    gradient: ({ inputs: [x, ids] }, g) => [place(g, ids!, x!.shape.at(-1)!), null],
  },
  place: {
    kind: "rows",
    shape: ([g], { size }) => ({ shape: [...g!.shape, size], dtype: g!.dtype }),
    compute: ([g, ids], { dtype }, shape) => {
      const out = allocate(dtype, sizeOf(shape));
      const size = shape.at(-1)!;
      for (const [i, value] of g!.data.entries()) out[i * size + checkId("place", ids!.data[i]!, size)] = value;
      return out;
    },
    gradient: ({ inputs: [, ids] }, g) => [pick(g, ids!), null],
  },
  crossEntropy: {
    kind: "whole",
    shape: ([logits, targets]) => {
      const [l, t] = [logits!.shape, targets!.shape];
      if (l.length !== 2 || targets!.dtype !== "int" || !sameShape(l.slice(0, 1), t))
        wrong("crossEntropy", "logits [N, V] and int targets [N]", `${showShape(l)} and ${showShape(t)}`);
      return { shape: t, dtype: "float" };
    },
    compute: ([logits, targets], { attrs: { smoothing } }, shape) => {
      const out = new Float64Array(sizeOf(shape));
      eachRow(logits!, (row, i) => {
        const right = row[checkId("crossEntropy", targets!.data[i]!, row.length)]!;
        const average = row.reduce((sum, value) => sum + value, 0) / row.length;
        out[i] = logSumExp(row) - (1 - smoothing) * right - smoothing * average;
      });
      return out;
    },
    gradient: ({ inputs: [logits, targets], attrs }, g) => [
      make("crossEntropyGrad", [logits!, targets!, g], attrs),
      null,
    ],
  },
  crossEntropyGrad: {
    kind: "whole",
    shape: like,
    compute: ([logits, targets, g], { attrs: { smoothing } }) =>
      mapRows(logits!, (row, i) => {
        const target = checkId("crossEntropyGrad", targets!.data[i]!, row.length);
        const wanted = (j: number) => (1 - smoothing) * Number(j === target) + smoothing / row.length;
        return row.map((value, j) => (Math.exp(value - logSumExp(row)) - wanted(j)) * g!.data[i]!);
      }),
    // Only the second derivative needs this: h = (p - (1 - s) onehot - s / V) * w.
    gradient: ({ inputs: [logits, targets, w], attrs: { smoothing } }, g) => {
      const p = softmax(logits!);
      const weighted = mul(g, reshape(w!, [...w!.shape, 1]));
      const inner = sum(mul(weighted, p), { axes: -1, keepDims: true });
      const wanted = add(mul(pick(g, targets!), 1 - smoothing), mul(mean(g, { axes: -1 }), smoothing));
      const gw = sub(sum(mul(g, p), { axes: -1 }), wanted);
      return [mul(p, sub(weighted, inner)), null, gw];
    },
  },
};
export default rows;
const make = makerOf(rows);

/** Over the last axis. */
export const softmax = (x: Tensor): Tensor => make("softmax", [x], {});
/** Over the last axis. */
export const logSoftmax = (x: Tensor): Tensor => make("logSoftmax", [x], {});
/** The element of each row of x [..., V] that ids [...] name: [...]. */
export const pick = (x: Tensor, ids: Tensor): Tensor => make("pick", [x, ids], {});
/** g [...] at the places ids [...] of rows of `size` zeros: [..., size]. */
export const place = (g: Tensor, ids: Tensor, size: Dim): Tensor => make("place", [g, ids], { size });

/**
 * -log softmax(logits) at the target, nats. logits [.., V], int targets [..] -> [..]. The share `smoothing` of each target
 * is spread evenly over all V.
 */
export function crossEntropy(logits: Tensor, targets: Tensor, smoothing = 0): Tensor {
  const count = product(targets.shape);
  const operands = [reshape(logits, [count, logits.shape.at(-1)!]), reshape(targets, [count])];
  return reshape(make("crossEntropy", operands, { smoothing }), targets.shape);
}

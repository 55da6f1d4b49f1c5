// Pooling: from the outputs of all steps to one vector per row, ignoring padding.
import { fail } from "../base/index.ts";
import {
  add,
  broadcastTo,
  cast,
  concat,
  div,
  equal,
  less,
  linear,
  max,
  maximum,
  mul,
  range,
  reshape,
  slice,
  softmax,
  sub,
  sum,
  tanh,
  transpose,
} from "../tensor/ops.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { uniform } from "./init.ts";
import type { Block } from "./layer.ts";
import { type ParameterSpec, type Parameters, parameter } from "./parameters.ts";

/**
 * - `last`: the output at the last step; for a backward direction, at the first step, where it has read the whole row.
 * - `mean`, `max`: over the steps, unit by unit.
 * - `attention`: a weighted mean; the weights are softmax of v . tanh(W h<t> + b), learned (Yang et al., 2016).
 */
export type Pooling = "last" | "mean" | "max" | "attention";

export const poolings: readonly Pooling[] = ["last", "mean", "max", "attention"];

export interface PoolingBlock {
  readonly outputSize: number;
  readonly parameters: readonly ParameterSpec[];
  /** outputs [T, B, D], lengths int [B] -> pooled [B, D], and the weights [B, T] where the pooling has any. */
  apply(parameters: Parameters, outputs: Tensor, lengths: Tensor): { pooled: Tensor; weights?: Tensor };
}

/** Added to a step that is padding before a maximum or a softmax; far below any output, far above float's lowest. */
const never = -1e9;

/** Pools the outputs of `encoder`. `last` reads those of a backward direction at the first step. */
export function pooling(kind: Pooling, encoder: Pick<Block, "outputSize" | "backwardSize">): PoolingBlock {
  const inputSize = encoder.outputSize;
  if (!poolings.includes(kind)) fail({ where: "pooling", expected: poolings.join(", "), received: String(kind) });
  const weight = { shape: [inputSize, inputSize], init: uniform(1 / Math.sqrt(inputSize)) };
  const parameters: ParameterSpec[] =
    kind === "attention"
      ? [
          { name: "weight", ...weight },
          { name: "bias", shape: [inputSize], init: weight.init },
          { name: "context", shape: [1, inputSize], init: weight.init },
        ]
      : [];
  const forward = inputSize - encoder.backwardSize;
  return {
    outputSize: inputSize,
    parameters,
    apply(all, outputs, lengths) {
      const [T, B, D] = outputs.shape as [Tensor["shape"][number], Tensor["shape"][number], number];
      const steps = reshape(range(T), [T, 1]);
      const rows = reshape(lengths, [1, B]);
      const inside = cast(less(steps, rows), "float"); // [T, B]
      const along = (weights: Tensor) => sum(mul(outputs, reshape(weights, [T, B, 1])), { axes: 0 }); // [B, D]
      if (kind === "last") {
        const atEnd = along(cast(equal(add(steps, 1), rows), "float"));
        if (forward === D) return { pooled: atEnd };
        const atStart = along(broadcastTo(cast(equal(steps, 0), "float"), [T, B]));
        return { pooled: concat([slice(atEnd, 1, 0, forward), slice(atStart, 1, forward, D)]) };
      }
      if (kind === "mean") {
        const counts = maximum(cast(lengths, "float"), 1);
        return { pooled: mul(along(inside), reshape(div(1, counts), [B, 1])) };
      }
      const outside = mul(sub(1, inside), never); // [T, B]: 0 inside
      if (kind === "max") return { pooled: max(add(outputs, reshape(outside, [T, B, 1])), { axes: 0 }) };
      const hidden = tanh(linear(outputs, parameter(all, "weight"), parameter(all, "bias")));
      const scores = reshape(linear(hidden, parameter(all, "context")), [T, B]);
      const weights = softmax(transpose(add(scores, outside))); // [B, T]
      return { pooled: along(transpose(weights)), weights };
    },
  };
}

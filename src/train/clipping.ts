// Clipping by global norm and the guard against NaN and infinity, as tensors; and the error where a step was not finite.
import { checkNumber, fail } from "../base/index.ts";
import { abs, add, constant, div, less, minimum, mul, sqrt, sum, type Tensor } from "../tensor/index.ts";
import type { ParameterLayout, ParameterSlot } from "../tensor/parameters.ts";
import { view } from "../tensor/parameters.ts";

/** The norm of gradients as one vector, []. */
export function globalNorm(gradients: readonly Tensor[]): Tensor {
  const squares = gradients.map((gradient) => sum(mul(gradient, gradient)));
  return sqrt(squares.length === 0 ? constant(0) : squares.reduce((a, b) => add(a, b)));
}

/** The factor that clips gradients of this norm: `min(1, maxNorm / (norm + 1e-6))`, as PyTorch (Pascanu et al., 2013). */
export function clipFactor(norm: Tensor, maxNorm: number): Tensor {
  if (maxNorm === Infinity) return constant(1);
  checkNumber("clipNorm", maxNorm, { above: 0 });
  return minimum(1, div(maxNorm, add(norm, 1e-6)));
}

/** Whether all of these numbers are finite: NaN compares as false, and infinity is not less than itself. */
export const allFinite = (numbers: readonly Tensor[]): Tensor =>
  less(
    numbers.map(abs).reduce((a, b) => add(a, b)),
    Infinity,
  );

/** The first parameter whose values in a flat buffer are not all finite, or `undefined`. */
export function findNonFinite(flat: Float32Array, layout: ParameterLayout): ParameterSlot | undefined {
  return layout.slots.find((slot) => !view(flat, slot).every(Number.isFinite));
}

/** Throws the error of a step that was not finite. Nothing was updated. */
export function failNonFinite(at: {
  step: number;
  loss: number;
  norm: number;
  /** The first parameter whose gradient is not finite. */
  parameter: string | undefined;
  learningRate: number;
  /** Gradient norm of the step before, if there was one. */
  previousNorm?: number;
  clipNorm?: number;
}): never {
  const { step, loss, norm, parameter, learningRate, previousNorm, clipNorm } = at;
  const what = !Number.isFinite(loss)
    ? `loss became ${loss}`
    : `the gradient of ${parameter ?? "a parameter"} became ${Number.isNaN(norm) ? "NaN" : "infinite"}`;
  const before =
    previousNorm === undefined ? "" : ` (gradient norm at step ${step - 1}: ${previousNorm.toExponential(1)})`;
  const named = parameter && !Number.isFinite(loss) ? `; first bad gradient: ${parameter}` : "";
  return fail({
    where: "train",
    problem: `${what} at step ${step}${before}${named}`,
    hint: `${clipNorm === undefined ? "set clipNorm, or " : ""}lower learningRate (now ${Number(learningRate.toPrecision(3))})`,
    code: "numeric",
  });
}

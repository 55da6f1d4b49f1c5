// Clipping by global norm, and the guard against NaN and infinity that shares its one pass over the gradients.
import { checkNumber, fail } from "../base/index.ts";
import { type ParameterLayout, type ParameterSlot, view } from "../tensor/parameters.ts";
import { scaleInPlace, sumSquares } from "./kernel/memory.ts";

/**
 * The norm of a flat gradient buffer as one vector. Summed in float64, where squares of float32 neither overflow nor
 * vanish: the norm is finite exactly if every gradient is.
 */
export function globalNorm(gradients: Float32Array): number {
  return Math.sqrt(sumSquares(gradients));
}

/** The factor that clips a gradient of this norm: `min(1, maxNorm / (norm + 1e-6))`, as PyTorch. */
export function clipFactor(norm: number, maxNorm: number): number {
  if (maxNorm === Infinity) return 1;
  checkNumber("clipNorm", maxNorm, { above: 0 });
  return Math.min(1, maxNorm / (norm + 1e-6));
}

/**
 * Scales gradients in place so that their global norm is at most `maxNorm` (Pascanu et al., 2013) and returns the norm
 * before. A norm that is not finite is returned and the gradients left as they are. (`clipFactor` handed to an
 * optimizer's `gradientScale` gives the same bits without the second pass.)
 */
export function clipByGlobalNorm(gradients: Float32Array, maxNorm: number): number {
  const norm = globalNorm(gradients);
  const factor = clipFactor(norm, maxNorm);
  if (factor < 1 && Number.isFinite(norm)) scaleInPlace(gradients, factor);
  return norm;
}

/** The first parameter whose values in a flat buffer are not all finite, or `undefined`. */
export function findNonFinite(flat: Float32Array, layout: ParameterLayout): ParameterSlot | undefined {
  return layout.slots.find((slot) => !Number.isFinite(sumSquares(view(flat, slot))));
}

/**
 * Throws if the loss or the gradient norm of a step is not finite, naming the step, the first such parameter and the
 * norm of the step before; to be called before the parameters are updated, so that nothing broken is kept.
 */
export function checkFinite(at: {
  step: number;
  loss: number;
  norm: number;
  gradients: Float32Array;
  layout: ParameterLayout;
  learningRate: number;
  /** Gradient norm of the step before, if there was one. */
  previousNorm?: number;
  clipNorm?: number;
}): void {
  const { step, loss, norm, gradients, layout, learningRate, previousNorm, clipNorm } = at;
  if (Number.isFinite(loss) && Number.isFinite(norm)) return;
  const slot = Number.isFinite(norm) ? undefined : findNonFinite(gradients, layout);
  const what = !Number.isFinite(loss)
    ? `loss became ${loss}`
    : `the gradient of ${slot?.name ?? "a parameter"} became ${Number.isNaN(norm) ? "NaN" : "infinite"}`;
  const before =
    previousNorm === undefined ? "" : ` (gradient norm at step ${step - 1}: ${previousNorm.toExponential(1)})`;
  const named = slot && !Number.isFinite(loss) ? `; first bad gradient: ${slot.name}` : "";
  fail({
    where: "train",
    problem: `${what} at step ${step}${before}${named}`,
    hint: `${clipNorm === undefined ? "set clipNorm, or " : ""}lower learningRate (now ${Number(learningRate.toPrecision(3))})`,
    code: "numeric",
  });
}

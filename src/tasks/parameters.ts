// Parameters by name, in files of a model.
import { fail } from "../base/index.ts";
import { type SafeInput, type SafeTensor, toFloat32 } from "../interop/index.ts";
import { type ParameterLayout, showShape, view } from "../tensor/index.ts";
import { findNonFinite } from "../train/index.ts";
import type { Weights } from "./model.ts";

/** Each parameter of a flat buffer as a named tensor: views of the buffer. */
export const namedTensors = (flat: Float32Array, { slots }: ParameterLayout): Record<string, SafeInput> =>
  Object.fromEntries(slots.map((slot) => [slot.name, { shape: slot.shape, data: view(flat, slot) }]));

/** Copies tensors to their places in a flat buffer. @throws UnrolledError at a missing tensor or another shape */
export function fillParameters(
  where: string,
  flat: Float32Array,
  layout: ParameterLayout,
  tensors: ReadonlyMap<string, SafeTensor>,
  prefix = "",
): void {
  for (const slot of layout.slots) {
    const name = prefix + slot.name;
    const found =
      tensors.get(name) ?? fail({ where, problem: `missing tensor "${name}" ${showShape(slot.shape)}`, code: "file" });
    const [expected, received] = [showShape(slot.shape), `${found.dtype} ${showShape(found.shape)}`];
    if (showShape(found.shape) !== expected || !["F32", "F16", "BF16"].includes(found.dtype))
      fail({ where, expected: `"${name}" as F32 ${expected}`, received, code: "file" });
    view(flat, slot).set(toFloat32(found));
  }
}

/** @throws UnrolledError with code "numeric" at the first parameter that is NaN or infinite */
export function checkWeights(where: string, { parameters, layout, frozen, frozenLayout }: Weights): void {
  const broken = findNonFinite(parameters, layout) ?? findNonFinite(frozen, frozenLayout);
  if (!broken) return;
  const hint = "the run that wrote it diverged: train again with a lower learningRate";
  fail({ where, problem: `"${broken.name}" holds NaN or infinity`, hint, code: "numeric" });
}

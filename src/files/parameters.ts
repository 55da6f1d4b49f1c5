// Parameters by name, in files of a model.
import { fail } from "../base/index.ts";
import { type SafeInput, type SafeTensor, toFloat32 } from "../interop/index.ts";
import type { Weights } from "../networks/model.ts";
import { type ParameterLayout, type ParameterSlot, showShape, view } from "../tensor/index.ts";
import { findNonFinite } from "../train/index.ts";

/** Each parameter of a flat buffer as a named tensor: views of the buffer. */
export const namedTensors = (flat: Float32Array, { slots }: ParameterLayout): Record<string, SafeInput> =>
  Object.fromEntries(slots.map((slot) => [slot.name, { shape: slot.shape, data: view(flat, slot) }]));

type Tensors = ReadonlyMap<string, SafeTensor>;

/** The tensor of a parameter. @throws UnrolledError where it is missing or of another shape */
function tensorOf(where: string, { name: own, shape }: ParameterSlot, tensors: Tensors, prefix = ""): SafeTensor {
  const name = prefix + own;
  const found =
    tensors.get(name) ?? fail({ where, problem: `missing tensor "${name}" ${showShape(shape)}`, code: "file" });
  const [expected, received] = [showShape(shape), `${found.dtype} ${showShape(found.shape)}`];
  if (showShape(found.shape) !== expected || !["F32", "F16", "BF16"].includes(found.dtype))
    fail({ where, expected: `"${name}" as F32 ${expected}`, received, code: "file" });
  return found;
}

/** Copies tensors to their places in a flat buffer. @throws UnrolledError at a missing tensor or another shape */
export function fillParameters(
  where: string,
  flat: Float32Array,
  layout: ParameterLayout,
  tensors: Tensors,
  prefix?: string,
): void {
  for (const slot of layout.slots) view(flat, slot).set(toFloat32(tensorOf(where, slot, tensors, prefix)));
}

/**
 * Makes the parameters of a model from the tensors of a file, which are views of `bytes`. Where the bytes may be written to,
 * the tensors are moved to their places inside them: memory that is new to the process costs more than the move.
 */
export function takeParameters(
  where: string,
  model: Weights,
  tensors: Tensors,
  { buffer, byteLength }: Uint8Array,
  owned: boolean,
): void {
  const { layout, frozenLayout } = model;
  const found = [layout, frozenLayout].flatMap(({ slots }) =>
    slots.map((slot) => ({ slot, frozen: slots === frozenLayout.slots, data: tensorOf(where, slot, tensors).data })),
  );
  const begin = Math.ceil(layout.length / 16) * 16; // of the frozen ones
  const inPlace =
    owned &&
    byteLength === buffer.byteLength &&
    4 * (begin + frozenLayout.length) <= byteLength &&
    found.every(({ data }) => data instanceof Float32Array && data.buffer === buffer);
  if (!inPlace) {
    fillParameters(where, model.parameters, layout, tensors);
    fillParameters(where, model.frozen, frozenLayout, tensors);
    return;
  }
  const whole = new Float32Array(buffer, 0, Math.floor(byteLength / 4));
  const flat = whole.subarray(0, begin + frozenLayout.length);
  const moves = found.map(({ slot, frozen, data }) => ({ to: slot.offset + (frozen ? begin : 0), data }));
  moves.sort((a, b) => b.data.length - a.data.length);
  const [largest, ...others] = moves;
  if (!largest) return;
  const kept = others.map(({ to, data }) => ({ to, data: (data as Float32Array).slice() }));
  const from = largest.data.byteOffset / 4;
  const end = largest.to + largest.data.length;
  whole.copyWithin(largest.to, from, from + largest.data.length);
  flat.fill(0, 0, largest.to).fill(0, end); // the gaps are zeros
  for (const { to, data } of kept) flat.set(data, to);
  Object.assign(model, { parameters: flat.subarray(0, layout.length), frozen: flat.subarray(begin) });
}

/** Whether no exponent is all ones, as those of NaN and infinity are. */
function allFinite(flat: Float32Array): boolean {
  const words = new Int32Array(flat.buffer, flat.byteOffset, flat.length);
  for (let i = 0; i < words.length; i++) if ((words[i]! & 0x7f800000) === 0x7f800000) return false;
  return true;
}

/** @throws UnrolledError with code "numeric" at the first parameter that is NaN or infinite */
export function checkWeights(where: string, { parameters, layout, frozen, frozenLayout }: Weights): void {
  const broken =
    (allFinite(parameters) ? undefined : findNonFinite(parameters, layout)) ??
    (allFinite(frozen) ? undefined : findNonFinite(frozen, frozenLayout));
  if (!broken) return;
  const hint = "the run that wrote it diverged: train again with a lower learning rate (--lr on the command line)";
  fail({ where, problem: `"${broken.name}" holds NaN or infinity`, hint, code: "numeric" });
}

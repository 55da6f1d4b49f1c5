// Smaller weight files: half precision, or a byte for each number with a factor for each row.
import type { SafeInput } from "../interop/index.ts";
import type { Weights } from "../tasks/index.ts";
import { type ParameterLayout, view } from "../tensor/index.ts";

/** How numbers are stored: 4, 2 or 1 bytes each. The module computes in float32 in any case. */
export type WeightFormat = "f32" | "f16" | "int8";

/** All weights of a model as tensors of a safetensors file. Vectors (biases) stay float32 under `int8`. */
export function weightTensors(model: Weights, format: WeightFormat): Map<string, SafeInput> {
  const tensors = new Map<string, SafeInput>();
  for (const [flat, { slots }] of [
    [model.parameters, model.layout],
    [model.frozen, model.frozenLayout],
  ] as const)
    for (const slot of slots) {
      const data = view(flat, slot);
      const { name, shape } = slot;
      if (format === "f16") tensors.set(name, { dtype: "F16", shape, data: Uint16Array.from(data, toHalf) });
      else if (format === "int8" && shape.length > 1) {
        const { bytes, scales } = toBytes(data, shape[0]!);
        tensors.set(name, { shape, data: bytes });
        tensors.set(`${name}.scale`, { shape: [shape[0]!], data: scales });
      } else tensors.set(name, { shape, data });
    }
  return tensors;
}

/** The model as its module computes it: with the weights that the file gives back. */
export function withStored<M extends Weights>(model: M, format: WeightFormat): M {
  const stored = (flat: Float32Array, { slots }: ParameterLayout) => {
    const out = flat.slice();
    for (const slot of slots) {
      const values = view(out, slot);
      if (format === "f16") values.set(values.map((x) => fromHalf(toHalf(x))));
      else if (format === "int8" && slot.shape.length > 1) {
        const { bytes, scales } = toBytes(values, slot.shape[0]!);
        const width = values.length / scales.length;
        bytes.forEach((byte, i) => {
          values[i] = byte * scales[Math.floor(i / width)]!;
        });
      }
    }
    return out;
  };
  return {
    ...model,
    parameters: stored(model.parameters, model.layout),
    frozen: stored(model.frozen, model.frozenLayout),
  };
}

/** Symmetric: the largest number of a row becomes 127. */
function toBytes(values: Float32Array, rows: number): { bytes: Int8Array; scales: Float32Array } {
  const width = values.length / rows;
  const bytes = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const part = values.subarray(row * width, (row + 1) * width);
    const scale = Math.fround(part.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127);
    scales[row] = scale;
    if (scale > 0)
      bytes.set(
        Int8Array.from(part, (x) => Math.round(x / scale)),
        row * width,
      );
  }
  return { bytes, scales };
}

/** The nearest IEEE 754 binary16, ties to even; beyond 65,504, infinity would be nearest: 65,504 is taken instead. */
export function toHalf(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const size = Math.min(Math.abs(x), 65504);
  if (!(size > 0)) return sign;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const units = size / 2 ** (exponent - 10); // 1024 to 2048, less below 2^-14
  const rounded = Math.round(units) - (units % 1 === 0.5 && Math.round(units) % 2 === 1 ? 1 : 0);
  return sign + (exponent + 14) * 1024 + rounded; // a carry into the exponent is what it should be
}

function fromHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  const size = exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
}

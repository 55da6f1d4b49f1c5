// The weight file: safetensors with F32, F16 or I8 tensors. The I8 rows of NAME are multiplied by the numbers in NAME.scale.
import type { ByteRows, Memory } from "./memory.ts";
import { sizeOf, type View, viewAt } from "./views.ts";

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

/** Text from UTF-8. Hermes (React Native) has no TextDecoder. */
const textOf = (bytes: Uint8Array): string =>
  decodeURIComponent(Array.from(bytes, (byte) => `%${byte < 16 ? 0 : ""}${byte.toString(16)}`).join(""));

/**
 * Puts all tensors into memory as float32.
 *
 * @param model what the file must say it belongs to
 * @throws Error where the file is cut off, is something else, or belongs to another model
 */
export function readWeights(bytes: Uint8Array, memory: Memory, model: string): Map<string, View> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes.length < 8 ? 0 : 8 + view.getUint32(0, true);
  let header: Header;
  let owner: string | undefined;
  try {
    const { __metadata__: metadata, ...tensors } = JSON.parse(textOf(bytes.subarray(8, start)));
    owner = metadata?.model as string | undefined;
    header = tensors;
  } catch {
    throw new Error(`load: expected a weight file (safetensors), got ${bytes.length} other bytes`);
  }
  if (owner !== model) throw new Error(`load: expected the weights of model ${model}, got those of ${owner}`);
  const end = Object.values(header).reduce((last, { data_offsets }) => Math.max(last, data_offsets[1]), 0);
  if (start + end !== bytes.length)
    throw new Error(`load: expected ${start + end} bytes of weights, got ${bytes.length}`);
  const found = new Map<string, View>();
  for (const [name, { dtype, shape }] of Object.entries(header)) {
    if (dtype !== "I8" && name.endsWith(".scale") && header[name.slice(0, -6)]?.dtype === "I8") continue;
    const place = viewAt(memory.reserve(sizeOf(shape)), shape);
    const f = memory.floats().subarray(place.at, place.at + place.size);
    const data = at(name);
    if (dtype === "F32") new Uint8Array(f.buffer, f.byteOffset, f.byteLength).set(data);
    else if (dtype === "F16") widen(data, f);
    else {
      const factors = new Float32Array(at(`${name}.scale`).slice().buffer);
      const signed = new Int8Array(data.buffer, data.byteOffset, data.length);
      const width = place.size / factors.length;
      for (let i = 0; i < place.size; i++) f[i] = signed[i]! * factors[Math.floor(i / width)]!;
      if (memory.kernels.byteProducts) memory.byteRows.set(place.at, byteRows(memory, signed, factors));
    }
    found.set(name, place);
  }
  return found;

  function at(name: string): Uint8Array {
    const [from, to] = header[name]!.data_offsets;
    return bytes.subarray(start + from, start + to);
  }
}

function byteRows(memory: Memory, signed: Int8Array, factors: Float32Array): ByteRows {
  const rows = factors.length;
  const width = signed.length / rows;
  const step = (width + 7) & ~7;
  const bytes = memory.reserve(((rows + 3) * step) / 4);
  const scales = memory.reserve(rows);
  const f = memory.floats();
  const out = new Int8Array(f.buffer, 4 * bytes);
  for (let row = 0; row < rows; row++) out.set(signed.subarray(row * width, (row + 1) * width), row * step);
  f.set(factors, scales);
  return { bytes, scales, width };
}

/** Half-precision bits -> numbers, through a table of the 2^15 that are not negative. */
function widen(bytes: Uint8Array, out: Float32Array): void {
  const table = new Float32Array(32768);
  for (let bits = 0; bits < 32768; bits++) {
    const exponent = bits >> 10;
    const fraction = (bits & 1023) / 1024;
    table[bits] =
      exponent === 31
        ? fraction
          ? NaN
          : Infinity
        : exponent
          ? (1 + fraction) * 2 ** (exponent - 15)
          : fraction * 2 ** -14;
  }
  for (let i = 0; i < out.length; i++) {
    const bits = bytes[2 * i]! | (bytes[2 * i + 1]! << 8);
    out[i] = bits & 32768 ? -table[bits & 32767]! : table[bits]!;
  }
}

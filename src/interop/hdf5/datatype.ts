// Datatypes of HDF5, as far as weights and their names use them.
import { copyBytes, fail } from "../../base/index.ts";
import type { ByteCursor } from "../binary/byte-cursor.ts";
import { toFloat32 } from "../safetensors.ts";

export interface Datatype {
  /** Texts have a fixed size, or lie in a heap; `other` is not read. */
  readonly kind: "number" | "text" | "heap text" | "other";
  /** Bytes of an element. */
  readonly size: number;
  readonly class: "integer" | "float";
  readonly signed: boolean;
  readonly bigEndian: boolean;
}

export function readDatatype(cursor: ByteCursor, at: number): Datatype {
  cursor.offset = at;
  const kind = cursor.uint8() & 15;
  const flags = cursor.uint8();
  cursor.take(2);
  const size = cursor.uint32();
  const isNumber = kind === 0 || kind === 1;
  return {
    kind: isNumber ? "number" : kind === 3 ? "text" : kind === 9 && (flags & 15) === 1 ? "heap text" : "other",
    size,
    class: kind === 1 ? "float" : "integer",
    signed: kind === 1 || (flags & 8) !== 0,
    bigEndian: (flags & 1) !== 0,
  };
}

/** Elements as 32-bit floats. */
export function toFloats(bytes: Uint8Array, type: Datatype, count: number, where: string): Float32Array {
  const { size, bigEndian, class: kind, signed } = type;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const each = (read: (at: number) => number) => Float32Array.from({ length: count }, (_, i) => read(i * size));
  if (kind === "float" && size === 4) {
    if (!bigEndian) return new Float32Array(copyBytes(bytes).buffer, 0, count);
    return each((at) => view.getFloat32(at, !bigEndian));
  }
  if (kind === "float" && size === 8) return each((at) => view.getFloat64(at, !bigEndian));
  if (kind === "float" && size === 2) {
    const halves = Uint16Array.from({ length: count }, (_, i) => view.getUint16(i * 2, !bigEndian));
    return toFloat32({ dtype: "F16", shape: [count], data: halves });
  }
  const name = `get${signed ? "Int" : "Uint"}${8 * size}` as "getInt8" | "getInt16" | "getInt32" | "getUint32";
  if (kind === "integer" && [1, 2, 4].includes(size)) return each((at) => view[name](at, !bigEndian));
  if (kind === "integer" && size === 8) return each((at) => Number(view.getBigInt64(at, !bigEndian)));
  return fail({ where, expected: "numbers of 8 to 64 bits", received: `${8 * size} bits`, code: "file" });
}

// A tensor's numbers out of its storage: row-major, whatever its strides were.
import { fail } from "../../base/index.ts";
import type { SafeData, SafeDtype } from "../safetensors.ts";

type ArrayType = { new (buffer: ArrayBuffer): SafeData; readonly BYTES_PER_ELEMENT: number };
/** By the size of an element: only whole elements are moved, so a dtype of the same size serves. */
const arrays: Readonly<Record<SafeDtype, ArrayType>> = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  U16: Uint16Array,
  I16: Int16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  U32: Uint32Array,
  I32: Int32Array,
  F32: Float32Array,
  U64: BigUint64Array,
  I64: BigInt64Array,
  F64: Float64Array,
};

export interface StridedView {
  /** In elements, as PyTorch counts. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** @throws UnrolledError with code "file" where the view reaches past the storage */
export function copyStrided(
  bytes: Uint8Array,
  dtype: SafeDtype,
  { offset, shape, stride }: StridedView,
  where: string,
): SafeData {
  const type = arrays[dtype];
  const size = type.BYTES_PER_ELEMENT;
  const count = shape.reduce((a, b) => a * b, 1);
  const last = count === 0 ? -1 : shape.reduce((at, length, axis) => at + (length - 1) * (stride[axis] ?? 0), offset);
  if (shape.length !== stride.length || (last + 1) * size > bytes.length)
    fail({
      where,
      expected: `a storage of ${last + 1} elements for a tensor of shape [${shape}]`,
      received: `${Math.floor(bytes.length / size)}`,
      hint: "the file is truncated or damaged",
      code: "file",
    });
  const out = new Uint8Array(count * size);
  if (isContiguous(shape, stride)) out.set(bytes.subarray(offset * size, (offset + count) * size));
  else {
    const index = new Array<number>(shape.length).fill(0);
    for (let i = 0, at = offset; i < count; i++) {
      for (let b = 0; b < size; b++) out[i * size + b] = bytes[at * size + b]!;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        at += stride[axis]!;
        if (++index[axis]! < shape[axis]!) break;
        at -= index[axis]! * stride[axis]!;
        index[axis] = 0;
      }
    }
  }
  return new type(out.buffer);
}

/** Whether elements lie one after another. The stride of an axis of length 1 does not matter. */
function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let inner = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== inner) return false;
    inner *= shape[axis]!;
  }
  return true;
}

/** Elements with their bytes in the other order. */
export function swapBytes(bytes: Uint8Array, dtype: SafeDtype): Uint8Array {
  const size = arrays[dtype].BYTES_PER_ELEMENT;
  const out = bytes.slice();
  for (let i = 0; i + size <= out.length; i += size) out.subarray(i, i + size).reverse();
  return out;
}

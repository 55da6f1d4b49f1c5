// A tensor's numbers out of its storage: row-major, whatever its strides were.
import { copyBytes, fail } from "../../base/index.ts";
import { bytesOf, type SafeData, type SafeDtype, viewOf } from "../safetensors.ts";

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
  const size = bytesOf[dtype];
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
  return new viewOf[dtype](out.buffer, 0, count);
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
  const size = bytesOf[dtype];
  const out = copyBytes(bytes);
  for (let i = 0; i + size <= out.length; i += size) out.subarray(i, i + size).reverse();
  return out;
}

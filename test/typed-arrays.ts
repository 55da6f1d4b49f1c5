// `toEqual` compares typed arrays as bytes first: number by number it takes longer than what is tested.
import { expect } from "vitest";

const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);

/** True where the bytes are the same; what differs is left to vitest, which shows where. */
function sameBytes(a: unknown, b: unknown): boolean | undefined {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined;
  return Buffer.compare(bytes(a), bytes(b)) === 0 || undefined;
}

// The files that a worker runs share one `expect`.
const shared = globalThis as { typedArrays?: boolean };
if (!shared.typedArrays) expect.addEqualityTesters([sameBytes]);
shared.typedArrays = true;

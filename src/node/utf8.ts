// Finds the first byte that is not UTF-8; TextDecoder only reports that there is one.
import { isUtf8 } from "node:buffer";

/**
 * The position of the first byte that is not UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF), or
 * -1. A sequence that is cut off at the end is a fault at its first byte.
 */
export function utf8Fault(bytes: Uint8Array): number {
  const n = bytes.length;
  let i = 0;
  while (i < n) {
    const first = bytes[i]!;
    if (first < 0x80) {
      i++;
      continue;
    }
    const more = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3; // bytes that follow
    if (more === 0 || i + more >= n) return i;
    const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    const second = bytes[i + 1]!;
    if (second < low || second > high) return i;
    for (let k = 2; k <= more; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return i;
    i += more + 1;
  }
  return -1;
}

/** Checks bytes that come in chunks, cut anywhere. */
export function utf8Check() {
  let tail: Uint8Array = new Uint8Array(0); // the beginning of a character that the next chunk completes
  let before = 0; // bytes before the tail
  let fault = -1;
  return {
    add(chunk: Uint8Array): void {
      if (fault >= 0) return;
      const bytes = tail.length > 0 ? Buffer.concat([tail, chunk]) : chunk;
      const cut = bytes.length - unfinished(bytes);
      if (!isUtf8(bytes.subarray(0, cut))) fault = before + utf8Fault(bytes.subarray(0, cut));
      tail = bytes.slice(cut);
      before += cut;
    },
    /** The position of the first fault, at the end of all chunks; -1 if none. */
    position: (): number => (fault >= 0 ? fault : tail.length > 0 ? before : -1),
  };
}

/** Bytes of a character at the end that may go on: 0 to 3. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte < 0xc2 || byte > 0xf4 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? back : 0;
  }
  return 0;
}

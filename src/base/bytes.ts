/**
 * Bytes `from` to `to` as a copy with a buffer of its own, and so aligned for numbers of any size. A `Buffer` of Node, which
 * `readFile` gives, has a `slice` that copies nothing.
 */
export const copyBytes = (bytes: Uint8Array, from = 0, to = bytes.length): Uint8Array<ArrayBuffer> =>
  new Uint8Array(bytes.subarray(from, to));

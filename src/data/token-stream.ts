// Token ids that need not be in memory: an array is one kind, shards on disk another (src/node/tokens). Who reads them asks
// for a stretch at a time, and gets the same ids from either.

/** Ids of tokens in memory. */
export type Ids = Int32Array | Uint16Array | Uint8Array;

/** Ids by their place, from 0; read when they are needed. */
export interface TokenStream {
  readonly length: number;
  /** The ids in [from, to), which must lie within the stream. They are valid until the next call. */
  read(from: number, to: number): ArrayLike<number>;
  /** A part of the stream; nothing is read. */
  subarray(from: number, to: number): TokenStream;
}

/** Whether this is a stream rather than an array. */
export const isTokenStream = (data: unknown): data is TokenStream =>
  typeof data === "object" && data !== null && "read" in data && "subarray" in data && !ArrayBuffer.isView(data);

/** Ids of any kind as a stream. */
export function tokenStream(ids: ArrayLike<number> | TokenStream): TokenStream {
  if (isTokenStream(ids)) return ids;
  const held: Ids = ArrayBuffer.isView(ids) ? (ids as Ids) : Int32Array.from(ids);
  return {
    length: held.length,
    read: (from, to) => held.subarray(from, to),
    subarray: (from, to) => tokenStream(held.subarray(from, to)),
  };
}

/** Goes through a stream from its beginning to its end. A block is valid until the next one is asked for. */
export function* tokenBlocks(stream: TokenStream, size = 1 << 16): Generator<ArrayLike<number>> {
  for (let from = 0; from < stream.length; from += size) yield stream.read(from, Math.min(stream.length, from + size));
}

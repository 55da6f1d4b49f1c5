// Reads little-endian numbers and runs of bytes from a stream of chunks, and knows at which byte it stands.

import { fail } from "../../base/errors.ts";

export type ByteChunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface ByteReader {
  /** Bytes read so far. */
  position(): number;
  /** True at the end of the stream. */
  ended(): Promise<boolean>;
  /** Looks at the next byte without taking it; -1 at the end. */
  peek(): Promise<number>;
  /** Takes exactly `count` bytes (a view that the next call may overwrite); fails as truncated. */
  take(count: number, what: string): Promise<Uint8Array>;
  /** Fills `out`; fails as truncated. */
  fill(out: Uint8Array, what: string): Promise<void>;
  /** Takes bytes up to and without the first of two stop bytes, which is taken too; fails past `most` bytes. */
  until(stop: number, most: number, what: string, otherStop?: number): Promise<Uint8Array>;
  uint8(what: string): Promise<number>;
  int32(what: string): Promise<number>;
  /** An int64 that must be a safe integer. */
  int64(what: string): Promise<number>;
  float64(what: string): Promise<number>;
}

export function byteReader(chunks: ByteChunks, where: string): ByteReader {
  const iterator =
    Symbol.asyncIterator in chunks
      ? chunks[Symbol.asyncIterator]()
      : (chunks as Iterable<Uint8Array>)[Symbol.iterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  let at = 0;
  let before = 0; // bytes in chunks that are gone
  let done = false;

  async function more(): Promise<boolean> {
    while (!done && at >= chunk.length) {
      before += chunk.length;
      at = 0;
      const next = await iterator.next();
      done = next.done === true;
      chunk = done ? new Uint8Array(0) : next.value;
    }
    return !done;
  }
  const position = () => before + at;
  function truncated(what: string, wanted: number, got: number): never {
    return fail({
      where: `${where} (byte ${position()})`,
      expected: `${wanted} bytes for ${what}`,
      received: `the end of the file after ${got}`,
      hint: "the file is cut short; download or write it again",
      code: "file",
    });
  }
  async function fill(out: Uint8Array, what: string) {
    let filled = 0;
    while (filled < out.length) {
      if (at >= chunk.length && !(await more())) truncated(what, out.length, filled);
      const part = Math.min(out.length - filled, chunk.length - at);
      out.set(chunk.subarray(at, at + part), filled);
      filled += part;
      at += part;
    }
  }
  async function take(count: number, what: string) {
    if (chunk.length - at >= count) {
      at += count;
      return chunk.subarray(at - count, at);
    }
    const out = new Uint8Array(count);
    await fill(out, what);
    return out;
  }
  const view = async (count: number, what: string) => {
    const bytes = await take(count, what);
    return new DataView(bytes.buffer, bytes.byteOffset, count);
  };
  return {
    position,
    ended: async () => !(await more()),
    peek: async () => ((await more()) ? chunk[at]! : -1),
    take,
    fill,
    async until(stop, most, what, otherStop = stop) {
      const start = position();
      let held: Uint8Array | undefined;
      for (;;) {
        if (!(await more())) truncated(what, (held?.length ?? 0) + 1, held?.length ?? 0);
        let end = at;
        while (end < chunk.length && chunk[end] !== stop && chunk[end] !== otherStop) end++;
        const piece = chunk.subarray(at, end);
        const found = end < chunk.length;
        at = found ? end + 1 : end;
        if (held) {
          const joined: Uint8Array = new Uint8Array(held.length + piece.length);
          joined.set(held);
          joined.set(piece, held.length);
          held = joined;
        } else held = found ? piece : piece.slice();
        if (held.length > most) {
          fail({
            where: `${where} (byte ${start})`,
            expected: `${what} of at most ${most} bytes`,
            received: `${held.length} or more`,
            hint: "the file is of another format, or its header names another size than its rows have",
            code: "file",
          });
        }
        if (found) return held;
      }
    },
    uint8: async (what) => (await view(1, what)).getUint8(0),
    int32: async (what) => (await view(4, what)).getInt32(0, true),
    async int64(what) {
      const value = Number((await view(8, what)).getBigInt64(0, true));
      if (!Number.isSafeInteger(value)) {
        fail({ where: `${where} (byte ${position()})`, expected: what, received: String(value), code: "file" });
      }
      return value;
    },
    float64: async (what) => (await view(8, what)).getFloat64(0, true),
  } satisfies ByteReader;
}

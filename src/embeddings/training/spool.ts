// Stores a corpus after it was read: a stream of word ids, -1 at the end of each line. In memory here; on disk in Node, so
// that memory does not grow with the corpus.

export interface Spool {
  /** Number of ids. */
  readonly length: number;
  /** Appends a copy of the ids. */
  append(ids: Int32Array): void;
  /** Copies ids from position `at` to `out`; returns how many there were. */
  read(at: number, out: Int32Array): number;
  /** Frees the storage. */
  close(): void;
}

export function memorySpool(): Spool {
  const piece = 1 << 18;
  let pieces: Int32Array[] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(ids) {
      for (let from = 0; from < ids.length; ) {
        const offset = length % piece;
        if (offset === 0) pieces.push(new Int32Array(piece));
        const part = ids.subarray(from, Math.min(ids.length, from + piece - offset));
        pieces.at(-1)!.set(part, offset);
        from += part.length;
        length += part.length;
      }
    },
    read(at, out) {
      const count = Math.max(0, Math.min(out.length, length - at));
      for (let done = 0; done < count; ) {
        const p = at + done;
        const part = pieces[Math.floor(p / piece)]!.subarray(p % piece, (p % piece) + count - done);
        out.set(part, done);
        done += part.length;
      }
      return count;
    },
    close() {
      pieces = [];
      length = 0;
    },
  };
}

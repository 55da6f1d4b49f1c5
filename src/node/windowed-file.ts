// A file that is read in windows of 64 KiB, the last used of which stay in memory: rows near one another cost one read.
import { closeSync, fstatSync, readSync } from "node:fs";
import { fail } from "../base/index.ts";

export interface WindowedFile {
  /** The name, for messages. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes [from, to). They are valid until the next call. */
  read(from: number, to: number): Buffer;
  close(): void;
}

export interface WindowOptions {
  /** Bytes of a window. 64 KiB by default. */
  window?: number;
  /** Most bytes of windows in memory. 8 MiB by default: beyond a few windows it is the system that keeps files in memory. */
  memory?: number;
}

/** Bytes in memory. */
export function inMemory(path: string, bytes: Buffer): WindowedFile {
  return { path, size: bytes.length, read: (from, to) => bytes.subarray(from, to), close() {} };
}

/**
 * Reads an open file in windows.
 * @throws UnrolledError with code "file" while reading, where the file has changed since
 */
export function windowed(
  path: string,
  fd: number,
  { window: bytes = 1 << 16, memory = 1 << 23, checkChanges = true }: WindowOptions & { checkChanges?: boolean },
  onClose: () => void = () => {},
): WindowedFile {
  const before = fstatSync(fd);
  const { size } = before;
  const most = Math.max(2, Math.floor(memory / bytes));
  const held = new Map<number, Buffer>(); // by number; the one used last stands last

  function load(number: number): Buffer {
    let found = held.get(number);
    if (found) held.delete(number);
    else {
      const now = checkChanges ? fstatSync(fd) : before;
      if (now.size !== size || now.mtimeMs !== before.mtimeMs)
        fail({
          where: path,
          problem: "the file changed while it was in use",
          hint: "train on a copy of it",
          code: "file",
        });
      // The one that was used longest ago gives its place.
      const [oldest] = held.size >= most ? held : [];
      if (oldest) held.delete(oldest[0]);
      const buffer =
        oldest && oldest[1].buffer.byteLength === bytes
          ? Buffer.from(oldest[1].buffer)
          : Buffer.from(new ArrayBuffer(bytes));
      found = buffer.subarray(0, fill(buffer, number * bytes));
    }
    held.set(number, found);
    return found;
  }

  function fill(into: Buffer, at: number): number {
    const wanted = Math.min(into.length, size - at);
    for (let done = 0; done < wanted; ) {
      const got = readSync(fd, into, done, wanted - done, at + done);
      if (got === 0) fail({ where: path, problem: "the file became shorter while it was in use", code: "file" });
      done += got;
    }
    return wanted;
  }

  return {
    path,
    size,
    read(from, to) {
      const [first, last] = [Math.floor(from / bytes), Math.floor((Math.max(from + 1, to) - 1) / bytes)];
      if (first === last) return load(first).subarray(from - first * bytes, to - first * bytes);
      const out = Buffer.allocUnsafe(to - from);
      for (let number = first; number <= last; number++) {
        const start = number * bytes;
        const [a, b] = [Math.max(from, start), Math.min(to, start + bytes)];
        load(number).copy(out, a - from, a - start, b - start);
      }
      return out;
    },
    close() {
      held.clear();
      closeSync(fd);
      onClose();
    },
  };
}

// A file that is read in windows of 256 KiB, the last used of which stay in memory: rows near one another cost one read.
import {
  closeSync,
  createReadStream,
  createWriteStream,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { fail } from "../base/index.ts";
import { failRead } from "./text-files.ts";

export interface WindowedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes [from, to). They are good until the next call. */
  read(from: number, to: number): Buffer;
  close(): void;
}

export interface WindowOptions {
  /** Bytes of a window. 256 KiB by default. */
  window?: number;
  /** Most bytes of windows in memory. 128 MiB by default. */
  memory?: number;
}

/**
 * Opens a file; one that is gzip is unpacked into a temporary file first, which is gone when the process ends.
 *
 * @throws UnrolledError with code "file": missing, a folder, not a plain file, and later where the file changed meanwhile
 */
export async function openWindowed(path: string, options: WindowOptions = {}): Promise<WindowedFile> {
  const fd = open(path);
  try {
    const info = fstatSync(fd);
    if (info.isDirectory()) fail({ where: path, expected: "a file", received: "a folder", code: "file" });
    if (!info.isFile())
      fail({ where: path, expected: "a plain file, to be read in any order", received: "a pipe", code: "file" });
    const head = Buffer.alloc(2);
    readSync(fd, head, 0, 2, 0);
    if (head[0] !== 0x1f || head[1] !== 0x8b) return windowed(path, fd, options, () => {});
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  closeSync(fd);
  const { file, remove } = await unpack(path);
  return windowed(path, open(file), options, remove);
}

function open(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    return failRead(path, error);
  }
}

async function unpack(path: string): Promise<{ file: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "unrolled-rows-"));
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
    process.off("exit", remove);
  };
  process.on("exit", remove);
  const file = join(folder, "rows");
  try {
    await pipeline(createReadStream(path), createGunzip(), createWriteStream(file));
  } catch (error) {
    remove();
    failRead(path, error);
  }
  return { file, remove };
}

function windowed(
  path: string,
  fd: number,
  { window: bytes = 1 << 18, memory = 1 << 27 }: WindowOptions,
  onClose: () => void,
): WindowedFile {
  const before = fstatSync(fd);
  const { size } = before;
  const most = Math.max(2, Math.floor(memory / bytes));
  const held = new Map<number, Buffer>(); // by number; the one used last stands last

  function load(number: number): Buffer {
    let found = held.get(number);
    if (found) held.delete(number);
    else {
      const now = fstatSync(fd);
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

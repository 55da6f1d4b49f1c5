// Holds bytes that can be read only once (a pipe, an unpacked or converted file) so that they can be read in any order:
// in memory while they are few, in a temporary file that has no name otherwise.
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failSystem } from "./system-errors.ts";
import { inMemory, type WindowedFile, type WindowOptions, windowed } from "./windowed-file.ts";

export interface SpoolOptions extends WindowOptions {
  /** Bytes that stay in memory; more go to a temporary file. 64 MiB by default. */
  mostInMemory?: number;
}

export interface ByteSpool {
  /** Appends a copy of these bytes. */
  write(bytes: Uint8Array): void;
  /** Ends writing. The file's `close` frees memory and disk. */
  done(): WindowedFile;
  /** Frees memory and disk without reading. */
  discard(): void;
}

/** A spool; `path` names the original in errors. */
export function byteSpool(path: string, { mostInMemory = 1 << 26, ...options }: SpoolOptions = {}): ByteSpool {
  let held: Uint8Array[] = [];
  let size = 0;
  let disk: { fd: number; remove(): void } | undefined;

  function writeOut(bytes: Uint8Array): void {
    try {
      disk ??= temporaryFile();
      for (let at = 0; at < bytes.length; ) at += writeSync(disk.fd, bytes, at, bytes.length - at);
    } catch (error) {
      discard();
      failSystem(`${path}, a temporary copy in ${tmpdir()}`, error);
    }
  }
  function discard(): void {
    held = [];
    if (disk) closeSync(disk.fd);
    disk?.remove();
    disk = undefined;
  }
  return {
    write(bytes) {
      size += bytes.length;
      if (!disk && size <= mostInMemory) held.push(Uint8Array.from(bytes));
      else {
        for (const early of held) writeOut(early);
        held = [];
        writeOut(bytes);
      }
    },
    done() {
      if (!disk) return inMemory(path, held.length === 1 ? Buffer.from(held[0]!.buffer) : Buffer.concat(held));
      return windowed(path, disk.fd, { ...options, checkChanges: false }, disk.remove);
    },
    discard,
  };
}

/** An open file in a folder of its own; where the system allows it, its name is gone at once, however the process ends. */
function temporaryFile(): { fd: number; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "unrolled-"));
  const fd = openSync(join(folder, "bytes"), "w+");
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
    process.off("exit", remove);
  };
  process.on("exit", remove);
  if (process.platform !== "win32") remove();
  return { fd, remove };
}

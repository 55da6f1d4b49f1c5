// A corpus from several files as one stream of bytes, and a place on disk for its word numbers.
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Spool } from "../embeddings/training/spool.ts";
import { fileChunks } from "./file-chunks.ts";
import { failSystem } from "./system-errors.ts";

/** All files after one another, a line break between two where the first does not end in one. */
export async function* corpusChunks(
  paths: readonly string[],
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  for (const path of paths) {
    let last = 10;
    for await (const chunk of fileChunks(path, options)) {
      if (chunk.length > 0) last = chunk[chunk.length - 1]!;
      yield chunk;
    }
    if (last !== 10) yield Uint8Array.of(10);
  }
}

/** Keeps a corpus of word numbers in a temporary file (4 bytes a word), which is gone after `close`. */
export function fileSpool(folder = tmpdir()): Spool {
  const own = mkdtempSync(join(folder, "unrolled-corpus-"));
  const file = openSync(join(own, "ids"), "w+");
  // Where the system lets a file live on without its name, nothing is left behind however the process ends.
  if (process.platform !== "win32") rmSync(own, { recursive: true, force: true });
  let length = 0;
  let open = true;
  const bytesOf = (ids: Int32Array) => new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength);
  const close = () => {
    if (!open) return;
    open = false;
    closeSync(file);
    rmSync(own, { recursive: true, force: true });
    process.off("exit", close);
  };
  process.on("exit", close);
  return {
    get length() {
      return length;
    },
    append(ids) {
      const bytes = bytesOf(ids);
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, length * 4 + at);
      } catch (error) {
        failSystem(`${own} (temporary)`, error);
      }
      length += ids.length;
    },
    read(at, out) {
      const bytes = bytesOf(out.subarray(0, Math.max(0, Math.min(out.length, length - at))));
      let done = 0;
      while (done < bytes.length) {
        const n = readSync(file, bytes, done, bytes.length - done, at * 4 + done);
        if (n === 0) break;
        done += n;
      }
      return done >> 2;
    },
    close,
  };
}

/** The name of a file without folders and endings, for titles. */
export function plainName(path: string): string {
  return basename(path).replace(/\.(gz|zst)$/, "");
}

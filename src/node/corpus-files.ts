// A corpus from files, patterns and standard input as one stream of bytes, and a place on disk for it to wait.
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createGunzip } from "node:zlib";
import { fail } from "../base/index.ts";
import type { Spool } from "../embeddings/training/spool.ts";
import { failSystem, systemCode } from "./system-errors.ts";

/**
 * Finds the files that names and patterns mean. `*` and `?` stand for characters of one path part, `**` for any folders;
 * a folder stands for its files, `-` for standard input. Sorted within a pattern, so that the order is everywhere the same.
 */
export async function findFiles(patterns: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of patterns) {
    if (pattern === "-") found.push(pattern);
    else if (!/[*?]/.test(pattern)) {
      const info = await stat(pattern).catch(() => undefined);
      if (!info) fail({ where: pattern, problem: "no such file", code: "file" });
      if (!info.isDirectory()) found.push(pattern);
      else {
        const names = (await readdir(pattern, { withFileTypes: true })).filter((entry) => entry.isFile());
        found.push(...names.map((entry) => join(pattern, entry.name)).sort());
      }
    } else {
      const matches = await expand(pattern);
      if (matches.length === 0) fail({ where: pattern, problem: "no file matches", code: "file" });
      found.push(...matches);
    }
  }
  if (found.length === 0) fail({ where: patterns.join(" "), expected: "a corpus", received: "no files", code: "file" });
  return found;
}

async function expand(pattern: string): Promise<string[]> {
  const parts = pattern.split("/");
  const first = parts.findIndex((part) => /[*?]/.test(part));
  const root = parts.slice(0, first).join("/") || (pattern.startsWith("/") ? "/" : ".");
  const prefix = first === 0 ? "" : root === "/" ? "/" : `${root}/`;
  const source = parts
    .slice(first)
    .map((part) =>
      part === "**"
        ? "**"
        : part
            .replace(/[.+^${}()|[\]\\]/g, "\\$&")
            .replaceAll("*", "[^/]*")
            .replaceAll("?", "[^/]"),
    )
    .join("/")
    .replaceAll("**/", "(?:[^/]+/)*")
    .replaceAll("**", ".*");
  const shape = new RegExp(`^${source}$`, "u");
  const deep = parts.length - first > 1;
  const entries = await readdir(root, { recursive: deep, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const folder = entry.parentPath ?? dirname(join(root, entry.name));
      const full =
        folder === root ? entry.name : join(folder, entry.name).slice(root === "/" ? 1 : join(root, "x").length - 1);
      return root === "." && folder !== root ? join(folder, entry.name) : full;
    })
    .filter((name) => shape.test(name))
    .map((name) => `${prefix}${name}`)
    .sort();
}

/**
 * The bytes of one file, unpacked where they are gzip; `-` is standard input. The chunk is only good until the next.
 * Fails where the file changes while it is read.
 */
export async function* fileChunks(path: string, { signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Uint8Array> {
  try {
    const source = path === "-" ? process.stdin : plainChunks(path);
    yield* unpacked(source as AsyncIterable<Uint8Array>, signal);
  } catch (error) {
    const code = systemCode(error);
    const hint = "the file was cut off or damaged: fetch it again";
    if (code === "Z_BUF_ERROR") fail({ where: path, problem: "the gzip data is truncated", hint, code: "file" });
    if (code?.startsWith("Z_")) fail({ where: path, problem: "the gzip data is corrupt", hint, code: "file" });
    failSystem(path, error);
  }
}

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

const chunkBytes = 1 << 20;

/** Reads ahead by one chunk, into two buffers that take turns. */
async function* plainChunks(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    const before = await file.stat();
    if (before.isDirectory()) fail({ where: path, expected: "a file", received: "a folder", code: "file" });
    const buffers = [new Uint8Array(chunkBytes), new Uint8Array(chunkBytes)];
    let turn = 0;
    let next = file.read(buffers[0]!, 0, chunkBytes);
    for (;;) {
      const { bytesRead } = await next;
      if (bytesRead === 0) break;
      const full = buffers[turn]!;
      turn = 1 - turn;
      next = file.read(buffers[turn]!, 0, chunkBytes);
      next.catch(() => {}); // told at the next turn
      yield full.subarray(0, bytesRead);
    }
    const after = await file.stat();
    if (before.isFile() && (after.size !== before.size || after.mtimeMs !== before.mtimeMs)) {
      fail({ where: path, problem: "the file changed while it was read", hint: "read a copy of it", code: "file" });
    }
  } finally {
    await file.close();
  }
}

async function* unpacked(chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    let { value, done } = await iterator.next();
    if (done) return;
    if (!(value[0] === 0x1f && value[1] === 0x8b)) {
      while (!done) {
        signal?.throwIfAborted();
        yield value;
        ({ value, done } = await iterator.next());
      }
      return;
    }
    const gunzip = createGunzip({ chunkSize: 1 << 18 });
    const feed = (async () => {
      try {
        while (!done) {
          // the source may reuse its buffer, and the unpacker keeps what it is given for a while
          if (!gunzip.write(value.slice())) await new Promise<void>((go) => gunzip.once("drain", go).once("close", go));
          if (gunzip.destroyed) return;
          ({ value, done } = await iterator.next());
        }
        gunzip.end();
      } catch (error) {
        gunzip.destroy(error as Error);
      }
    })();
    for await (const chunk of gunzip) {
      signal?.throwIfAborted();
      yield chunk as Uint8Array;
    }
    await feed;
  } finally {
    await iterator.return?.();
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
  return basename(path).replace(/\.gz$/, "");
}

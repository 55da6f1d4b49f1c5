// The bytes of one input in chunks: a file, a pipe or standard input, unpacked where they are gzip or Zstandard.
import { open } from "node:fs/promises";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as zlib from "node:zlib";
import { fail } from "../base/index.ts";
import { failRead } from "./system-errors.ts";

export interface ChunkOptions {
  signal?: AbortSignal;
  /** Called before the first chunk, where the bytes are packed. */
  onPacked?(): void;
}

/** The names of standard input. */
export const isStandardInput = (path: string): boolean =>
  /^(-|\/dev\/stdin|\/dev\/fd\/0|\/proc\/self\/fd\/0)$/.test(path);

/**
 * The bytes of one file, unpacked where they are gzip or, from Node 22.15 on, Zstandard; `-` is standard input. A chunk is valid until the next one is read;
 * the first holds 4 KiB at least, or all. Fails where the file changes while it is read.
 */
export async function* fileChunks(path: string, options: ChunkOptions = {}): AsyncGenerator<Uint8Array> {
  try {
    const source: AsyncIterable<Uint8Array> = isStandardInput(path) ? process.stdin : plainChunks(path);
    for await (const chunk of withHead(unpacked(path, withHead(source), options))) {
      options.signal?.throwIfAborted();
      yield chunk;
    }
  } catch (error) {
    failRead(path, error);
  }
}

/** Joins the first chunks until they are long enough to be recognized: pipes may begin with a single byte. */
async function* withHead(chunks: AsyncIterable<Uint8Array>, enough = 4096): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (!head) yield chunk;
    else if (head.length === 0 && chunk.length >= enough) {
      yield chunk;
      head = undefined;
    } else {
      head = Buffer.concat([head, chunk]);
      if (head.length < enough) continue;
      yield head;
      head = undefined;
    }
  }
  if (head && head.length > 0) yield head;
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

async function* unpacked(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  { onPacked }: ChunkOptions,
): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    const first = await iterator.next();
    if (first.done) return;
    const all = (async function* () {
      yield first.value;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    })();
    const packing = packingOf(first.value);
    if (packing === undefined) yield* all;
    else {
      const unpacker = unpackerFor(path, packing);
      onPacked?.();
      yield* through(unpacker, all);
    }
  } finally {
    await iterator.return?.();
  }
}

/** How a file is packed, by its first bytes. */
export function packingOf([a, b, c, d]: Uint8Array): "gzip" | "zstd" | undefined {
  if (a === 0x1f && b === 0x8b) return "gzip";
  return a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd ? "zstd" : undefined;
}

function unpackerFor(path: string, packing: "gzip" | "zstd"): Transform {
  const options = { chunkSize: 1 << 18 };
  if (packing === "gzip") return zlib.createGunzip(options);
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: object) => Transform };
  if (createZstdDecompress) return createZstdDecompress(options);
  return fail({
    where: path,
    expected: "Node 22.15 or later, which unpacks Zstandard",
    received: process.version,
    hint: `zstd -dc ${path} | npx unrolled ... -`,
    code: "missing",
  });
}

async function* through(unpacker: Transform, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // The source reuses its buffers, and the unpacker keeps what it is given for a while: it gets copies.
  const copies = (async function* () {
    for await (const chunk of chunks) yield Uint8Array.from(chunk);
  })();
  const fed = pipeline(Readable.from(copies, { highWaterMark: 1 }), unpacker);
  fed.catch(() => {}); // reported below
  try {
    for await (const chunk of unpacker) yield chunk as Uint8Array;
    await fed;
  } finally {
    unpacker.destroy();
  }
}

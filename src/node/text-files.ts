// Text from files, whole or line by line; every fault is one clear line.
import { open } from "node:fs/promises";
import { fail } from "../base/index.ts";
import { fileChunks } from "./file-chunks.ts";
import { fileLines } from "./file-lines.ts";
import { isRegular, openSource } from "./source.ts";
import { failRead } from "./system-errors.ts";

/** V8's longest string has 2^29 - 24 units; a text of more bytes may not fit in one. */
const longestText = 2 ** 29 - 24;

export interface ReadTextOptions {
  /** Called with what the user should know. Without it, only UTF-8 and UTF-16 are read; other encodings are refused, with a hint. */
  onNote?(note: string): void;
}

/**
 * Reads a text: a file, a pipe, or standard input (`-`). UTF-8 or UTF-16; a byte order mark is dropped; gzip is unpacked,
 * whatever the file's name.
 *
 * @throws UnrolledError with code "file": missing, a folder, empty, truncated or corrupt gzip, binary, not UTF-8 (with the
 *   position of the first wrong byte), too large for one string
 *
 * @example
 * ```ts
 * const text = await readText("shakespeare.txt.gz");
 * ```
 */
export async function readText(path: string, { onNote }: ReadTextOptions = {}): Promise<string> {
  const source = await openSource(path, { convert: onNote !== undefined });
  try {
    for (const note of source.notes) onNote?.(note);
    if (source.size > longestText) tooLarge(path);
    const text = new TextDecoder().decode(source.read(0, source.size));
    if (text === "") fail({ where: path, expected: "a text", received: "an empty file", code: "file" });
    return text;
  } finally {
    source.close();
  }
}

/** A line of a file, without its line break. */
export interface Line {
  text: string;
  /** From 1. */
  number: number;
}

/**
 * Reads a text line by line, for texts larger than memory; otherwise like {@link readText}. LF, CR LF or CR ends a line; an
 * empty file has no lines.
 */
export async function* readLines(path: string, { onNote }: ReadTextOptions = {}): AsyncGenerator<Line, void> {
  const source = await openSource(path, { convert: onNote !== undefined });
  try {
    for (const note of source.notes) onNote?.(note);
    let number = 0;
    for (const { text } of fileLines(source)) yield { text, number: ++number };
  } finally {
    source.close();
  }
}

/**
 * Reads a file's bytes, unpacked where they are gzip.
 * @throws UnrolledError with code "file": missing, a folder, truncated or corrupt gzip, larger than 512 MiB
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  await isRegular(path);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of fileChunks(path)) {
    chunks.push(Uint8Array.from(chunk));
    size += chunk.length;
    if (size > longestText) tooLarge(path);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** The first bytes of a file, `count` where there are as many: unpacked, and converted to UTF-8, where it is a text. */
export async function readHead(path: string, count: number): Promise<Uint8Array> {
  const head = (await isRegular(path)) ? await plainHead(path, count) : undefined;
  if (head) return head;
  const source = await openSource(path);
  try {
    return Uint8Array.from(source.read(0, Math.min(count, source.size)));
  } finally {
    source.close();
  }
}

/** The beginning of a file whose bytes are ASCII, so that the rest need not be read for it. */
async function plainHead(path: string, count: number): Promise<Uint8Array | undefined> {
  try {
    const file = await open(path);
    try {
      const bytes = new Uint8Array(count);
      const { bytesRead } = await file.read(bytes, 0, count, 0);
      const head = bytes.subarray(0, bytesRead);
      return head.every((byte) => byte > 0 && byte < 128) ? head : undefined;
    } finally {
      await file.close();
    }
  } catch (error) {
    return failRead(path, error);
  }
}

function tooLarge(path: string): never {
  return fail({
    where: path,
    problem: "the text is over 512 MiB, more than one string can hold",
    hint: "train on a part of it",
    code: "file",
  });
}

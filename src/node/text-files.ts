// Text from files: UTF-8, plain or gzip, whole or line by line; every fault is one clear line.
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { createGunzip, gunzip } from "node:zlib";
import { fail } from "../base/index.ts";
import { failSystem, systemCode } from "./system-errors.ts";
import { utf8Fault } from "./utf8.ts";

/** V8's longest string is 2^29 - 24 units; a text of more bytes may not fit one. */
const longestText = 2 ** 29 - 24;
/** No line of a text is longer than this; a file that has one is not a text. */
const longestLine = 2 ** 28;

/**
 * Reads a text file. UTF-8; a byte order mark is dropped; gzip is unpacked, whatever the file's name.
 *
 * @throws UnrolledError with code "file": missing, a folder, empty, truncated or corrupt gzip, binary, not UTF-8 (with the
 *   position of the first wrong byte), too large for one string
 */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  const text = decodeText(path, bytes, 0);
  if (text === "") fail({ where: path, expected: "a text", received: "an empty file", code: "file" });
  return text;
}

/** A line of a file, without its line break. */
export interface Line {
  text: string;
  /** From 1. */
  number: number;
}

/**
 * Reads a text file line by line, for texts larger than memory; otherwise like {@link readText}. LF and CR LF end a line; an
 * empty file has no lines.
 */
export async function* readLines(path: string): AsyncGenerator<Line, void> {
  const { zipped } = await inspect(path);
  let number = 0;
  let held: Uint8Array[] = []; // the bytes since the last line break
  let size = 0;
  let offset = 0; // of the first held byte
  const source = createReadStream(path, { highWaterMark: 1 << 18 });
  const stream = zipped ? source.pipe(createGunzip()) : source;
  source.on("error", (error) => stream.destroy(error));

  function take(chunk: Uint8Array): string[] {
    held.push(chunk);
    const bytes = held.length === 1 ? chunk : Buffer.concat(held);
    const text = decodeText(path, bytes, offset, number);
    offset += bytes.length;
    held = [];
    size = 0;
    return text.split("\n");
  }

  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      const end = chunk.lastIndexOf(10) + 1;
      if (end > 0) {
        const lines = take(chunk.subarray(0, end));
        lines.pop(); // what is after the last break: nothing
        for (const line of lines) yield { text: line.endsWith("\r") ? line.slice(0, -1) : line, number: ++number };
      }
      if (end < chunk.length) held.push(chunk.subarray(end));
      size += chunk.length - end;
      if (size > longestLine)
        fail({ where: path, problem: `line ${number + 1} is over ${longestLine} bytes`, code: "file" });
    }
    if (size > 0) yield { text: take(new Uint8Array(0)).join("\n"), number: ++number };
  } catch (error) {
    failRead(path, error);
  } finally {
    source.destroy();
    stream.destroy();
  }
}

/**
 * Reads a file's bytes, unpacked where they are gzip.
 * @throws UnrolledError with code "file": missing, a folder, truncated or corrupt gzip, larger than 512 MiB
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  const { zipped, size } = await inspect(path);
  if (size > longestText) tooLarge(path);
  try {
    const file = await open(path);
    try {
      const bytes = await file.readFile();
      return zipped ? await promisify(gunzip)(bytes, { maxOutputLength: longestText }) : bytes;
    } finally {
      await file.close();
    }
  } catch (error) {
    return failRead(path, error);
  }
}

/** The first bytes of a file, unpacked where they are gzip; more than `count`, where there are more, may come. */
export async function readHead(path: string, count: number): Promise<Uint8Array> {
  const { zipped } = await inspect(path);
  const source = createReadStream(path, { highWaterMark: 1 << 17 });
  const stream = zipped ? source.pipe(createGunzip()) : source;
  source.on("error", (error) => stream.destroy(error));
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > count) break;
    }
  } catch (error) {
    failRead(path, error);
  } finally {
    source.destroy();
    stream.destroy();
  }
  return Buffer.concat(chunks);
}

/** The size of a file, and whether it is gzip by its first bytes. */
async function inspect(path: string): Promise<{ size: number; zipped: boolean }> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) fail({ where: path, expected: "a file", received: "a folder", code: "file" });
    const file = await open(path);
    try {
      const head = new Uint8Array(2);
      if (info.isFile()) await file.read(head, 0, 2, 0); // a pipe could not be read again
      return { size: info.size, zipped: head[0] === 0x1f && head[1] === 0x8b };
    } finally {
      await file.close();
    }
  } catch (error) {
    return failRead(path, error);
  }
}

/** What reading a file, perhaps gzip, can fail of, in words. */
export function failRead(path: string, error: unknown): never {
  const code = systemCode(error);
  const broken = "the file was cut off or damaged: fetch it again";
  if (code === "Z_BUF_ERROR") fail({ where: path, problem: "the gzip data is truncated", hint: broken, code: "file" });
  if (code?.startsWith("Z_")) fail({ where: path, problem: "the gzip data is corrupt", hint: broken, code: "file" });
  if (code === "ERR_BUFFER_TOO_LARGE") tooLarge(path);
  if (code === "ENOENT") fail({ where: path, problem: "no such file", code: "file" });
  return failSystem(path, error);
}

function tooLarge(path: string): never {
  return fail({
    where: path,
    problem: "the text is over 512 MiB, more than one string can hold",
    hint: "train on a part of it",
    code: "file",
  });
}

/** Decodes strictly; `offset` is where in the file the bytes begin, `lines` how many lines stand before them. */
export function decodeText(path: string, bytes: Uint8Array, offset: number, lines = 0): string {
  const first = offset === 0;
  if (first && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))) {
    fail({ where: path, expected: "UTF-8", received: "UTF-16", hint: "save the file as UTF-8", code: "file" });
  }
  const zero = bytes.indexOf(0);
  if (zero >= 0) {
    fail({ where: path, expected: "a text", received: `a binary file (byte ${offset + zero} is 0)`, code: "file" });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: !first }).decode(bytes);
  } catch (error) {
    const fault = utf8Fault(bytes);
    if (fault < 0) throw error;
    const byte = bytes[fault]!.toString(16).padStart(2, "0");
    let line = lines + 1;
    for (let i = bytes.indexOf(10); i >= 0 && i < fault; i = bytes.indexOf(10, i + 1)) line++;
    return fail({
      where: path,
      expected: "UTF-8",
      received: `byte 0x${byte} at position ${offset + fault}, in line ${line}`,
      hint: "convert the file, for example: iconv -f latin1 -t utf-8",
      code: "file",
    });
  }
}

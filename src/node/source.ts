// Input for training, whatever it is: a file, gzip, a pipe, standard input. Its bytes are read once and can then be read in
// any order: plain UTF-8 files where they are, everything else from a spool.
import { createHash } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { fail } from "../base/index.ts";
import { byteOrderMark, detectEncoding, encodingDecoder, type TextEncoding } from "../data/encodings.ts";
import { signatureOf } from "../data/readers/signature.ts";
import { fileChunks, isStandardInput } from "./file-chunks.ts";
import { byteSpool, type SpoolOptions } from "./spool.ts";
import { failRead } from "./system-errors.ts";
import { utf8Check } from "./utf8.ts";
import { type WindowedFile, windowed } from "./windowed-file.ts";

export interface Source extends WindowedFile {
  /** What the user should know, such as "read as CP949 (Korean), not UTF-8". */
  readonly notes: readonly string[];
  /** Opening the path again gives the same bytes: false for pipes. */
  readonly repeatable: boolean;
  /** SHA-256 of the bytes, in hex: of the decoded text, so that packing or converting a file does not change it. */
  sha256(): string;
}

export interface SourceOptions extends SpoolOptions {
  signal?: AbortSignal;
  /** Convert other encodings than UTF-8 to it, with a note. Default true; false refuses them, with a hint. */
  convert?: boolean;
}

/** Pipes that were read: opening one again gives the same bytes. */
const pipes = new Map<string, Promise<Source>>();

/**
 * Opens a file, a pipe or standard input (`-`) for reading in any order. gzip is unpacked, UTF-16 and other encodings that
 * can be told with certainty are converted to UTF-8 and noted. Music in MIDI is left as it is.
 *
 * @throws UnrolledError with code "file": missing, a folder, a device without end, truncated or corrupt gzip, binary, an
 *   encoding that cannot be told (with the position and line of the first byte that is not UTF-8)
 */
export async function openSource(path: string, options: SourceOptions = {}): Promise<Source> {
  if (await isRegular(path)) return open(path, true, options);
  const name = isStandardInput(path) ? "-" : path;
  const known = pipes.get(name) ?? open(path, false, { ...options, convert: true });
  pipes.set(name, known);
  known.catch(() => pipes.delete(name));
  return { ...(await known), close() {} };
}

/** Whether a path is a regular file; fails where it cannot be read at all. */
export async function isRegular(path: string): Promise<boolean> {
  if (isStandardInput(path)) return false;
  try {
    const info = await stat(path);
    if (info.isDirectory()) fail({ where: path, expected: "a file", received: "a folder", code: "file" });
    if (info.isBlockDevice() || info.isSocket())
      fail({
        where: path,
        expected: "a file or a pipe",
        received: info.isSocket() ? "a socket" : "a disk",
        code: "file",
      });
    return info.isFile();
  } catch (error) {
    return failRead(path, error);
  }
}

async function open(path: string, regular: boolean, options: SourceOptions): Promise<Source> {
  const { signal, convert = true } = options;
  const check = utf8Check();
  let packed = false;
  const chunks = fileChunks(path, {
    signal,
    onPacked: () => {
      packed = true;
    },
  });
  const spool = byteSpool(path, options);
  let copied = false;
  let encoding: TextEncoding | undefined;
  let binary = false;
  let size = 0;
  try {
    for await (const chunk of chunks) {
      if (size === 0) {
        const known = signatureOf(chunk);
        if (known) fail({ where: path, expected: "a text", received: known.is, code: "file", hint: known.hint });
        binary = isMidi(chunk);
        encoding = binary ? undefined : byteOrderMark(chunk);
        // Packed files and pipes are copied; a regular file is read from where it is.
        copied = !regular || packed;
      }
      size += chunk.length;
      if (!binary && !encoding) {
        const zero = chunk.indexOf(0);
        if (zero >= 0) refuseBinary(path, size - chunk.length + zero);
        check.add(chunk);
      }
      if (copied) spool.write(chunk);
    }
  } catch (error) {
    spool.discard();
    throw error;
  }
  const raw = copied ? spool.done() : windowedAt(path, options);
  if (binary || (!encoding && check.position() < 0)) return sourceOf(raw, [], regular);
  try {
    encoding ??= convert ? detected(raw, check.position()) : undefined;
    if (!encoding) refuseEncoding(raw, check.position());
    return sourceOf(
      converted(raw, encoding, options),
      encoding.label.startsWith("utf-16") ? [] : [noteOf(encoding)],
      regular,
    );
  } finally {
    raw.close();
  }
}

function windowedAt(path: string, options: SourceOptions): WindowedFile {
  const fd = openSync(path, "r");
  try {
    return windowed(path, fd, options);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

const isMidi = (bytes: Uint8Array) => bytes[0] === 0x4d && bytes[1] === 0x54 && bytes[2] === 0x68 && bytes[3] === 0x64;

function sourceOf(file: WindowedFile, notes: string[], repeatable: boolean): Source {
  return {
    ...file,
    notes,
    repeatable,
    sha256() {
      const hash = createHash("sha256");
      const step = 1 << 20;
      for (let from = 0; from < file.size; from += step) hash.update(file.read(from, Math.min(file.size, from + step)));
      return hash.digest("hex");
    },
  };
}

/** `sha256()` of a source, with pauses in which signals arrive. @throws the signal's reason where it is aborted */
export async function sourceHash({ size, read }: Source, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const step = 1 << 20;
  for (let from = 0; from < size; from += step) {
    hash.update(read(from, Math.min(size, from + step)));
    if (from % (16 * step) > 0) continue;
    await new Promise<void>((go) => setImmediate(go));
    signal?.throwIfAborted();
  }
  return hash.digest("hex");
}

/** The encoding of a file from about the first byte that is not UTF-8; undefined also where all but a few bytes are UTF-8. */
function detected(file: WindowedFile, fault: number): TextEncoding | undefined {
  const sample = around(file, fault);
  return mostlyUtf8(sample) ? undefined : detectEncoding(sample);
}

const around = (file: WindowedFile, at: number) =>
  Buffer.from(file.read(Math.max(0, at - 65_536), Math.min(file.size, at + (1 << 20))));

/** Whether nine in ten of the non-ASCII characters are UTF-8: a damaged file rather than another encoding. */
function mostlyUtf8(bytes: Uint8Array): boolean {
  const letters = new TextDecoder().decode(bytes).replace(/[\0-\x7f]+/g, "");
  const faults = letters.match(/\ufffd/g)?.length ?? 0;
  return letters.length >= 10 && faults <= letters.length / 10;
}

const noteOf = ({ title, iconv }: TextEncoding) =>
  `not UTF-8, read as ${title}; to convert it: iconv -f ${iconv} -t UTF-8 (another encoding if letters look wrong)`;

function converted(file: WindowedFile, encoding: TextEncoding, options: SpoolOptions): WindowedFile {
  const decoder = encodingDecoder(encoding);
  const spool = byteSpool(file.path, options);
  const step = 1 << 20;
  for (let from = 0; from < file.size; from += step) {
    const to = Math.min(file.size, from + step);
    spool.write(Buffer.from(decoder.decode(file.read(from, to), { stream: to < file.size })));
  }
  return spool.done();
}

/** `at`: the first zero byte. */
function refuseBinary(path: string, at: number): never {
  return fail({ where: path, expected: "a text", received: `a binary file (byte ${at} is 0)`, code: "file" });
}

/** @throws UnrolledError with position and line, and the command that converts the file where its encoding is certain */
function refuseEncoding(file: WindowedFile, fault: number): never {
  let line = 1;
  const step = 1 << 20;
  for (let from = 0; from < fault; from += step) {
    const bytes = file.read(from, Math.min(fault, from + step));
    for (let i = bytes.indexOf(10); i >= 0; i = bytes.indexOf(10, i + 1)) line++;
  }
  const byte = file
    .read(fault, fault + 1)[0]!
    .toString(16)
    .padStart(2, "0");
  const found = detected(file, fault);
  const hint = mostlyUtf8(around(file, fault))
    ? "the rest of it is UTF-8: mend this line, or drop such bytes with iconv -c -f UTF-8 -t UTF-8"
    : found
      ? `it looks like ${found.title}: iconv -f ${found.iconv} -t UTF-8`
      : "save it as UTF-8, or convert it: iconv -f ENCODING -t UTF-8 (BIG5, EUC-JP, KOI8-R, WINDOWS-1250, ...)";
  return fail({
    where: file.path,
    expected: "UTF-8",
    received: `byte 0x${byte} at position ${fault}, in line ${line}`,
    hint,
    code: "file",
  });
}

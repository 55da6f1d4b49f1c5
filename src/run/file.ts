// A file that was dropped: unpacked, decoded, recognized. What cannot be trained on is refused in one sentence.
import { fail } from "../base/index.ts";
import { type Recognized, recognize } from "../data/index.ts";
import { signatureOf, trainable } from "../data/readers/signature.ts";
import { modelConfig, modelFile } from "./model-files.ts";

export interface RunFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Bytes of the whole file, where it is too large to be read: `bytes` is its beginning. */
  readonly size?: number;
}

export interface OpenedFile extends RunFile {
  readonly text: string;
  readonly recognized: Recognized;
}

/** Larger files are for the command line, which reads them from disk. */
const mostBytes = 64 * 2 ** 20;

/** @throws UnrolledError with code "file": empty, too large, binary, not text in a known encoding */
export async function openFile({ name, bytes: packed, size = packed.length }: RunFile): Promise<OpenedFile> {
  const refuse = (expected: string, received: string, hint?: string) =>
    fail({ where: name, expected, received, code: "file", ...(hint === undefined ? {} : { hint }) });
  if (size === 0) refuse("a text", "an empty file", trainable);
  if (size > mostBytes)
    refuse(
      "at most 64 MiB",
      `${Math.ceil((10 * size) / 2 ** 20) / 10} MiB`,
      `npx unrolled train ${name} reads it from disk`,
    );
  const bytes = packed[0] === 0x1f && packed[1] === 0x8b ? await unpack(name, packed) : packed;
  const midi = bytes[0] === 0x4d && bytes[1] === 0x54 && bytes[2] === 0x68 && bytes[3] === 0x64;
  const text = midi ? "" : decode(name, bytes);
  if (!midi && text.trim() === "") refuse("a text", text === "" ? "an empty file" : "white space only", trainable);
  const config = modelConfig(name, text);
  if (config) refuse("a file to train on", config.is, config.hint);
  const recognized = recognize(midi ? bytes : text, name);
  return { name, bytes: midi ? bytes : new TextEncoder().encode(text), text, recognized };
}

async function unpack(name: string, packed: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of stream as unknown as AsyncIterable<Uint8Array>) {
      parts.push(part);
      size += part.length;
      if (size > mostBytes) break;
    }
  } catch {
    return fail({
      where: name,
      problem: "the gzip file is damaged or cut off",
      code: "file",
      hint: "copy or compress it again",
    });
  }
  if (size > mostBytes) fail({ where: name, expected: "at most 64 MiB unpacked", received: "more", code: "file" });
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** UTF-8, or UTF-16 with a byte order mark. */
function decode(name: string, bytes: Uint8Array): string {
  const [first, second] = bytes;
  const wide =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : undefined;
  if (wide) return new TextDecoder(wide).decode(bytes);
  const known = signatureOf(bytes) ?? modelFile(name);
  if (known) fail({ where: name, expected: "a text", received: known.is, code: "file", hint: known.hint });
  const hint = "if it is text in another encoding, save it as UTF-8";
  const zero = bytes.indexOf(0);
  if (zero >= 0)
    fail({ where: name, expected: "a text", received: `a binary file (byte ${zero} is 0)`, code: "file", hint });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return fail({
      where: name,
      expected: "text in UTF-8 or UTF-16",
      received: "another encoding or a binary file",
      hint,
      code: "file",
    });
  }
}

// The directory of a zip archive. PyTorch stores its files without compression, so each one is a view of the bytes.
import { fail } from "../../base/index.ts";
import { ByteCursor } from "./byte-cursor.ts";

const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
/** The end record has 22 bytes and a comment of at most 65,535. */
const longestEnd = 22 + 65_535;

export const isZip = (bytes: Uint8Array): boolean =>
  bytes.length > 4 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === localSignature;

export interface ZipFiles {
  readonly names: readonly string[];
  /**
   * A file as a view of the archive's bytes; `undefined` where there is none.
   *
   * @throws UnrolledError with code "file" where it is compressed or encrypted
   */
  get(name: string): Uint8Array | undefined;
}

/**
 * Reads the directory of an archive; zip64 too.
 *
 * @throws UnrolledError with code "file" where it is damaged
 */
export function readZip(bytes: Uint8Array, where: string): ZipFiles {
  const bad = (problem: string): never => fail({ where, problem, code: "file", hint: "the archive is damaged" });
  const cursor = new ByteCursor(bytes, where);
  const { count, start } = directory(cursor, bad);
  const files = new Map<string, Uint8Array | "compressed" | "encrypted">();
  cursor.offset = start;
  for (let i = 0; i < count; i++) {
    if (cursor.uint32() !== entrySignature) bad(`entry ${i + 1} of the archive's directory cannot be read`);
    cursor.take(4);
    const flags = cursor.uint16();
    const method = cursor.uint16();
    cursor.take(8);
    let packed = cursor.uint32();
    let size = cursor.uint32();
    const [nameLength, extraLength, commentLength] = [cursor.uint16(), cursor.uint16(), cursor.uint16()];
    cursor.take(8);
    let local = cursor.uint32();
    const name = cursor.text(nameLength);
    const extra = new ByteCursor(cursor.take(extraLength), where);
    cursor.take(commentLength);
    while (extra.offset + 4 <= extraLength) {
      const [id, length] = [extra.uint16(), extra.uint16()];
      const field = new ByteCursor(extra.take(length), where);
      if (id !== 1) continue; // zip64: the values that did not fit above, in their order
      if (size === 0xffffffff) size = field.uint64();
      if (packed === 0xffffffff) packed = field.uint64();
      if (local === 0xffffffff) local = field.uint64();
    }
    if ((flags & 1) !== 0 || method !== 0 || packed !== size) {
      files.set(name, flags & 1 ? "encrypted" : "compressed"); // TorchScript's source code, say
      continue;
    }
    const next = cursor.offset;
    cursor.offset = local;
    if (cursor.uint32() !== localSignature) bad(`"${name}" is not where the archive's directory points`);
    cursor.take(22);
    const skip = cursor.uint16() + cursor.uint16();
    cursor.take(skip);
    files.set(name, cursor.take(size));
    cursor.offset = next;
  }
  return {
    names: [...files.keys()],
    get(name) {
      const found = files.get(name);
      if (typeof found !== "string") return found;
      const hint = "torch.save and Keras do not compress; was the file packed again?";
      return fail({ where, problem: `"${name}" is ${found}`, hint, code: "file" });
    },
  };
}

function directory(cursor: ByteCursor, bad: (problem: string) => never): { count: number; start: number } {
  const { bytes } = cursor;
  for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - longestEnd); at--) {
    if (bytes[at] !== 0x50 || bytes[at + 1] !== 0x4b) continue;
    cursor.offset = at;
    if (cursor.uint32() !== endSignature) continue;
    cursor.take(6);
    const count = cursor.uint16();
    cursor.take(4);
    const start = cursor.uint32();
    if (count !== 0xffff && start !== 0xffffffff) return { count, start };
    cursor.offset = at - 20 + 8; // the locator lies before the end record
    cursor.offset = cursor.uint64();
    if (cursor.uint32() !== end64Signature) return bad("the archive's zip64 directory is missing");
    cursor.take(20);
    cursor.take(8);
    const count64 = cursor.uint64();
    cursor.take(8);
    return { count: Math.min(count64, bytes.length), start: cursor.uint64() };
  }
  return bad("the archive has no directory");
}

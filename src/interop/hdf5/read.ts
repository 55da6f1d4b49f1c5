// Reads HDF5 files as h5py writes them by default, and Keras with it: superblock 0, groups in B-trees, arrays in one piece.
// What h5py writes only on request (chunks, compression, the newer groups) is refused by name. HDF5 File Format
// Specification, version 3.0. Work and memory are linear in the bytes.
import { fail } from "../../base/index.ts";
import { ByteCursor } from "../binary/byte-cursor.ts";
import { type Datatype, readDatatype, toFloats } from "./datatype.ts";
import { type ObjectMessages, readNode, type Spend } from "./objects.ts";

export interface Hdf5Array {
  readonly shape: number[];
  /** Row-major. */
  readonly data: Float32Array;
}

export interface Hdf5File {
  /** Floating-point and integer arrays by path: `layers/dense/vars/0`. */
  readonly arrays: ReadonlyMap<string, Hdf5Array>;
  /** Texts, and lists of texts, that are attributes: by `path@name`; those of the root begin with `@`. */
  readonly texts: ReadonlyMap<string, string | readonly string[]>;
}

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
export const isHdf5 = (bytes: Uint8Array): boolean => signature.every((byte, i) => bytes[i] === byte);

/** Deeper groups than these are no weights. */
const deepest = 32;

/**
 * @param where how errors name the file
 * @throws UnrolledError with code "file" where it is damaged, or uses a part of the format that is not read
 */
export function readHdf5(bytes: Uint8Array, { where = "readHdf5" } = {}): Hdf5File {
  if (!isHdf5(bytes)) fail({ where, expected: "an HDF5 file", received: "another format", code: "file" });
  const cursor = new ByteCursor(bytes, where);
  const arrays = new Map<string, Hdf5Array>();
  const texts = new Map<string, string | readonly string[]>();
  // Groups, arrays and texts may be linked from many places: what they amount to is bounded by the file.
  let left = 1_000_000 + 8 * bytes.length;
  const spend: Spend = (count) => {
    left -= count;
    if (!(left >= 0)) fail({ where, problem: "the file's parts contain each other", code: "file" });
  };
  const visit = (path: string, address: number, depth: number): void => {
    if (depth > deepest) fail({ where, problem: "the file's groups are too deep", code: "file" });
    const { messages, members } = readNode(cursor, address, spend);
    for (const [name, text] of attributes(cursor, messages, spend)) texts.set(`${path}@${name}`, text);
    const array = arrayOf(cursor, messages, path, spend);
    if (array) arrays.set(path, array);
    for (const [name, at] of members) visit(path === "" ? name : `${path}/${name}`, at, depth + 1);
  };
  visit("", rootAddress(cursor), 0);
  return { arrays, texts };
}

/** The object header of the root group. */
function rootAddress(cursor: ByteCursor): number {
  const { where } = cursor;
  cursor.offset = 8;
  const version = cursor.uint8();
  if (version > 1)
    fail({
      where,
      expected: "HDF5 with superblock 0 or 1, as h5py writes it",
      received: `superblock ${version}`,
      hint: 'save it without libver="latest"',
      code: "file",
    });
  cursor.take(4);
  const [offsets, lengths] = [cursor.uint8(), cursor.uint8()];
  if (offsets !== 8 || lengths !== 8)
    fail({ where, expected: "addresses of 8 bytes", received: `${offsets} and ${lengths}`, code: "file" });
  cursor.take(version === 1 ? 13 : 9);
  const base = cursor.uint64();
  if (base !== 0) fail({ where, expected: "no user block", received: `one of ${base} bytes`, code: "file" });
  cursor.take(24 + 8); // free space, end, driver; where the root's name would be
  return cursor.uint64();
}

function arrayOf(cursor: ByteCursor, messages: ObjectMessages, path: string, spend: Spend): Hdf5Array | undefined {
  const [space, type, layout] = [messages.get(1)?.[0], messages.get(3)?.[0], messages.get(8)?.[0]];
  if (!space || !type || !layout) return undefined;
  const where = `${cursor.where}(${path})`;
  const refuse = (received: string) =>
    fail({ where, expected: "an array in one piece", received, hint: "save it again with Keras", code: "file" });
  if (messages.has(11)) refuse("a compressed one");
  const datatype = readDatatype(cursor, type);
  const shape = readShape(cursor, space);
  if (datatype.kind !== "number") return undefined;
  const count = shape.reduce((a, b) => a * b, 1);
  const size = count * datatype.size;
  if (!(size <= cursor.bytes.length))
    fail({ where, problem: `an array of shape [${shape}] is larger than its file`, code: "file" });
  spend(size);
  cursor.offset = layout;
  const version = cursor.uint8();
  if (version !== 3 && version !== 4) refuse(`layout version ${version}`);
  const kind = cursor.uint8();
  if (kind === 0) {
    const length = cursor.uint16();
    if (length < size) refuse(`${length} bytes for ${size}`);
  } else if (kind === 1) {
    const address = cursor.uint64();
    if (size > 0) cursor.offset = address;
  } else refuse("chunks");
  return { shape, data: toFloats(cursor.take(size), datatype, count, where) };
}

/** Attributes that are texts or lists of texts. */
function* attributes(
  cursor: ByteCursor,
  messages: ObjectMessages,
  spend: Spend,
): Generator<[string, string | string[]]> {
  for (const at of messages.get(12) ?? []) {
    cursor.offset = at;
    const version = cursor.uint8();
    cursor.take(1);
    const [nameSize, typeSize, spaceSize] = [cursor.uint16(), cursor.uint16(), cursor.uint16()];
    if (version === 3) cursor.take(1);
    const padded = (size: number) => (version === 1 ? Math.ceil(size / 8) * 8 : size);
    const name = cursor.text(nameSize).replace(/\0.*$/s, "");
    cursor.take(padded(nameSize) - nameSize);
    const type = cursor.offset;
    const space = type + padded(typeSize);
    const data = space + padded(spaceSize);
    const datatype = readDatatype(cursor, type);
    const shape = readShape(cursor, space);
    const count = shape.reduce((a, b) => a * b, 1);
    const read = datatype.kind === "text" || datatype.kind === "heap text";
    if (!read || !(count * datatype.size <= cursor.bytes.length)) continue;
    const found = Array.from({ length: count }, (_, i) => textAt(cursor, data + i * datatype.size, datatype, spend));
    yield [name, shape.length === 0 ? found[0]! : found];
  }
}

/** A text of a fixed size, or a reference into a global heap. */
function textAt(cursor: ByteCursor, at: number, { kind, size }: Datatype, spend: Spend): string {
  cursor.offset = at;
  spend(size);
  if (kind === "text") return cursor.text(size).replace(/\0.*$/s, "");
  const length = cursor.uint32();
  const heap = cursor.uint64();
  const wanted = cursor.uint32();
  if (length === 0) return "";
  cursor.offset = heap;
  if (cursor.text(4) !== "GCOL") return fail({ where: cursor.where, problem: "a text is missing", code: "file" });
  cursor.take(4);
  const end = heap + cursor.uint64();
  while (cursor.offset + 16 <= end) {
    const index = cursor.uint16();
    cursor.take(6);
    const size = cursor.uint64();
    spend(16);
    if (index === wanted) {
      spend(size);
      return cursor.text(Math.min(length, size));
    }
    if (index === 0) break;
    cursor.take(Math.ceil(size / 8) * 8);
  }
  return fail({ where: cursor.where, problem: `text ${wanted} is missing from its heap`, code: "file" });
}

/** The lengths of the axes of a dataspace. */
function readShape(cursor: ByteCursor, at: number): number[] {
  cursor.offset = at;
  const version = cursor.uint8();
  const rank = cursor.uint8();
  if (version > 2 || version < 1 || rank > 32)
    fail({ where: cursor.where, problem: `a shape cannot be read (version ${version})`, code: "file" });
  cursor.take(version === 1 ? 6 : 2);
  return Array.from({ length: rank }, () => cursor.uint64());
}

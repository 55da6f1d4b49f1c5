// safetensors: 8 bytes of header length (u64, little-endian), a JSON header, then the tensors' bytes without holes.
// The reader trusts nothing: any fault of the file is one UnrolledError with code "file", before any tensor is made.
import { copyBytes, fail } from "../base/index.ts";
import { duplicateKey } from "./json-keys.ts";

/** Bytes of an element by dtype; these are the ones that can be represented here. */
export const bytesOf = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;

export type SafeDtype = keyof typeof bytesOf;

/** F16 and BF16 are kept as their bits in a `Uint16Array`; `toFloat32` converts. BOOL is a `Uint8Array` of 0 and 1. */
export type SafeData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** The array of each dtype; F16 and BF16 as their bits. */
export const viewOf: {
  [D in SafeDtype]: { new (buffer: ArrayBuffer, offset: number, length: number): SafeData };
} = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  U16: Uint16Array,
  I16: Int16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  U32: Uint32Array,
  I32: Int32Array,
  F32: Float32Array,
  U64: BigUint64Array,
  I64: BigInt64Array,
  F64: Float64Array,
};

export interface SafeTensor {
  dtype: SafeDtype;
  shape: number[];
  /** Row-major. */
  data: SafeData;
}

export interface Safetensors {
  /** By name, in the order of the header. */
  tensors: Map<string, SafeTensor>;
  metadata: Map<string, string>;
}

/** The reference implementation's own limit. */
const longestHeader = 100_000_000;

/**
 * Reads a safetensors file. The tensors are copies, and the bytes may be dropped afterwards, unless `copy` is false.
 *
 * @param where how errors name the file. Default `safetensors`
 * @param copy false makes views of the bytes where these are aligned (files written here always are), and no copies
 * @throws UnrolledError with code "file": too short, a header that is not what it should be, an unknown dtype, shapes that
 *   do not fit their bytes, bytes that overlap, lie outside or belong to no tensor, a name that comes twice
 *
 * @example
 * ```ts
 * const { tensors } = readSafetensors(await readFile("weights.safetensors"));
 * setParameters(model, fromPyTorch(Object.fromEntries(tensors)));
 * ```
 */
export function readSafetensors(bytes: Uint8Array, { where = "safetensors", copy = true } = {}): Safetensors {
  const { entries, metadata, start } = readHeader(bytes, where);
  const tensors = new Map<string, SafeTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const aligned = (bytes.byteOffset + start + begin) % bytesOf[dtype] === 0;
    // a copy has its own buffer, and so is aligned
    const [from, to] = [start + begin, start + end];
    const part = copy || !aligned ? copyBytes(bytes, from, to) : bytes.subarray(from, to);
    const data = new viewOf[dtype](part.buffer as ArrayBuffer, part.byteOffset, part.length / bytesOf[dtype]);
    tensors.set(name, { dtype, shape, data });
  }
  return { tensors, metadata };
}

/** The reference implementation's order: so every tensor lies at a multiple of its element size. */
const writeOrder: SafeDtype[] = [
  "U64",
  "I64",
  "F64",
  "F32",
  "U32",
  "I32",
  "BF16",
  "F16",
  "U16",
  "I16",
  "I8",
  "U8",
  "BOOL",
];

/** A tensor to write; the dtype follows from the array unless given (`BOOL` for bytes, `F16`/`BF16` for 16-bit words). */
export interface SafeInput {
  dtype?: SafeDtype;
  shape: readonly number[];
  data: SafeData;
}

/**
 * Writes a safetensors file: tensors by dtype (the wider first), then by name, as the reference implementation does, the header padded so that the data starts at
 * a multiple of 8. The same tensors give the same bytes.
 *
 * @throws UnrolledError where a shape does not fit its data, or a dtype its array
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, SafeInput> | Readonly<Record<string, SafeInput>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const chunks = [...safetensorsChunks(tensors, metadata)];
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** The same file in chunks: the header, then views of the tensors' own memory. Nothing is copied. */
export function safetensorsChunks(
  tensors: ReadonlyMap<string, SafeInput> | Readonly<Record<string, SafeInput>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const given = isMap(tensors) ? [...tensors] : Object.entries(tensors);
  const list = given.map(([name, { dtype, shape, data }]) => {
    const kind = dtype ?? dtypeOf(data);
    const where = `writeSafetensors(${name})`;
    if (name === "__metadata__") fail({ where, problem: "this name is reserved" });
    if (!(data instanceof viewOf[kind]))
      fail({ where, expected: `an array for ${kind}`, received: data.constructor.name });
    const size = shape.reduce((a, b) => a * b, 1);
    if (size !== data.length)
      fail({ where, expected: `${size} values for [${shape.join(", ")}]`, received: String(data.length) });
    return { name, dtype: kind, shape, data };
  });
  list.sort((a, b) => writeOrder.indexOf(a.dtype) - writeOrder.indexOf(b.dtype) || (a.name < b.name ? -1 : 1));
  let offset = 0;
  // Joined by hand: an object would put names such as "0" first.
  const fields = list.map(({ name, dtype, shape, data }) => {
    const offsets = [offset, offset + data.byteLength];
    offset += data.byteLength;
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: offsets })}`;
  });
  if (Object.keys(metadata).length) fields.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
  const header = new TextEncoder().encode(`{${fields.join(",")}}`);
  const start = 8 + Math.ceil(header.length / 8) * 8;
  const head = new Uint8Array(start);
  new DataView(head.buffer).setBigUint64(0, BigInt(start - 8), true);
  head.fill(0x20, 8);
  head.set(header, 8);
  return [head, ...list.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

/** The values as 32-bit floats: F16 and BF16 exactly, F64 and 32-bit integers rounded, 64-bit integers too. */
export function toFloat32({ dtype, data }: SafeTensor): Float32Array {
  if (data instanceof Float32Array) return data;
  if (dtype === "BF16") {
    const words = Uint32Array.from(data as Uint16Array, (bits) => bits << 16); // the upper half of an F32
    return new Float32Array(words.buffer);
  }
  if (dtype === "F16") return Float32Array.from(data as Uint16Array, halfToFloat);
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
}

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function isMap<V>(tensors: ReadonlyMap<string, V> | Readonly<Record<string, V>>): tensors is ReadonlyMap<string, V> {
  return tensors instanceof Map;
}

function dtypeOf(data: SafeData): SafeDtype {
  const order: SafeDtype[] = ["F32", "F64", "I32", "U8", "I8", "U16", "I16", "U32", "I64", "U64"];
  return order.find((dtype) => data instanceof viewOf[dtype])!;
}

interface Entry {
  name: string;
  dtype: SafeDtype;
  shape: number[];
  /** Bytes [begin, end) of the data section. */
  begin: number;
  end: number;
}

/** Parses and checks the header against the number of bytes there are. */
function readHeader(bytes: Uint8Array, where: string) {
  const bad = (problem: string, hint?: string): never => fail({ where, problem, hint, code: "file" });
  if (bytes.length < 8) bad(`expected 8 bytes of header length, got ${bytes.length} bytes`, "the file is truncated");
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(longestHeader)) bad(`header length ${length} is over ${longestHeader}: not a safetensors file`);
  const start = 8 + Number(length);
  if (start > bytes.length) bad(`header of ${length} bytes in a file of ${bytes.length}`, "the file is truncated");
  if (bytes[8] !== 0x7b || start === 8) bad('header does not begin with "{": not a safetensors file');

  let text = "";
  let header: Record<string, unknown> = {};
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start));
    header = JSON.parse(text) as Record<string, unknown>;
  } catch {
    bad(text ? "header is not JSON" : "header is not UTF-8");
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) bad(`header has the key ${quote(twice)} twice`);

  const metadata = new Map<string, string>();
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (typeof value !== "object" || value === null) bad(`entry ${quote(name)} is not an object`);
    if (name === "__metadata__") {
      for (const [key, item] of Object.entries(value as object)) {
        if (typeof item !== "string") bad(`metadata ${quote(key)} is not a string`);
        metadata.set(key, item as string);
      }
    } else entries.push(readEntry(name, value as Record<string, unknown>, bad));
  }
  checkPlaces(entries, bytes.length - start, bad);
  return { entries, metadata, start };
}

type Bad = (problem: string, hint?: string) => never;

function readEntry(name: string, { dtype, shape, data_offsets: offsets }: Record<string, unknown>, bad: Bad): Entry {
  const tensor = `tensor ${quote(name)}`;
  if (typeof dtype !== "string" || !Object.hasOwn(bytesOf, dtype)) {
    return bad(`${tensor}: expected a dtype of ${Object.keys(bytesOf).join(", ")}, got ${quote(dtype)}`);
  }
  if (!isCounts(shape)) return bad(`${tensor}: shape is not a list of whole numbers`);
  if (!isCounts(offsets) || offsets.length !== 2) return bad(`${tensor}: data_offsets are not two whole numbers`);
  const [begin, end] = offsets as [number, number];
  if (end < begin) bad(`${tensor}: data_offsets [${begin}, ${end}] run backwards`);
  const size = shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, bytesOf[dtype as SafeDtype]);
  if (size !== end - begin) {
    bad(`${tensor}: ${dtype} [${quote(shape.join(", "), false)}] needs ${size} bytes, its offsets give ${end - begin}`);
  }
  return { name, dtype: dtype as SafeDtype, shape, begin, end };
}

/** The tensors must cover the data section from end to end, each byte once. */
function checkPlaces(entries: readonly Entry[], available: number, bad: Bad): void {
  const sorted = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of sorted) {
    if (end > available) {
      bad(
        `tensor ${quote(name)} ends at byte ${end} of ${available}`,
        "the file is truncated, or its header is broken",
      );
    }
    if (begin < at) bad(`tensor ${quote(name)} overlaps the one before it`);
    if (begin > at) bad(`bytes ${at} to ${begin} belong to no tensor`);
    at = end;
  }
  if (at !== available) bad(`bytes ${at} to ${available} belong to no tensor`);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** For one line of a message: short, and without line breaks. */
function quote(value: unknown, quotes = true): string {
  const text = String(quotes ? (JSON.stringify(value) ?? "nothing") : value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

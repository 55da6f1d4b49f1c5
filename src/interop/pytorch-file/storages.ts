// Where the numbers of a PyTorch file lie: one entry of a zip archive per storage, or, before PyTorch 1.6, one after
// another behind the pickle.
import { fail } from "../../base/index.ts";
import { ByteCursor } from "../binary/byte-cursor.ts";
import { isZip, readZip } from "../binary/zip.ts";
import { bytesOf, type SafeDtype } from "../safetensors.ts";
import { PersistentId, PickleGlobal, type PickleValue, readPickle } from "./pickle.ts";

/** Names of PyTorch's storages and dtypes, and what they are here. */
const dtypes: Readonly<Record<string, SafeDtype>> = {
  FloatStorage: "F32",
  float32: "F32",
  DoubleStorage: "F64",
  float64: "F64",
  HalfStorage: "F16",
  float16: "F16",
  BFloat16Storage: "BF16",
  bfloat16: "BF16",
  LongStorage: "I64",
  int64: "I64",
  IntStorage: "I32",
  int32: "I32",
  ShortStorage: "I16",
  int16: "I16",
  CharStorage: "I8",
  int8: "I8",
  ByteStorage: "U8",
  uint8: "U8",
  BoolStorage: "BOOL",
  bool: "BOOL",
};

/** The dtype that a name such as `torch.FloatStorage` or `torch.float16` stands for. */
export const dtypeOf = (name: string): SafeDtype | undefined =>
  Object.hasOwn(dtypes, name.slice(name.lastIndexOf(".") + 1))
    ? dtypes[name.slice(name.lastIndexOf(".") + 1)]
    : undefined;

export interface Storage {
  /** `undefined` for untyped storages (the tensor has the dtype) and for kinds that are not read. */
  readonly dtype: SafeDtype | undefined;
  /** `torch.FloatStorage`, for messages. */
  readonly kind: string;
  readonly bytes: Uint8Array;
}

/** The object that was saved, and its storages. */
export interface Unpickled {
  readonly root: PickleValue;
  /** @throws UnrolledError with code "file" for a reference to nothing */
  storage(reference: PersistentId): Storage;
  readonly bigEndian: boolean;
}

export function unpickle(bytes: Uint8Array, where: string): Unpickled {
  return isZip(bytes) ? fromZip(bytes, where) : fromLegacy(bytes, where);
}

function fromZip(bytes: Uint8Array, where: string): Unpickled {
  const files = readZip(bytes, where);
  const pickle = files.names
    .filter((name) => name === "data.pkl" || name.endsWith("/data.pkl"))
    .sort((a, b) => a.length - b.length)[0];
  if (pickle === undefined)
    return fail({
      where,
      expected: "an archive of torch.save with a file data.pkl",
      received: files.names.slice(0, 5).join(", ") || "an empty archive",
      code: "file",
    });
  const folder = pickle.slice(0, -"data.pkl".length);
  const order = files.get(`${folder}byteorder`);
  return {
    root: readPickle(new ByteCursor(files.get(pickle)!, `${where}(${pickle})`)),
    bigEndian: order !== undefined && new TextDecoder().decode(order).trim() === "big",
    storage(reference) {
      const { kind, key } = parse(reference, where);
      const found = files.get(`${folder}data/${key}`) ?? files.get(`${folder}tensors/${key}`);
      if (!found) return fail({ where, problem: `the archive has no storage "${key}"`, code: "file" });
      return { dtype: dtypeOf(kind), kind, bytes: found };
    },
  };
}

/** 0x1950a86a20f9469cfc6c: the first pickle of a file written before PyTorch 1.6. */
const legacyMagic = 119547037146038801333356n;
/** Pickles one after another (magic number, version, machine, the object, the keys), then each storage with its length before it. */
function fromLegacy(bytes: Uint8Array, where: string): Unpickled {
  const cursor = new ByteCursor(bytes, where);
  const hint = "expected a file of torch.save; plain pickles, tar archives (before PyTorch 0.2) and HDF5 are not read";
  let magic: PickleValue;
  try {
    magic = readPickle(cursor);
  } catch {
    magic = null;
  }
  if (magic !== legacyMagic) return fail({ where, problem: "this is not a PyTorch file", hint, code: "file" });
  readPickle(cursor);
  const machine = readPickle(cursor);
  const root = readPickle(cursor);
  const keys = readPickle(cursor);
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === "string" || typeof key === "number"))
    return fail({ where, problem: "the list of storages cannot be read", code: "file" });
  const kinds = new Map<string, string>();
  for (const reference of references(root)) {
    const { kind, key } = parse(reference, where);
    kinds.set(key, kind);
  }
  const found = new Map<string, Storage>();
  for (const key of keys.map(String)) {
    const kind = kinds.get(key);
    const dtype = kind === undefined ? undefined : dtypeOf(kind);
    if (kind === undefined || dtype === undefined)
      return fail({ where, problem: `the storage "${key}" (${kind ?? "unknown"}) cannot be read`, code: "file" });
    found.set(key, { dtype, kind, bytes: cursor.take(cursor.uint64() * bytesOf[dtype]) });
  }
  return {
    root,
    bigEndian: machine instanceof Map && machine.get("little_endian") === false,
    storage(reference) {
      const { key } = parse(reference, where);
      return found.get(key) ?? fail({ where, problem: `there is no storage "${key}"`, code: "file" });
    },
  };
}

/** All references in a value, each object looked at once. */
function references(root: PickleValue): PersistentId[] {
  const found: PersistentId[] = [];
  const seen = new Set<PickleValue>();
  const todo: PickleValue[] = [root];
  while (todo.length > 0) {
    const value = todo.pop()!;
    if (typeof value !== "object" || value === null || value instanceof Uint8Array || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof PersistentId) {
      if (Array.isArray(value.id) && value.id[0] === "storage") found.push(value);
    } else if (Array.isArray(value)) for (const item of value) todo.push(item);
    else if (value instanceof Map) for (const [key, item] of value) todo.push(key, item);
    else if (!(value instanceof PickleGlobal)) {
      for (const item of value.args) todo.push(item);
      for (const item of value.items) todo.push(item);
      for (const item of value.entries.values()) todo.push(item);
      todo.push(value.state);
    }
  }
  return found;
}

/** `("storage", torch.FloatStorage, "0", "cpu", 12)`. */
function parse({ id }: PersistentId, where: string): { kind: string; key: string } {
  const [tag, kind, key] = Array.isArray(id) ? id : [];
  if (tag !== "storage" || !(kind instanceof PickleGlobal) || (typeof key !== "string" && typeof key !== "number"))
    return fail({ where, problem: "a reference to a storage cannot be read", code: "file" });
  return { kind: kind.name, key: String(key) };
}

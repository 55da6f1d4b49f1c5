// PyTorch's .pt and .pth files, without PyTorch and without running anything that they contain.
import { fail } from "../../base/index.ts";
import { type SafeDtype, type SafeTensor, toFloat32 } from "../safetensors.ts";
import { PersistentId, PickleGlobal, PickleObject, type PickleValue } from "./pickle.ts";
import { dtypeOf, type Unpickled, unpickle } from "./storages.ts";
import { copyStrided, swapBytes } from "./strided.ts";

export interface PyTorchFile {
  /** By name: the keys of nested dictionaries and the attributes of objects, joined by dots. */
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  /** Numbers, strings and booleans beside them, by name: options, vocabularies, an epoch. */
  readonly values: ReadonlyMap<string, string | number | boolean>;
  /** Tensors that cannot be represented, and why: complex or quantized numbers, sparse layouts. */
  readonly skipped: ReadonlyMap<string, string>;
}

/** So many values are looked at in a file: shared parts count each time that they appear. */
const mostValues = 2_000_000;

/**
 * Reads a file of `torch.save`: a `state_dict`, a checkpoint that holds one, or a whole module. Zip files (PyTorch 1.6
 * and newer, TorchScript too) and the format before are read. Names in the pickle are never looked up, and nothing is
 * called, so a file from elsewhere cannot run code.
 *
 * @param where how errors name the file
 * @throws UnrolledError with code "file" where the file is damaged or is not a PyTorch file
 * @example
 * const { tensors } = readPyTorch(await readFile("model.pt"));
 * setParameters(model, fromPyTorch(stateDict(tensors)));
 */
export function readPyTorch(bytes: Uint8Array, { where = "readPyTorch" } = {}): PyTorchFile {
  const file = unpickle(bytes, where);
  const tensors = new Map<string, SafeTensor>();
  const values = new Map<string, string | number | boolean>();
  const skipped = new Map<string, string>();
  const budget = { elements: Math.max(1 << 20, bytes.length) };
  let visited = 0;
  const open = new Set<PickleValue>();
  /** Names are made of what leads to a value; a value inside itself is left out. */
  const visit = (name: string, value: PickleValue, depth: number): void => {
    if (++visited > mostValues) fail({ where, problem: `more than ${mostValues} values in one file`, code: "file" });
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") values.set(name, value);
    if (typeof value !== "object" || value === null) return;
    const text = bytesText(value);
    if (text !== undefined) values.set(name, text);
    if (value instanceof Uint8Array || text !== undefined) return;
    if (value instanceof PickleGlobal || value instanceof PersistentId || open.has(value) || depth > 64) return;
    const below = (key: PickleValue) => (name === "" ? String(key) : `${name}.${String(key)}`);
    const inside = (key: PickleValue, item: PickleValue) => {
      if (typeof key === "string" || typeof key === "number") visit(below(key), item, depth + 1);
    };
    open.add(value);
    if (Array.isArray(value)) for (const [i, item] of value.entries()) inside(i, item);
    else if (value instanceof Map) for (const [key, item] of value) inside(key, item);
    else {
      const tensor = tensorOf(value);
      if (tensor) {
        const made = makeTensor(tensor, file, where, budget);
        if (typeof made === "string") skipped.set(name, made);
        else tensors.set(name, made);
      } else visitObject(name, value, inside, depth);
    }
    open.delete(value);
  };
  const visitObject = (
    name: string,
    { args, entries, items, state }: PickleObject,
    inside: (key: PickleValue, item: PickleValue) => void,
    depth: number,
  ) => {
    for (const [key, item] of entries) inside(key, item);
    for (const [i, item] of items.entries()) inside(i, item);
    if (state !== null) visit(name, state, depth + 1);
    for (const arg of args) if (typeof arg === "object") visit(name, arg, depth + 1);
  };
  visit("", file.root, 0);
  return { tensors, values, skipped };
}

/**
 * The floating-point tensors as a `state_dict` for `fromPyTorch`. Without `prefix`, a single common wrapper such as
 * `state_dict.`, `model.` or `module.` is removed; a module's `_parameters` and `_modules` levels always are.
 */
export function stateDict(
  tensors: ReadonlyMap<string, SafeTensor>,
  { prefix }: { prefix?: string } = {},
): Record<string, { shape: number[]; data: Float32Array }> {
  const plain = [...tensors]
    .filter(([, { dtype }]) => ["F32", "F16", "BF16", "F64"].includes(dtype))
    .map(([name, tensor]): [string, SafeTensor] => [
      name.replace(/(^|\.)(_parameters|_modules|_buffers)(?=\.)/g, ""),
      tensor,
    ])
    .map(([name, tensor]): [string, SafeTensor] => [name.replace(/^\./, ""), tensor]);
  const common = prefix ?? /^(?:(?:model_)?state_dict|model|module|net|network)\./.exec(plain[0]?.[0] ?? "")?.[0] ?? "";
  const removable = prefix !== undefined || plain.every(([name]) => name.startsWith(common));
  return Object.fromEntries(
    plain
      .filter(([name]) => !removable || name.startsWith(common))
      .map(([name, tensor]) => [
        removable ? name.slice(common.length) : name,
        { shape: tensor.shape, data: toFloat32(tensor) },
      ]),
  );
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
/** Longer ones are data, not text. */
const longestText = 65_536;

/** Python's bytes as text, where they are UTF-8; older protocols write them as a call of `_codecs.encode(text, "latin1")`. */
function bytesText(value: PickleValue): string | undefined {
  const [given, codec] = value instanceof PickleObject && value.name === "_codecs.encode" ? value.args : [];
  const latin1 = typeof given === "string" && codec === "latin1" ? given : undefined;
  const bytes = latin1 === undefined ? value : Uint8Array.from(latin1, (character) => character.charCodeAt(0));
  if (!(bytes instanceof Uint8Array) || bytes.length > longestText) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

interface TensorRecord {
  readonly storage: PersistentId;
  readonly dtype?: SafeDtype;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** What a call such as `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, ...)` would have made; a string is a refusal. */
function tensorOf(value: PickleObject): TensorRecord | string | undefined {
  const name = value.name.slice(value.name.lastIndexOf(".") + 1);
  const [first] = value.args;
  if (name.startsWith("_rebuild_parameter")) return first instanceof PickleObject ? tensorOf(first) : undefined;
  if (name === "_rebuild_from_type_v2") {
    const [callee, , args] = value.args;
    if (!(callee instanceof PickleGlobal) || !Array.isArray(args)) return undefined;
    return tensorOf(new PickleObject(callee.name, args));
  }
  if (!name.startsWith("_rebuild_") || !/tensor/.test(name)) return undefined;
  if (!/^_rebuild_tensor(_v[23])?$/.test(name)) return `${name.slice("_rebuild_".length)} is not supported`;
  const [storage, offset, shape, stride] = value.args;
  if (!(storage instanceof PersistentId) || typeof offset !== "number" || !whole(shape) || !whole(stride))
    return "its description cannot be read";
  const dtype = name.endsWith("v3") ? value.args[6] : undefined;
  if (dtype === undefined) return { storage, offset, shape, stride };
  const known = dtype instanceof PickleGlobal ? dtypeOf(dtype.name) : undefined;
  return known ? { storage, offset, shape, stride, dtype: known } : "its dtype is not supported";
}

const whole = (list: PickleValue | undefined): list is number[] =>
  Array.isArray(list) && list.length <= 32 && list.every((x) => typeof x === "number" && Number.isInteger(x) && x >= 0);

function makeTensor(
  record: TensorRecord | string,
  file: Unpickled,
  where: string,
  budget: { elements: number },
): SafeTensor | string {
  if (typeof record === "string") return record;
  const storage = file.storage(record.storage);
  const dtype = record.dtype ?? storage.dtype;
  if (!dtype) return `${storage.kind} is not supported`;
  const { offset, shape, stride } = record;
  const count = shape.reduce((a, b) => a * b, 1);
  budget.elements -= count; // strides of 0 could make a small file large
  if (!(budget.elements >= 0))
    fail({ where, problem: `a tensor of shape [${shape}] is larger than its file`, code: "file" });
  const bytes = file.bigEndian ? swapBytes(storage.bytes, dtype) : storage.bytes;
  return { dtype, shape: [...shape], data: copyStrided(bytes, dtype, { offset, shape, stride }, where) };
}

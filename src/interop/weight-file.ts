// Files that other libraries write: weights (torch.save, safetensors) and lists of tokens (JSON, pickle, one a line).
import { fail } from "../base/index.ts";
import { ByteCursor } from "./binary/byte-cursor.ts";
import { isHdf5 } from "./hdf5/read.ts";
import type { StateDict } from "./pytorch.ts";
import { PickleObject, type PickleValue, readPickle } from "./pytorch-file/pickle.ts";
import { readPyTorch, stateDict } from "./pytorch-file/read.ts";
import { readSafetensors } from "./safetensors.ts";

export interface WeightFile {
  /** Floating-point tensors, without the names of what is wrapped around the network. */
  readonly state: StateDict;
  /** Numbers, texts and booleans that lie beside them, by name. */
  readonly values: ReadonlyMap<string, string | number | boolean>;
  /** Tokens in the order of their ids, where the file has them: flair's. */
  readonly tokens?: readonly string[];
}

const wrapper = /^(?:(?:model_)?state_dict|model|module|net|network)\./;
const besides = /^(?:opt|optim|optimizer|optimizers|scheduler|lr_scheduler|scaler)(?:_state(?:_dict)?)?\./;

/**
 * Reads a weight file: `.pt` and `.pth` in any format of torch.save, or `.safetensors`. Half-precision numbers are widened.
 * Nothing in the file is run.
 *
 * @throws UnrolledError with code "file" where it is neither, or damaged
 *
 * @example
 * ```ts
 * const { state } = readWeights(await readFile("model.pt"));
 * setParameters(model, state, { rename: { rnn: "encoder", decoder: "output" } });
 * ```
 */
export function readWeights(bytes: Uint8Array, { where = "weights" } = {}): WeightFile {
  if (bytes[8] === 0x7b && !isPickle(bytes)) {
    const { tensors, metadata } = readSafetensors(bytes, { where });
    return { state: unwrapped(stateDict(tensors, { prefix: "" })), values: metadata };
  }
  if (isHdf5(bytes))
    fail({
      where,
      expected: "a file of torch.save or safetensors",
      received: "HDF5, the format of Keras",
      hint: "readKeras reads whole models of Keras",
      code: "file",
    });
  const { tensors, values } = readPyTorch(bytes, { where });
  const tokens: string[] = [];
  for (const [name, value] of values) {
    const index = /^dictionary\.idx2item\.(\d+)$/.exec(name)?.[1];
    if (index !== undefined) tokens[Number(index)] = String(value);
  }
  return {
    state: unwrapped(stateDict(tensors, { prefix: "" })),
    values,
    ...(tokens.length > 0 ? { tokens: Array.from(tokens, (token, i) => token ?? `<${i}>`) } : {}),
  };
}

const isPickle = (bytes: Uint8Array): boolean => bytes[0] === 0x80 || (bytes[0] === 0x50 && bytes[1] === 0x4b);

/** Takes `state_dict.`, `model.` and the like off, and leaves an optimizer's tensors out. */
function unwrapped(state: StateDict): StateDict {
  let names = Object.entries(state);
  for (;;) {
    const first = names.find(([name]) => /(^|\.)weight_hh_/.test(name))?.[0] ?? "";
    const prefix = wrapper.exec(first)?.[0];
    if (prefix === undefined) return Object.fromEntries(names);
    const inside = names.filter(([name]) => name.startsWith(prefix));
    const others = names.filter(([name]) => !name.startsWith(prefix) && !besides.test(name));
    // A dictionary's key holds the whole network; a module of that name may be a part of it.
    if (others.length > 0 && !/state_dict\.$/.test(prefix)) return Object.fromEntries(names);
    names = inside.map(([name, value]) => [name.slice(prefix.length), value]);
  }
}

/**
 * A list of tokens in the order of their ids: JSON (a list, or ids by token), a pickle of a list (fastai's `itos`), or a text
 * with one token a line.
 *
 * @throws UnrolledError with code "file" where it is something else
 *
 * @example
 * ```ts
 * const tokens = readTokens(await readFile("itos.pkl"));
 * ```
 */
export function readTokens(bytes: Uint8Array, { where = "vocabulary" } = {}): string[] {
  if (bytes[0] === 0x80) return strings(pickled(readPickle(new ByteCursor(bytes, where))), where);
  const text = new TextDecoder().decode(bytes);
  if (/^\s*[[{]/.test(text)) {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      // a text whose first token is a bracket
    }
    if (json !== undefined) return strings(json, where);
  }
  return text.replace(/\r?\n$/, "").split(/\r?\n/);
}

/** Lists, and objects that hold one (fastai's `Vocab`), as plain data. */
function pickled(value: PickleValue): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (!(value instanceof PickleObject)) return value;
  if (value.items.length > 0) return value.items;
  const state = value.state instanceof Map ? value.state.get("itos") : undefined;
  return state === undefined ? value.args[0] : pickled(state);
}

function strings(value: unknown, where: string): string[] {
  if (Array.isArray(value) && value.every((token) => typeof token === "string")) return value;
  const entries = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  const ids = new Set(entries.map(([, id]) => id as unknown));
  // Keras's word_index begins at 1: row 0 is padding.
  const first = ids.has(0) ? 0 : 1;
  if (entries.length > 0 && entries.every((_, i) => ids.has(i + first)) && ids.size === entries.length) {
    const sorted = entries.sort(([, a], [, b]) => Number(a) - Number(b)).map(([token]) => token);
    return first === 0 ? sorted : ["<pad>", ...sorted];
  }
  return fail({
    where,
    expected: "a list of tokens, or the id of each token from 0 or 1 on",
    received: JSON.stringify(value)?.slice(0, 60) ?? String(value),
    code: "file",
  });
}

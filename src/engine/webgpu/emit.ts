// Tensors as expressions: what an element is, read from memory where the tensor lies there, else computed in place.
// A total table, as in the reference engine: an operation without a rule does not compile.
import { fail } from "../../base/index.ts";
import { isOp, type OpName, type Tensor } from "../../tensor/tensor.ts";
import type { Code } from "./code.ts";
import { type Draft, wgslType } from "./draft.ts";
import type { helpers } from "./helpers.ts";
import {
  at,
  broadcastIndex,
  coordinatesOf,
  coordinateText,
  flatOf as flatOfIndex,
  type Index,
  indexKey,
} from "./index-of.ts";

/** Reads elements of tensors for one kernel. */
export interface Reader {
  readonly draft: Draft;
  /** Tensors that this kernel computes itself at this index, though they lie in memory too. */
  readonly own: ReadonlySet<Tensor>;
  readonly ownIndex?: string;
  /** Values that the kernel has at hand; undefined where it has not. */
  readonly given?: (tensor: Tensor, index: Index) => string | undefined;
}

/** The variable that holds an element. */
export function read(reader: Reader, tensor: Tensor, index: Index, code: Code): string {
  const key = `${reader.draft.era}:${tensor.id}@${indexKey(index)}`;
  const known = code.known(key);
  if (known) return known;
  const value = reader.given?.(tensor, index) ?? compute(reader, tensor, index, code);
  // A constant gets a variable: WGSL refuses to compute infinity from constants at compile time.
  return code.define(key, isOp(tensor, "constant") ? `(${value})` : value);
}

function compute(reader: Reader, tensor: Tensor, index: Index, code: Code): string {
  const { draft, own, ownIndex } = reader;
  const { environment } = draft;
  const slice = environment.slices.get(tensor);
  if (slice) return read(reader, slice.outer, atTime(reader, tensor, index, code), code);
  const home = environment.homes.get(tensor);
  if (home && !(own.has(tensor) && indexKey(index) === ownIndex)) return draft.load(home, tensor.dtype, index, code);
  const rule = rules[tensor.op] as Rule<OpName>;
  return rule(tensor, index, { reader, code });
}

/** The index of a scanned tensor at this step. */
function atTime({ draft }: Reader, tensor: Tensor, index: Index, code: Code): Index {
  const { parameters, slices, homes } = draft.environment;
  const { outer, loop } = slices.get(tensor)!;
  const { time } = draft.step(loop);
  if (index.flat !== undefined && homes.has(outer)) {
    return { shape: outer.shape, flat: code.let(`(${time} * ${parameters.size(tensor.shape)} + ${index.flat})`) };
  }
  return { shape: outer.shape, coordinates: [at(time), ...coordinatesOf(index, code, parameters)] };
}

interface Place {
  reader: Reader;
  code: Code;
}
type Rule<K extends OpName> = (tensor: Tensor<K>, index: Index, place: Place) => string;

const operand = (tensor: Tensor, k: number, index: Index, { reader, code }: Place): string => {
  const x = tensor.inputs[k]!;
  return read(reader, x, broadcastIndex(index, x.shape, code, reader.draft.environment.parameters), code);
};

const unary =
  (write: (x: string) => string): Rule<OpName> =>
  (tensor, index, place) =>
    write(operand(tensor, 0, index, place));

const helped =
  (helper: keyof typeof helpers): Rule<OpName> =>
  (tensor, index, place) => {
    place.reader.draft.helpers.add(helper);
    return `${helper}(${operand(tensor, 0, index, place)})`;
  };

const binary =
  (write: (a: string, b: string) => string): Rule<OpName> =>
  (tensor, index, place) =>
    write(operand(tensor, 0, index, place), operand(tensor, 1, index, place));

const stored: Rule<OpName> = (tensor) =>
  fail({ where: "webgpu", code: "internal", problem: `${tensor.op} has no place in memory` });

const coordinates = (index: Index, { reader, code }: Place) =>
  coordinatesOf(index, code, reader.draft.environment.parameters);

const rules: { [K in OpName]: Rule<K> } = {
  input: (tensor, index, { reader, code }) => {
    const { masks } = reader.draft.environment;
    const number = masks.get(tensor);
    if (number === undefined) return stored(tensor, index, { reader, code });
    reader.draft.helpers.add("mask_");
    const flat = index.flat ?? flatten(index, { reader, code });
    return `mask_(${flat}, D[${number}])`;
  },
  constant: (tensor, index, { reader, code }) => {
    const { value } = tensor.attrs;
    if (typeof value === "number") return literal(value, tensor, reader);
    return reader.draft.load(reader.draft.environment.constant(tensor), tensor.dtype, index, code);
  },
  neg: unary((x) => `(-${x})`),
  exp: unary((x) => `exp(${x})`),
  log: unary((x) => `log(${x})`),
  sqrt: unary((x) => `sqrt(${x})`),
  abs: unary((x) => `abs(${x})`),
  sign: unary((x) => `sign(${x})`),
  erf: helped("erf_"),
  tanh: helped("tanh_"),
  sigmoid: helped("sigmoid_"),
  relu: helped("relu_"),
  add: binary((a, b) => `(${a} + ${b})`),
  sub: binary((a, b) => `(${a} - ${b})`),
  mul: (tensor, index, place) => {
    const [a, b] = [operand(tensor, 0, index, place), operand(tensor, 1, index, place)];
    return tensor.dtype === "bool" ? `(${a} && ${b})` : `(${a} * ${b})`;
  },
  div: binary((a, b) => `(${a} / ${b})`),
  maximum: binary((a, b) => `max(${a}, ${b})`),
  minimum: binary((a, b) => `min(${a}, ${b})`),
  less: (tensor, index, place) => {
    const a = operand(tensor, 0, index, place);
    const limit = tensor.inputs[1]!;
    // A driver may compile as if no number were NaN or infinite: the guard of a training step looks at the bits.
    if (isOp(limit, "constant") && limit.attrs.value === Infinity)
      return `((bitcast<u32>(${a}) & 0x7fffffffu) < 0x7f800000u || bitcast<u32>(${a}) == 0xff800000u)`;
    return `(${a} < ${operand(tensor, 1, index, place)})`;
  },
  equal: binary((a, b) => `(${a} == ${b})`),
  select: (tensor, index, place) => {
    const [condition, a, b] = [0, 1, 2].map((k) => operand(tensor, k, index, place));
    return `select(${b}, ${a}, ${condition})`;
  },
  cast: (tensor, index, place) => {
    const x = operand(tensor, 0, index, place);
    const from = tensor.inputs[0]!.dtype;
    if (tensor.dtype === from) return x;
    return tensor.dtype === "bool" ? `(${x} != ${from === "int" ? "0i" : "0.0"})` : `${wgslType[tensor.dtype]}(${x})`;
  },
  sum: stored,
  max: stored,
  argMax: stored,
  matmul: stored,
  reshape: (tensor, index, { reader, code }) => {
    const x = tensor.inputs[0]!;
    return read(reader, x, { shape: x.shape, flat: flatten(index, { reader, code }) }, code);
  },
  transpose: (tensor, index, { reader, code }) => {
    const own = coordinates(index, { reader, code });
    const turned = new Array(own.length);
    for (const [i, axis] of tensor.attrs.perm.entries()) turned[axis] = own[i];
    return read(reader, tensor.inputs[0]!, { shape: tensor.inputs[0]!.shape, coordinates: turned }, code);
  },
  broadcastTo: (tensor, index, place) => operand(tensor, 0, index, place),
  slice: (tensor, index, { reader, code }) => {
    const { axis, start } = tensor.attrs;
    const moved = coordinates(index, { reader, code }).map((c, i) => (i === axis ? at(c.base, c.add + start) : c));
    return read(reader, tensor.inputs[0]!, { shape: tensor.inputs[0]!.shape, coordinates: moved }, code);
  },
  concat: (tensor, index, { reader, code }) => {
    const { axis } = tensor.attrs;
    const own = coordinates(index, { reader, code });
    const place = code.let(coordinateText(own[axis]!));
    let start = 0;
    let result = "";
    for (const [k, part] of tensor.inputs.entries()) {
      const length = part.shape[axis] as number;
      const inside = code.let(`(${place} >= ${start}u && ${place} < ${start + length}u)`);
      if (length === 0) continue;
      const local = code.let(`select(0u, ${place} - ${start}u, ${inside})`);
      const value = read(
        reader,
        part,
        { shape: part.shape, coordinates: own.map((c, i) => (i === axis ? at(local) : c)) },
        code,
      );
      result = k === 0 || result === "" ? value : code.let(`select(${result}, ${value}, ${inside})`);
      start += length;
    }
    return result;
  },
  range: (_, index, place) => `i32(${coordinateText(coordinates(index, place)[0]!)})`,
  gather: (tensor, index, { reader, code }) => {
    const [table, ids] = tensor.inputs as [Tensor, Tensor];
    const own = coordinates(index, { reader, code });
    const rank = ids.shape.length;
    const id = rowOf(reader, ids, own.slice(0, rank), table.shape[0]!, code);
    return read(reader, table, { shape: table.shape, coordinates: [at(id), ...own.slice(rank)] }, code);
  },
  scatterAdd: stored,
  pick: (tensor, index, { reader, code }) => {
    const [x, ids] = tensor.inputs as [Tensor, Tensor];
    const own = coordinates(index, { reader, code });
    const id = rowOf(reader, ids, own, x.shape.at(-1)!, code);
    return read(reader, x, { shape: x.shape, coordinates: [...own, at(id)] }, code);
  },
  place: (tensor, index, { reader, code }) => {
    const [g, ids] = tensor.inputs as [Tensor, Tensor];
    const own = coordinates(index, { reader, code });
    const row = { shape: g.shape, coordinates: own.slice(0, -1) };
    const id = read(reader, ids, row, code);
    const zero = tensor.dtype === "int" ? "0i" : "0.0";
    return `select(${zero}, ${read(reader, g, row, code)}, u32(${id}) == ${coordinateText(own.at(-1)!)})`;
  },
  softmax: stored,
  logSoftmax: stored,
  crossEntropy: stored,
  crossEntropyGrad: stored,
  scan: stored,
  scanFinal: stored,
  scanStacked: stored,
};

function flatten(index: Index, { reader, code }: Place): string {
  const { parameters } = reader.draft.environment;
  return index.flat ?? flatOfIndex(index, code, parameters);
}

/** An id as a row number. Ids outside the table read its first or last row, never memory that is not theirs. */
function rowOf(
  reader: Reader,
  ids: Tensor,
  coordinates: Index["coordinates"],
  rows: Tensor["shape"][number],
  code: Code,
): string {
  const id = read(reader, ids, { shape: ids.shape, coordinates }, code);
  const last = reader.draft.environment.parameters.dim(rows);
  return code.let(`min(u32(max(${id}, 0i)), ${last} - 1u)`);
}

function literal(value: number, tensor: Tensor, { draft }: Reader): string {
  if (tensor.dtype === "int") return `${Math.trunc(value)}i`;
  if (tensor.dtype === "bool") return String(value !== 0);
  const float = Math.fround(value);
  if (Number.isFinite(float) && (float === 0 || Math.abs(float) > 1.2e-38)) return floatText(float);
  // WGSL has no literal for these: their bits are data.
  const bits = new Uint32Array(Float32Array.of(float).buffer)[0]!;
  return `bitcast<f32>(${draft.environment.parameters.bits(bits)})`;
}

export function floatText(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? (value < 0 ? `(${text})` : text) : value < 0 ? `(${text}.0)` : `${text}.0`;
}

// The parts of an ONNX file that hold a model's weights and what is written beside them: initializers and metadata. Every
// length is checked against the bytes that are there.
import { fail } from "../../base/index.ts";

export interface OnnxTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface OnnxContents {
  readonly metadata: ReadonlyMap<string, string>;
  /** The 32-bit float initializers of the main graph by name. */
  readonly tensors: ReadonlyMap<string, OnnxTensor>;
  /** Types of the main graph's nodes, in order. */
  readonly operators: readonly string[];
}

/** A field of a protocol buffer: a whole number, or a view of its bytes. */
type Field = readonly [field: number, value: number | Uint8Array];

const float = 1;
const text = new TextDecoder();

/**
 * Reads the weights and metadata of an ONNX file.
 *
 * @throws UnrolledError with code "file": no ONNX file, a truncated one, weights outside the file
 */
export function readOnnx(bytes: Uint8Array, { where = "onnx" } = {}): OnnxContents {
  const metadata = new Map<string, string>();
  const tensors = new Map<string, OnnxTensor>();
  const operators: string[] = [];
  const model = fields(bytes, where);
  for (const [field, value] of model) {
    if (field === 14) {
      const entry = fields(bytesOf(value, where), where);
      metadata.set(textOf(entry, 1, where), textOf(entry, 2, where));
    }
    if (field !== 7) continue;
    for (const [part, inner] of fields(bytesOf(value, where), where)) {
      if (part === 1) operators.push(textOf(fields(bytesOf(inner, where), where), 4, where));
      if (part === 5) addTensor(tensors, bytesOf(inner, where), where);
    }
  }
  if (!model.some(([field]) => field === 7))
    fail({ where, expected: "an ONNX file", received: "a file without a graph", code: "file" });
  return { metadata, tensors, operators };
}

function addTensor(tensors: Map<string, OnnxTensor>, bytes: Uint8Array, where: string): void {
  const all = fields(bytes, where);
  const name = textOf(all, 8, where);
  if (all.some(([field, value]) => field === 14 && value === 1))
    fail({ where, problem: `the weights of "${name}" lie in another file`, hint: "save it as one file", code: "file" });
  if (!all.some(([field, value]) => field === 2 && value === float)) return;
  const shape = all.flatMap(([field, value]) => (field === 1 ? numbersOf(value, where) : []));
  const raw = all.find(([field]) => field === 9)?.[1];
  const parts = raw === undefined ? all.filter(([field]) => field === 4).map(([, value]) => value) : [raw];
  const packed = parts.map((value) => bytesOf(value, where));
  const data = new Uint8Array(packed.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of packed) {
    data.set(part, at);
    at += part.length;
  }
  const size = shape.reduce((a, b) => a * b, 4);
  if (data.length !== size)
    fail({ where, expected: `${size} bytes of "${name}" [${shape}]`, received: `${data.length}`, code: "file" });
  const view = new DataView(data.buffer);
  tensors.set(name, { shape, data: Float32Array.from({ length: size / 4 }, (_, i) => view.getFloat32(4 * i, true)) });
}

/** The fields of a message. Fixed-width ones are given as their bytes. */
function fields(bytes: Uint8Array, where: string): Field[] {
  const found: Field[] = [];
  let at = 0;
  const broken = (): never => fail({ where, problem: `not an ONNX file, or a damaged one (byte ${at})`, code: "file" });
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= bytes.length) return broken();
      const byte = bytes[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    return broken();
  };
  const take = (length: number): Uint8Array => {
    if (!(at + length <= bytes.length)) return broken();
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const field = Math.floor(key / 8);
    const kind = key % 8;
    if (field === 0) broken();
    if (kind === 0) found.push([field, varint()]);
    else if (kind === 1) found.push([field, take(8)]);
    else if (kind === 2) found.push([field, take(varint())]);
    else if (kind === 5) found.push([field, take(4)]);
    else broken();
  }
  return found;
}

const bytesOf = (value: number | Uint8Array, where: string): Uint8Array =>
  typeof value === "number"
    ? fail({ where, expected: "an ONNX file", received: "a field of another kind", code: "file" })
    : value;

/** Dimensions, one by one or packed. */
const numbersOf = (value: number | Uint8Array, where: string): number[] =>
  typeof value === "number" ? [value] : packedNumbers(value, where);

function packedNumbers(bytes: Uint8Array, where: string): number[] {
  const out: number[] = [];
  let value = 0;
  let factor = 1;
  for (const byte of bytes) {
    value += (byte & 127) * factor;
    factor *= 128;
    if (byte < 128) {
      out.push(value);
      [value, factor] = [0, 1];
    }
  }
  if (factor !== 1) fail({ where, problem: "a dimension is cut short", code: "file" });
  return out;
}

function textOf(all: readonly Field[], field: number, where: string): string {
  const value = all.find(([each]) => each === field)?.[1];
  return value === undefined ? "" : text.decode(bytesOf(value, where));
}

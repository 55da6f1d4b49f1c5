// Element-wise loops over flat memory, made from tensors: a WebAssembly module with one SIMD loop for each expression, or
// plain JavaScript where SIMD is missing. Both round each operation to float32, in the order of the expression, so they
// give the same bits. An optimizer written as tensors runs as one pass over its parameters, gradients and moments.
import { wasmInstance } from "../../../base/index.ts";
import type { OpName } from "../../../tensor/tensor.ts";
import type { FlatMemory, Region } from "./memory.ts";

/** An operand: an array in memory, a number that is the same for all elements, or the result of an earlier instruction. */
export type Operand = { array: number } | { number: number } | { result: number };

/** One operation on every element. */
export interface Instruction {
  op: keyof typeof opcodes;
  operands: readonly Operand[];
}

/** A loop: instructions in order, then which results go to which arrays. All arrays are read before any is written. */
export interface LoopCode {
  arrays: number;
  numbers: number;
  instructions: readonly Instruction[];
  stores: readonly { array: number; value: Operand }[];
}

/** Runs over arrays of one size, with numbers rounded to float32. It also writes to the gap behind each array. */
export type Loop = (arrays: readonly Region[], numbers: readonly number[]) => void;

/** SIMD opcodes (f32x4) of the operations that a loop can have. */
const opcodes = {
  abs: 0xe0,
  neg: 0xe1,
  sqrt: 0xe3,
  add: 0xe4,
  sub: 0xe5,
  mul: 0xe6,
  div: 0xe7,
  minimum: 0xe8,
  maximum: 0xe9,
};

export const isLoopOp = (op: OpName): op is keyof typeof opcodes => Object.hasOwn(opcodes, op);

const modules = new Map<string, WebAssembly.Module>();

/** Makes a loop over a memory; modules are compiled once for each expression. */
export function compileLoop(code: LoopCode, memory: FlatMemory): Loop {
  if (!memory.memory) return plainLoop(code, memory);
  const key = `${memory.shared} ${JSON.stringify(code)}`;
  let module = modules.get(key);
  if (!module) {
    module = new WebAssembly.Module(encodeLoop(code, memory.shared));
    modules.set(key, module);
  }
  const { run } = wasmInstance<{ run: (...args: number[]) => void }>(module, memory.memory);
  const placed = new WeakMap<readonly Region[], readonly number[]>();
  return (arrays, numbers) => {
    let places = placed.get(arrays);
    if (!places) {
      places = [...arrays.map(({ offset }) => 4 * offset), Math.ceil(arrays[0]!.size / 8) * 8];
      placed.set(arrays, places);
    }
    run(...places, ...numbers);
  };
}

const u32 = (value: number): number[] => {
  const bytes: number[] = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value >>>= 7;
  } while (value > 0);
  return bytes;
};
const vector = (items: readonly (readonly number[])[]): number[] => [...u32(items.length), ...items.flat()];
const section = (id: number, content: readonly number[]): number[] => [id, ...u32(content.length), ...content];
const text = (name: string): number[] => [name.length, ...Array.from(name, (c) => c.charCodeAt(0))];

const [i32, f32, v128] = [0x7f, 0x7d, 0x7b];
const simd = (opcode: number): number[] => [0xfd, ...u32(opcode)];
const get = (local: number): number[] => [0x20, ...u32(local)];
const set = (local: number): number[] => [0x21, ...u32(local)];

/** The bytes of a module that imports env.memory and exports `run(addresses..., count, numbers...)`; count is a multiple of 8. */
function encodeLoop({ arrays, numbers, instructions, stores }: LoopCode, shared: boolean): Uint8Array<ArrayBuffer> {
  const count = arrays;
  const splats = arrays + 1 + numbers;
  const values = splats + numbers; // two chains of locals: their latencies overlap
  const chain = arrays + instructions.length;
  const local = (operand: Operand, which: number): number =>
    "number" in operand
      ? splats + operand.number
      : values + which * chain + ("array" in operand ? operand.array : arrays + operand.result);
  const body: number[] = [];
  for (let i = 0; i < numbers; i++) body.push(...get(arrays + 1 + i), ...simd(0x13), ...set(splats + i)); // f32x4.splat
  body.push(0x03, 0x40); // loop
  for (const which of [0, 1]) {
    for (let i = 0; i < arrays; i++)
      body.push(...get(i), ...simd(0x00), 4, 16 * which, ...set(local({ array: i }, which))); // v128.load
    for (const [i, { op, operands }] of instructions.entries())
      body.push(
        ...operands.flatMap((operand) => get(local(operand, which))),
        ...simd(opcodes[op]),
        ...set(local({ result: i }, which)),
      );
  }
  for (const which of [0, 1])
    for (const { array, value } of stores)
      body.push(...get(array), ...get(local(value, which)), ...simd(0x0b), 4, 16 * which); // v128.store
  for (let i = 0; i < arrays; i++) body.push(...get(i), 0x41, 32, 0x6a, ...set(i)); // address += 32
  body.push(...get(count), 0x41, 8, 0x6b, 0x22, ...u32(count), 0x0d, 0, 0x0b, 0x0b); // count -= 8; br_if; end; end
  const parameters = [...new Array(arrays + 1).fill(i32), ...new Array(numbers).fill(f32)];
  const locals = vector([[...u32(numbers + 2 * chain), v128]]);
  const code = [...locals, ...body];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([[0x60, ...vector(parameters.map((type) => [type])), 0]])),
    ...section(2, vector([[...text("env"), ...text("memory"), 2, ...(shared ? [3, 0, ...u32(65536)] : [0, 0])]])),
    ...section(3, vector([[0]])),
    ...section(7, vector([[...text("run"), 0, 0]])),
    ...section(10, vector([[...u32(code.length), ...code]])),
  ]);
}

const plainOps: Record<keyof typeof opcodes, (a: number, b: number) => number> = {
  abs: Math.abs,
  neg: (a) => -a,
  sqrt: Math.sqrt,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  minimum: Math.min,
  maximum: Math.max,
};

/** Element by element; a store into a Float32Array rounds as the kernel does. */
function plainLoop({ instructions, stores }: LoopCode, memory: FlatMemory): Loop {
  const results = new Float32Array(instructions.length);
  return (regions, given) => {
    const arrays = regions.map((region) => memory.view(region));
    const numbers = Float32Array.from(given);
    for (let k = 0; k < arrays[0]!.length; k++) {
      const value = (operand: Operand): number =>
        "array" in operand
          ? arrays[operand.array]![k]!
          : "number" in operand
            ? numbers[operand.number]!
            : results[operand.result]!;
      for (const [i, { op, operands }] of instructions.entries())
        results[i] = plainOps[op](value(operands[0]!), operands[1] ? value(operands[1]) : 0);
      const stored = stores.map((store) => value(store.value));
      for (const [i, { array }] of stores.entries()) arrays[array]![k] = stored[i]!;
    }
  };
}

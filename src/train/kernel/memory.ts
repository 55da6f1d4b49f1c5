// Flat buffers over one WebAssembly memory, and the loops that update them in place.
//
// Parameters, gradients and moments of a training run share one memory of fixed size (growing one would detach every
// view), so the kernel works on them without a copy, and so does ONNX Runtime, which takes its arrays as they are.
import { checkNumber, wasmInstance, wasmMemory, wasmModule } from "../../base/index.ts";
import kernelBase64 from "./kernel-wasm.ts";
import * as plain from "./plain.ts";

type Exports = Record<
  "sumSquares" | "scale" | "adam" | "sgd" | "sgdMomentum" | "rmsprop" | "rmspropMomentum",
  (...args: number[]) => number
>;

/** Which kernel works on which memory; a memo by identity, both paths give the same bits. */
const kernels = new WeakMap<ArrayBufferLike, Exports>();

export interface FlatMemory {
  /** One zeroed array of `length` floats for each buffer asked for, each aligned to 64 bytes. */
  readonly buffers: readonly Float32Array<ArrayBuffer>[];
  /** Whether the SIMD kernel serves them; if not, plain loops do. */
  readonly accelerated: boolean;
}

/**
 * Allocates `buffers` flat arrays of `length` floats in one memory of fixed size, which the optimizers and the gradient
 * norm then update by a WebAssembly SIMD kernel. Where that cannot be had (no SIMD, more than 4 GiB, or `plain` set),
 * the arrays are ordinary ones, with the same results.
 */
export function flatMemory(options: { length: number; buffers: number; plain?: boolean }): FlatMemory {
  const length = checkNumber("flatMemory(length)", options.length, { min: 0, integer: true });
  const count = checkNumber("flatMemory(buffers)", options.buffers, { min: 1, integer: true });
  const stride = Math.ceil(length / 16) * 64; // bytes
  const module = options.plain ? undefined : wasmModule(kernelBase64);
  const memory = module && wasmMemory(stride * count);
  const buffer = memory ? memory.buffer : new ArrayBuffer(stride * count);
  if (module && memory) kernels.set(buffer, wasmInstance<Exports>(module, memory));
  const buffers = Array.from({ length: count }, (_, i) => new Float32Array(buffer as ArrayBuffer, i * stride, length));
  return { buffers, accelerated: memory !== undefined };
}

/** The kernel that serves all of these arrays, if they share a memory that has one. */
function kernelOf(arrays: readonly Float32Array[]): Exports | undefined {
  const buffer = arrays[0]!.buffer;
  return arrays.every((array) => array.buffer === buffer) ? kernels.get(buffer) : undefined;
}

/** Sum of squares in float64, in a fixed order. */
export function sumSquares(values: Float32Array): number {
  const kernel = kernelOf([values]);
  return kernel ? kernel.sumSquares(values.byteOffset, values.length) : plain.sumSquares(values);
}

/** Multiplies in place by a factor rounded to float32. */
export function scaleInPlace(values: Float32Array, factor: number): void {
  const kernel = kernelOf([values]);
  if (kernel) kernel.scale(values.byteOffset, values.length, factor);
  else plain.scale(values, Math.fround(factor));
}

export type UpdateLoop = "adam" | "sgd" | "sgdMomentum" | "rmsprop" | "rmspropMomentum";

/**
 * Runs an optimizer's loop on arrays of equal length (parameters, gradients, then its moments), with the loop's numbers
 * in the order of kernel.as.ts.
 */
export function runLoop(loop: UpdateLoop, arrays: readonly Float32Array[], scalars: readonly number[]): void {
  const kernel = kernelOf(arrays);
  const [p, g, a, b] = arrays as [Float32Array, Float32Array, Float32Array, Float32Array];
  if (kernel) kernel[loop](...arrays.map((array) => array.byteOffset), p.length, ...scalars);
  else if (loop === "adam") plain.adam(p, g, a, b, scalars);
  else if (loop === "sgd") plain.sgd(p, g, scalars);
  else if (loop === "sgdMomentum") plain.sgdMomentum(p, g, a, scalars);
  else if (loop === "rmsprop") plain.rmsprop(p, g, a, scalars);
  else plain.rmspropMomentum(p, g, a, b, scalars);
}

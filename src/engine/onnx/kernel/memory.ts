// One WebAssembly memory of fixed size (growing it would detach every view), cut into float regions. Kernels work on it in
// place, and so does ONNX Runtime, which takes views as they are. Where WebAssembly or SIMD is missing, the memory is an
// ordinary buffer and plain loops give the same bits.
import { wasmInstance, wasmMemory, wasmModule } from "../../../base/index.ts";
import kernelBase64 from "./kernel-wasm.ts";

/** A stretch of floats. Regions begin at multiples of 16 floats and own the gap up to the next one. */
export interface Region {
  /** First float. */
  readonly offset: number;
  /** Number of floats. */
  readonly size: number;
}

/** Floats that a region takes, its gap included. */
export const padded = (size: number): number => Math.ceil(size / 16) * 16;

type Kernel = {
  sumSquares(at: number, count: number): number;
  add(to: number, from: number, count: number): void;
} & Record<string, unknown>;

/** What a flat memory is made of. A shared one can be sent to workers. */
export type Storage = WebAssembly.Memory | ArrayBuffer | SharedArrayBuffer;

export interface FlatMemory {
  readonly storage: Storage;
  /** Absent where plain loops serve the memory. */
  readonly memory?: WebAssembly.Memory;
  /** Several threads see it. ONNX Runtime does not take views of such memory. */
  readonly shared: boolean;
  readonly floats: Float32Array<ArrayBuffer>;
  /** The same array for the same region. */
  view(region: Region): Float32Array<ArrayBuffer>;
  /** Sum of squares in float64, in a fixed order. A square of a float32 neither overflows nor vanishes there. */
  sumSquares(region: Region): number;
  /** to += from; both of one size. */
  add(to: Region, from: Region): void;
}

/** Allocates `length` zeroed floats. `plain`: without WebAssembly; `shared`: for several threads. */
export function flatMemory(length: number, { plain = false, shared = false } = {}): FlatMemory {
  const memory = plain || !wasmModule(kernelBase64, { shared }) ? undefined : wasmMemory(4 * length, { shared });
  return openMemory(memory ?? (shared ? new SharedArrayBuffer(4 * length) : new ArrayBuffer(4 * length)), length);
}

/** The same memory as another thread allocated. */
export function openMemory(storage: Storage, length: number): FlatMemory {
  const memory = "buffer" in storage ? storage : undefined;
  const buffer = (memory?.buffer ?? storage) as ArrayBuffer;
  const shared = typeof SharedArrayBuffer !== "undefined" && (buffer as ArrayBufferLike) instanceof SharedArrayBuffer;
  const module = memory && wasmModule(kernelBase64, { shared });
  const kernel = module && wasmInstance<Kernel>(module, memory);
  const floats = new Float32Array(buffer, 0, length);
  const views = new WeakMap<Region, Float32Array<ArrayBuffer>>();
  const view = (region: Region) => {
    const known = views.get(region);
    if (known) return known;
    const made = floats.subarray(region.offset, region.offset + region.size);
    views.set(region, made);
    return made;
  };
  return {
    storage,
    ...(memory ? { memory } : {}),
    shared,
    floats,
    view,
    sumSquares: (region) =>
      kernel ? kernel.sumSquares(4 * region.offset, region.size) : plainSumSquares(view(region)),
    add(to, from) {
      if (kernel) kernel.add(4 * to.offset, 4 * from.offset, to.size);
      else plainAdd(view(to), view(from));
    },
  };
}

function plainAdd(to: Float32Array, from: Float32Array): void {
  for (let i = 0; i < to.length; i++) to[i]! += from[i]!;
}

/** Summed in the kernel's order: eight running sums, then pairwise. */
function plainSumSquares(g: Float32Array): number {
  const s = new Float64Array(8);
  const whole = g.length & ~7;
  for (let i = 0; i < whole; i += 8) for (let j = 0; j < 8; j++) s[j]! += g[i + j]! * g[i + j]!;
  const lane = (j: number) => s[j]! + s[j + 2]! + (s[j + 4]! + s[j + 6]!);
  let sum = lane(0) + lane(1);
  for (let i = whole; i < g.length; i++) sum += g[i]! * g[i]!;
  return sum;
}

// One memory for weights and intermediate values, and the kernels that work on it: WebAssembly with SIMD where the host
// allows it, else plain JavaScript.
import kernelsHex from "./kernels-wasm.ts";
import { type Kernels, plainKernels } from "./plain.ts";

export const fromHex = (digits: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(digits.match(/../g)!, (byte) => Number.parseInt(byte, 16));

/**
 * Weights as signed bytes, padded with zeros to a multiple of 8 columns and 4 rows, and a factor for each row. Places are in
 * floats.
 */
export interface ByteRows {
  readonly bytes: number;
  readonly scales: number;
  readonly width: number;
}

export interface Memory {
  readonly kind: "wasm" | "plain";
  readonly kernels: Kernels;
  /** The weights that the file stores as bytes, by the place of their floats. */
  readonly byteRows: Map<number, ByteRows>;
  /** The whole memory as it is now; not to be kept, for it is replaced as it grows. */
  floats(): Float32Array;
  /** Room for `count` floats and the gap behind them; the place of the first. */
  reserve(count: number): number;
}

export interface MemoryOptions {
  /**
   * The kernels, compiled: for hosts that compile no bytes at run time, such as Cloudflare Workers, where
   * `import kernels from "./model.wasm"` gives a module. `false`: plain JavaScript.
   */
  wasm?: WebAssembly.Module | false;
}

const page = 16384; // floats

export function createMemory({ wasm }: MemoryOptions = {}): Memory {
  const own = wasm === false ? undefined : instantiate(wasm);
  let floats = own ? new Float32Array(own.memory.buffer) : new Float32Array(page);
  let used = 0;
  return {
    kind: own ? "wasm" : "plain",
    kernels: own?.kernels ?? plainKernels(() => floats),
    byteRows: new Map(),
    floats: () => floats,
    reserve(count) {
      const at = used;
      used += (count + 11) & ~7; // 32-byte aligned; the gap takes what vectors write past the end
      if (used > floats.length) {
        const pages = Math.ceil(Math.max(used - floats.length, floats.length / 4) / page);
        if (own) {
          own.memory.grow(pages);
          floats = new Float32Array(own.memory.buffer);
        } else {
          const more = new Float32Array(floats.length + pages * page);
          more.set(floats);
          floats = more;
        }
      }
      return at;
    },
  };
}

function instantiate(given?: WebAssembly.Module): { memory: WebAssembly.Memory; kernels: Kernels } | undefined {
  try {
    const module = given ?? new WebAssembly.Module(fromHex(kernelsHex));
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return { memory, kernels: exports as unknown as Kernels };
  } catch {
    return undefined; // no WebAssembly, or not here
  }
}

// The engine of browsers: ONNX Runtime compiled to WebAssembly. It runs in Node too, where the native build cannot be loaded.
import type { Engine } from "../engine/engine.ts";
import { onnxruntimeEngine } from "../engine/onnx/engine.ts";
import { breathe } from "./breathe.ts";
import { webRuntime } from "./onnx-runtime.ts";

export interface WebEngineOptions {
  /**
   * Threads per operator; 1 by default. More need SharedArrayBuffer, and therefore a page that is cross-origin isolated.
   * The first engine of a page decides for all.
   */
  threads?: number;
  /**
   * Folder with `ort-wasm-simd-threaded.wasm` and `ort-wasm-simd-threaded.mjs`, as a URL that ends in "/". Default: the copies
   * in the package, which bundlers find.
   */
  wasmPaths?: string;
}

/**
 * The engine of browsers. It fetches ONNX Runtime when it compiles its first program, so that a page that only tokenizes does
 * not. It runs in the calling thread and returns to the event loop every 16 ms, or after each step that takes longer.
 *
 * @example
 * ```ts
 * setDefaultEngine(() => webEngine({ threads: 4, wasmPaths: "/ort/" }));
 * ```
 */
export function webEngine({ threads = 1, wasmPaths }: WebEngineOptions = {}): Engine {
  let loading: Promise<Engine> | undefined;
  async function load(): Promise<Engine> {
    const ort = await webRuntime();
    ort.env.wasm.numThreads = threads;
    ort.env.wasm.wasmPaths = wasmPaths ?? ort.env.wasm.wasmPaths ?? ort.wasmFiles;
    return onnxruntimeEngine("onnxruntime-web", ort, {
      session: {
        executionProviders: ["wasm"],
        graphOptimizationLevel: "basic", // the rest changes neither bits nor speed
        logSeverityLevel: 3,
        intraOpNumThreads: threads,
      },
      inPlace: false,
      cores: threads,
    });
  }
  return {
    name: "onnxruntime-web",
    cores: threads,
    async compile(program, options) {
      loading ??= load();
      const session = await (await loading).compile(program, options);
      return {
        ...session,
        async run(...args) {
          await breathe();
          return session.run(...args);
        },
      };
    },
  };
}

// The engine of browsers: ONNX Runtime compiled to WebAssembly. It runs in Node too, which is where it is tested.
import { fail } from "../base/index.ts";
import type { Engine } from "../engine/engine.ts";
import { onnxruntimeEngine } from "../engine/onnx/engine.ts";

export interface WebEngineOptions {
  /**
   * Threads per operator; 1 by default. More need SharedArrayBuffer, and so a page that is cross-origin isolated.
   * The first engine of a page decides for all.
   */
  threads?: number;
  /** Where the `.wasm` file lies: a folder's URL ending in "/". Default: beside the package's script. */
  wasmPaths?: string;
}

/**
 * The engine of browsers. It loads `onnxruntime-web`, a peer dependency, when it compiles its first program, so that a page
 * that only cuts texts into tokens does not need it.
 *
 * @throws UnrolledError with code "missing", at the first use, where `onnxruntime-web` is not installed
 *
 * @example
 * ```ts
 * setDefaultEngine(() => webEngine({ threads: 4, wasmPaths: "/ort/" }));
 * ```
 */
export function webEngine({ threads = 1, wasmPaths }: WebEngineOptions = {}): Engine {
  let engine: Promise<Engine> | undefined;
  const make = async (): Promise<Engine> => {
    const ort = await import("onnxruntime-web/wasm").catch((error: unknown) =>
      fail({
        where: "webEngine",
        expected: "the package onnxruntime-web",
        received: String(error instanceof Error ? error.message : error),
        hint: "npm install onnxruntime-web",
        code: "missing",
      }),
    );
    ort.env.wasm.numThreads = threads;
    if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
    return onnxruntimeEngine("onnxruntime-web", ort, {
      session: {
        executionProviders: ["wasm"],
        graphOptimizationLevel: "all",
        logSeverityLevel: 3,
        intraOpNumThreads: threads,
      },
    });
  };
  return {
    name: "onnxruntime-web",
    async compile(program, options) {
      engine ??= make();
      return (await engine).compile(program, options);
    },
  };
}

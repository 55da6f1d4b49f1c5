// The engine of browsers: ONNX Runtime compiled to WebAssembly. It runs in Node too, which is where it is tested.
import * as ort from "onnxruntime-web/wasm";
import type { Engine } from "../engine/engine.ts";
import { onnxruntimeEngine } from "../engine/onnx/engine.ts";

export interface WebEngineOptions {
  /**
   * Threads inside one operation; 1 by default. More need SharedArrayBuffer, and so a page that is cross-origin isolated.
   * The first engine of a page decides for all.
   */
  threads?: number;
  /** Where the `.wasm` file lies: a folder's URL ending in "/". Default: beside the package's script. */
  wasmPaths?: string;
}

/** Needs the package `onnxruntime-web`, a peer dependency. */
export function webEngine({ threads = 1, wasmPaths }: WebEngineOptions = {}): Engine {
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
}

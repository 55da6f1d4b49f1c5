// The WebAssembly build of ONNX Runtime, loaded when a model is first run: a tokenizer alone does not fetch it.
import type { OnnxRuntime } from "../engine/onnx/engine.ts";

export interface WebRuntime extends OnnxRuntime {
  env: { wasm: { numThreads?: number; wasmPaths?: string | object } };
  /** URLs of the WebAssembly and its loader, in the package's own copy. */
  wasmFiles?: object;
}

let loading: Promise<WebRuntime> | undefined;

export function webRuntime(): Promise<WebRuntime> {
  loading ??= import("onnxruntime-web/wasm");
  return loading;
}

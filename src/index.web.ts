// The package in browsers: everything but files, with ONNX Runtime's WebAssembly build as the default engine.
import { setDefaultEngine } from "./engine/default.ts";
import { webEngine } from "./web/index.ts";

export * from "./base/errors.ts";
export * from "./data/index.ts";
export * from "./decode/index.ts";
export { type Engine, referenceEngine, type Value } from "./engine/index.ts";
export * from "./nn/index.ts";
export * from "./tasks/index.ts";
export * from "./train/index.ts";
export * from "./web/index.ts";

setDefaultEngine(webEngine);

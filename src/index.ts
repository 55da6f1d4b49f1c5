// The package in Node: everything, with ONNX Runtime's native build as the default engine.
import { setDefaultEngine } from "./engine/default.ts";
import { nodeEngine } from "./node/index.ts";

export * from "./base/errors.ts";
export * from "./data/index.ts";
export * from "./decode/index.ts";
export { type Engine, referenceEngine, type Value } from "./engine/index.ts";
export * from "./nn/index.ts";
export * from "./node/index.ts";
export * from "./tasks/index.ts";
export * from "./train/index.ts";

setDefaultEngine(nodeEngine);

// The package in browsers: the same list as in Node. ONNX Runtime's WebAssembly build is the default engine.
import { setDefaultEngine } from "./engine/default.ts";
import { webEngine } from "./web/engine.ts";

export * from "./front.ts";
export { learnVectors, load, loadVectors, save, webEngine } from "./web/index.ts";

setDefaultEngine(webEngine);

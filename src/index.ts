// The package in Node. ONNX Runtime's native build is the default engine.
import { setDefaultEngine } from "./engine/default.ts";
import { nodeEngine } from "./node/engine.ts";

export * from "./front.ts";
export { load, loadVectors, nodeEngine, readText, save, saveVectors } from "./node/index.ts";

setDefaultEngine(nodeEngine);

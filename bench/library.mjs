// The built library as the measurements use it: the front door, which sets the default engine, and the sub-paths behind it.
export * from "../dist/data/index.js";
export * from "../dist/decode/index.js";
export * from "../dist/files/index.js";
export { load, nodeEngine, readText, save } from "../dist/index.js";
export * from "../dist/inspect/index.js";
export * from "../dist/nn/index.js";
export * from "../dist/tasks/index.js";
export * from "../dist/train/index.js";

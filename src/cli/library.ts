// The library as the commands use it: the front door, which sets the default engine, and the sub-paths behind it.
export * from "../data/index.ts";
export * from "../decode/index.ts";
export { load, load as loadModel, nodeEngine, readText, save } from "../index.ts";
export * from "../nn/index.ts";
export { type FolderLock, lockFolder, makeOutputFolder, writeOutput } from "../node/index.ts";
export * from "../tasks/index.ts";
export * from "../train/index.ts";

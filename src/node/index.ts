export { type NodeEngineOptions, nodeEngine } from "./engine.ts";
export { type FolderFiles, readFolder, type WriteFolderOptions, writeFolder } from "./folders.ts";
export { type LoadOptions, load, loadModel, type SaveOptions, save } from "./save.ts";
export { type Line, readBytes, readLines, readText } from "./text-files.ts";

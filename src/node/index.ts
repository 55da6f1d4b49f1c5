export { type FolderFiles, readFolder, type WriteFolderOptions, writeFolder } from "./folders.ts";
export { type Line, readBytes, readLines, readText } from "./text-files.ts";

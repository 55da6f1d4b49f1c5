export * from "./export/index.ts";
export { filesFromOnnx, isOnnx, onnxSiblings } from "./from-onnx.ts";
export * from "./import/index.ts";
export type { ModelFiles } from "./saved-files.ts";
export {
  filesOf,
  type Load,
  type LoadOptions,
  modelFileNames,
  modelFiles,
  modelFromFiles,
  type SaveOptions,
  type TaskFor,
} from "./saved-model.ts";

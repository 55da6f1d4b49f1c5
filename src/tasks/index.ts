export { exportOnnx } from "./export-onnx.ts";
export { type GenerateOptions, generate, generateTexts, type Stepper, stepper } from "./generate.ts";
export * from "./generation/index.ts";
export { byDistance, type InspectedRow, type InspectOptions, inspectGradients } from "./inspect.ts";
export {
  type LanguageModel,
  type LanguageModelConfig,
  type LanguageModelOptions,
  languageModel,
  languageModelFromConfig,
} from "./language-model.ts";
export type { Ids, LanguageModelData } from "./language-model-data.ts";
export * from "./many-to-one/index.ts";
export { type Model, type Models, type SavedTask, savedTasks, type TaskName } from "./saved.ts";
export * from "./tagging/index.ts";
export type { TokenEmbeddingOptions } from "./token-embedding.ts";
export * from "./toys/index.ts";
export * from "./translation/index.ts";
export { unfreezeModel } from "./unfreeze.ts";

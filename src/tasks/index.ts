export * from "./export/index.ts";
export type { Continuation } from "./generate.ts";
export { type GenerateOptions, generate, generateTexts, stepper } from "./generate.ts";
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
export { type LanguageModelRecipe, languageModelTask } from "./language-model-task.ts";
export * from "./many-to-one/index.ts";
export { compileModel, graphOf, modelOf, type Weights, weightsOf } from "./model.ts";
export { type Budget, type DataFacts, type Recipe, type TokenKind, trainOptions } from "./recipe.ts";
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
export { compileSteps, type RecurrentModel, recurrentGraph, type Stepper } from "./stepper.ts";
export * from "./tagging/index.ts";
export type { InferenceGraph, Packed, RunOptions, Task, TaskModel, TaskName, UnpackOptions } from "./task.ts";
export { type AnyTask, type Model, type ModelOf, type Tasks, tasks } from "./tasks.ts";
export type { TokenEmbeddingOptions } from "./token-embedding.ts";
export * from "./toys/index.ts";
export * from "./translation/index.ts";
export { unfreezeModel } from "./unfreeze.ts";
export {
  type DataOf,
  type InputOf,
  type OutputOf,
  type PredictOptionsOf,
  predict,
  type ReportOf,
  type ReportOptionsOf,
  report,
  type TaskOf,
  taskOf,
} from "./verbs.ts";

export { evaluationRows, floats, ints, trainingRows } from "./batches.ts";
export * from "./export/index.ts";
export * from "./import/index.ts";
export { byDistance, type InspectedRow, type InspectOptions, inspectGradients } from "./inspect.ts";
export { compileModel, graphOf, modelOf, rowsOf, type Weights, weightsOf } from "./model.ts";
export { batchPredictor, predictorOf, predictWith } from "./predictor.ts";
export * from "./reader/index.ts";
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
export * from "./sequence/index.ts";
export * from "./tagger/index.ts";
export {
  type CompileWith,
  defineTask,
  type Encoded,
  type InferenceGraph,
  type Packed,
  type Predictor,
  type RunOptions,
  type Task,
  type TaskModel,
  type TaskName,
  type UnpackOptions,
} from "./task.ts";
export { type AnyTask, type Model, type ModelOf, type Tasks, tasks } from "./tasks.ts";
export type { TokenEmbeddingOptions } from "./token-embedding.ts";
export * from "./toy/index.ts";
export * from "./translator/index.ts";
export { unfreezeModel } from "./unfreeze.ts";
export {
  type DataOf,
  encode,
  type InputOf,
  type OutputOf,
  type PredictOptionsOf,
  predict,
  predictor,
  type ReportOf,
  type ReportOptionsOf,
  report,
  type TaskOf,
  taskOf,
} from "./verbs.ts";

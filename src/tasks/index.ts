export { evaluationRows, trainingRows } from "../data/batches/rows.ts";
export type { TokenKind } from "../data/index.ts";
export { floats, ints } from "../engine/values.ts";
export { compileModel, graphOf, modelOf, rowsOf, type Weights, weightsOf } from "../networks/model.ts";
export type { TokenEmbeddingOptions } from "../networks/token-embedding.ts";
export { batchPredictor, predictorOf, predictWith } from "./predictor.ts";
export * from "./reader/index.ts";
export { type Budget, type DataFacts, type Recipe, trainOptions } from "./recipe.ts";
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
  type UnpackOptions,
} from "./task.ts";
export { type AnyTask, type Model, type ModelOf, type TaskName, type Tasks, taskFor, tasks } from "./tasks.ts";
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

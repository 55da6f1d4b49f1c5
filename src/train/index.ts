export type { BudgetOptions } from "./budget.ts";
export { clipFactor, findNonFinite, globalNorm } from "./clipping.ts";
export { type EarlyStopping, earlyStopping, type StoppingState } from "./early-stopping.ts";
export { type EvaluateOptions, type Evaluation, evaluate } from "./evaluate.ts";
export { type Progress, type TrainOptions, train } from "./loop.ts";
export { type LossUnits, lossUnits, runningMean, smoothed } from "./metrics.ts";
export {
  type BleuOptions,
  type BleuScore,
  type BleuTokenizer,
  bleu,
  chrF,
  describeBleu,
  tokenize13a,
} from "./metrics-bleu.ts";
export {
  type ClassReport,
  type ClassScore,
  classReport,
  classWeights,
  classWeightsOf,
  confusionMatrix,
} from "./metrics-classes.ts";
export { type Forecasts, naiveForecasts, scaledError } from "./metrics-forecast.ts";
export { type NumberReport, numberReport, pearson, ranks, spearman } from "./metrics-numbers.ts";
export { type RougeScore, rouge } from "./metrics-rouge.ts";
export { type SpanReport, type SpanScore, spanF1, tokenAccuracy } from "./metrics-tagging.ts";
export {
  type AdamOptions,
  type AverageOptions,
  adam,
  adamW,
  averaged,
  type Optimizer,
  optimizerFrom,
  type RmspropOptions,
  rmsprop,
  type SgdOptions,
  sgd,
  type UpdateInputs,
  type UpdateResult,
} from "./optimizers/index.ts";
export {
  constantRate,
  cosineDecay,
  oneCycle,
  type Schedule,
  stepDecay,
  warmup,
} from "./schedules.ts";
export { recurrentWeightsIn, shardsFor } from "./shards.ts";
export { trainingSpeed } from "./speed.ts";
export { type Best, type CarriedValue, checkpoint, type TrainingSettings, type TrainingState } from "./state.ts";
export type { ParameterGroups } from "./step.ts";
export type {
  Batch,
  BatchOptions,
  CarriedState,
  Cursor,
  EvaluationBatches,
  EvaluationBatchOptions,
  Followed,
  JudgeOptions,
  Judgment,
  Step,
  Trainable,
  TrainingBatches,
} from "./trainable.ts";
export type { Validation } from "./validate.ts";

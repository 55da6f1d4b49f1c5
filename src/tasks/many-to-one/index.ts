export type { ClassifyOptions } from "./classifier.ts";
export {
  type Classification,
  type Classifier,
  type ClassifierConfig,
  type ClassifierOptions,
  classifier,
  classifierFromConfig,
  classifierReport,
  classify,
} from "./classifier.ts";
export type { Forecast, ForecastInput } from "./forecaster.ts";
export {
  type ForecastData,
  type Forecaster,
  type ForecasterConfig,
  type ForecasterOptions,
  type ForecastReport,
  findSeason,
  firstUnseen,
  forecast,
  forecaster,
  forecasterFromConfig,
  forecasterReport,
  type SeenSeries,
  type SeriesScale,
  seenSeries,
  seriesScales,
} from "./forecaster.ts";
export type { ForwardOptions } from "./forward.ts";
export { type FeedForward, feedForward, type ManyToOneConfig, type ManyToOneOptions } from "./network.ts";
export type { Estimate } from "./regressor.ts";
export {
  type Regressor,
  type RegressorConfig,
  type RegressorOptions,
  type RegressorReport,
  rate,
  regressor,
  regressorFromConfig,
  regressorReport,
  type TargetScale,
  targetScale,
} from "./regressor.ts";
export { type RowFacts, type RowOptions, rowFacts } from "./rows.ts";
export { classifierTask, type ForecasterRecipe, forecasterTask, type LabeledRecipe, regressorTask } from "./tasks.ts";

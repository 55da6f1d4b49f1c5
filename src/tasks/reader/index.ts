export {
  type FeatureScale,
  type LabeledSteps,
  type NumberSteps,
  type RowFacts,
  rowFacts,
  stepScales,
} from "../../data/readings.ts";
export { type FitOptions, type FittedForecast, fitForecast } from "../../data/series/fit-forecast.ts";
export { type FeedForward, feedForward, type NetworkConfig, type NetworkOptions } from "../../networks/many-to-one.ts";
export type { TokenPredictionOptions } from "../../networks/token-prediction.ts";
export type { ClassifierReport } from "../../train/metrics-labels.ts";
export {
  type Classification,
  type Classifier,
  type ClassifierConfig,
  type ClassifierOptions,
  type ClassifyOptions,
  classifier,
} from "./classifier.ts";
export {
  type Forecast,
  type ForecastData,
  type Forecaster,
  type ForecasterConfig,
  type ForecasterOptions,
  type ForecastInput,
  type ForecastReport,
  firstUnseen,
  forecaster,
  stepsOf,
} from "./forecaster.ts";
export type { ReaderConfig, ReaderData, ReaderInput, ReaderModel, ReaderOptions } from "./reader.ts";
export {
  type Estimate,
  type Regressor,
  type RegressorConfig,
  type RegressorOptions,
  type RegressorReport,
  regressor,
  type TargetScale,
  targetScale,
} from "./regressor.ts";
export {
  classifierTask,
  type ForecasterRecipe,
  forecasterTask,
  type LabeledRecipe,
  longestPredicted,
  regressorTask,
} from "./tasks.ts";

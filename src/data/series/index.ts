export {
  type Autoregression,
  type AutoregressionOptions,
  autoregression,
  autoregressiveForecasts,
} from "./autoregression.ts";
export {
  continueDates,
  type DateStyle,
  dateStyle,
  findGaps,
  isoDate,
  nextDate,
  parseDate,
  type TimeStep,
  timeStep,
} from "./dates.ts";
export { type FitOptions, type FittedForecast, fitForecast, type LinearPart } from "./fit-forecast.ts";
export { isNumber, type NumberStyle, numberStyle, parseNumber } from "./numbers.ts";
export { readSeries, type SeriesData, type SeriesOptions } from "./read-series.ts";
export { type Normalization, normalization } from "./scale.ts";
export { findSeason } from "./season.ts";
export { normalized, type SeenSeries, type SeriesPart, type SeriesScale, seenSeries, seriesScales } from "./seen.ts";
export {
  seriesTransform,
  suggestTransform,
  type Transform,
  type TransformChoice,
  type TransformName,
} from "./transform.ts";

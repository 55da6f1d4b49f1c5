export {
  type BleuOptions,
  type BleuScore,
  type BleuTokenizer,
  bleu,
  chrF,
  describeBleu,
  tokenize13a,
} from "./metrics-bleu.ts";
export { type ClassReport, type ClassScore, classReport, classWeights, confusionMatrix } from "./metrics-classes.ts";
export { type Forecasts, naiveForecasts, scaledError } from "./metrics-forecast.ts";
export { type NumberReport, numberReport, pearson, ranks, spearman } from "./metrics-numbers.ts";
export { type SpanReport, type SpanScore, spanF1, tokenAccuracy } from "./metrics-tagging.ts";

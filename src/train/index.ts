export { type ClassReport, type ClassScore, classReport, classWeights, confusionMatrix } from "./metrics-classes.ts";
export { type NumberReport, numberReport, pearson, ranks, spearman } from "./metrics-numbers.ts";
export { type SpanReport, type SpanScore, spanF1, tokenAccuracy } from "./metrics-tagging.ts";

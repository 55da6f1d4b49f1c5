// The package in browsers: everything but files, with ONNX Runtime's WebAssembly build as the default engine.
import { withEngine } from "./tasks/index.ts";
import { webEngine } from "./web/index.ts";

export * from "./base/errors.ts";
export * from "./data/index.ts";
export * from "./decode/index.ts";
export { type Engine, referenceEngine, type Value } from "./engine/index.ts";
export * from "./nn/index.ts";
export {
  type Classification,
  type Classifier,
  type ClassifierOptions,
  type Composition,
  classifier,
  exportOnnx,
  type Forecaster,
  type ForecasterOptions,
  feedForward,
  findSeason,
  firstUnseen,
  forecaster,
  type Generator,
  type GeneratorOptions,
  generator,
  type LanguageModel,
  type LanguageModelOptions,
  languageModel,
  longPairs,
  type Piece,
  type Regressor,
  type RegressorOptions,
  regressor,
  rowFacts,
  seenSeries,
  seriesScales,
  splitLong,
  type Translation,
  type TranslationReport,
  type Translator,
  type TranslatorOptions,
  targetScale,
  translator,
  unfreezeModel,
} from "./tasks/index.ts";
export * from "./train/index.ts";
export * from "./web/index.ts";

/** As in `unrolled/train` and `unrolled/tasks`, with `webEngine()` where no engine is given. */
export const {
  train,
  evaluate,
  generate,
  generateTexts,
  classify,
  classifierReport,
  rate,
  regressorReport,
  forecast,
  forecasterReport,
  compose,
  translate,
  translateAll,
  translationReport,
  attentionOf,
} = withEngine(webEngine);

// The package in Node: everything, with ONNX Runtime's native build as the default engine.
import { nodeEngine } from "./node/index.ts";
import { withEngine } from "./tasks/index.ts";

export * from "./base/errors.ts";
export * from "./data/index.ts";
export * from "./decode/index.ts";
export { type Engine, referenceEngine, type Value } from "./engine/index.ts";
export * from "./nn/index.ts";
export * from "./node/index.ts";
export {
  byDistance,
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
  type InspectedRow,
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
  type Tagged,
  type TaggedText,
  type Tagger,
  type TaggerOptions,
  type TaggerReport,
  type TaggerVocabulary,
  type TaggerVocabularyOptions,
  type ToyAnswer,
  type ToyModel,
  type ToyReport,
  type Translation,
  type TranslationReport,
  type Translator,
  type TranslatorOptions,
  tagger,
  taggerVocabulary,
  targetScale,
  toyModel,
  translator,
  unfreezeModel,
} from "./tasks/index.ts";
export * from "./train/index.ts";

/** As in `unrolled/train` and `unrolled/tasks`, with `nodeEngine()` where no engine is given. */
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
  inspectGradients,
  tagSentences,
  tagTexts,
  scoreTagger,
  toyReport,
  toyAnswers,
  toySentences,
  compose,
  translate,
  translateAll,
  translationReport,
  attentionOf,
} = withEngine(nodeEngine);

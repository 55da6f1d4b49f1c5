export { type ImportTaggerOptions, importLanguageModel, importTagger } from "./import-model.ts";
export {
  type ImportClassifierOptions,
  type ImportForecasterOptions,
  type ImportReaderOptions,
  type ImportRegressorOptions,
  importClassifier,
  importForecaster,
  importRegressor,
} from "./import-reader.ts";
export type { ImportOptions, ImportSource } from "./parts.ts";
export { importSentenceEncoder, type SentenceEncoder } from "./sentence-encoder.ts";
export { type ImportedVocabulary, importVocabulary } from "./vocabulary.ts";

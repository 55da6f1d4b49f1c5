export {
  type ImportClassifierOptions,
  type ImportOptions,
  importClassifier,
  importLanguageModel,
} from "./import-model.ts";
export { importSentenceEncoder, type SentenceEncoder } from "./sentence-encoder.ts";
export { type ImportedVocabulary, importVocabulary } from "./vocabulary.ts";

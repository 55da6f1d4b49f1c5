export { longPairs, splitLong, type Tokenizers, type Translation } from "./data.ts";
export { type TranslationReport, translationReport } from "./report.ts";
export { type TranslatorRecipe, type TranslatorReportOptions, translatorTask } from "./task.ts";
export {
  type AttentionOf,
  attentionOf,
  type TranslatedText,
  type TranslateOptions,
  type TranslationCandidate,
  translate,
  translateAll,
} from "./translate.ts";
export {
  type Translator,
  type TranslatorConfig,
  type TranslatorOptions,
  tokenizersToJSON,
  translator,
  translatorFromConfig,
} from "./translator.ts";

export { longPairs, splitLong, type Tokenizers, type Translation } from "../../data/batches/pairs.ts";
export { chooseLengthRule, type LengthRuleOptions, type TriedLengthRule } from "./length-rule.ts";
export type { Translator, TranslatorConfig, TranslatorOptions } from "./model.ts";
export type { TranslationReport, TranslatorReportOptions } from "./report.ts";
export { type TranslatorRecipe, translatorTask } from "./task.ts";
export {
  type AttentionOf,
  attentionOf,
  type TranslatedText,
  type TranslateOptions,
  type TranslationCandidate,
} from "./translate.ts";
export { translator } from "./translator.ts";

export {
  allowedTransitions,
  convertTags,
  detectScheme,
  type SchemeReport,
  spansToTags,
  type TagScheme,
  type TagSpan,
  tagsToSpans,
} from "./schemes.ts";
export {
  type Tagged,
  type TaggedSteps,
  type TaggerRow,
  type TaggerVocabulary,
  type TaggerVocabularyJson,
  type TaggerVocabularyOptions,
  taggerVocabulary,
} from "./tagger-vocabulary.ts";

export type { CharacterOptions, Tagger, TaggerConfig } from "./model.ts";
export {
  scoreTagger,
  type TaggedText,
  type TaggerReport,
  type TagOptions,
  type TagTextsOptions,
  tagSentences,
  tagTexts,
} from "./predict.ts";
export { type TaggerOptions, tagger, taggerFromConfig } from "./tagger.ts";
export { type TaggerRecipe, taggerTask } from "./task.ts";
export {
  type Tagged,
  type TaggerVocabulary,
  type TaggerVocabularyJson,
  type TaggerVocabularyOptions,
  taggerVocabulary,
} from "./vocabulary.ts";

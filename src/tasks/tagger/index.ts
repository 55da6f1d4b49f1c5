export {
  type Tagged,
  type TaggedSteps,
  type TaggerRow,
  type TaggerVocabulary,
  type TaggerVocabularyJson,
  type TaggerVocabularyOptions,
  taggerVocabulary,
} from "../../data/tags/tagger-vocabulary.ts";
export { type ContextOptions, contextOf, type TaggerContext } from "./context.ts";
export type { CharacterOptions, Tagger, TaggerConfig } from "./model.ts";
export type { TaggedText, TaggerInput, TaggerReport, TagOptions, TagTextsOptions } from "./predict.ts";
export { type TaggerOptions, tagger } from "./tagger.ts";
export { type TaggerRecipe, taggerTask } from "./task.ts";

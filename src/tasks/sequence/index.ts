export type { LanguageModelData } from "../../data/batches/text.ts";
export type { Fields } from "../../data/piece-data.ts";
export type { Content, Piece } from "../../data/pieces.ts";
export { type ComposeOptions, type Composition, compose, type Request } from "./compose.ts";
export {
  type ChooseDynamicOptions,
  chooseDynamic,
  type DynamicEvaluation,
  type DynamicOptions,
  evaluateDynamic,
} from "./dynamic-evaluation.ts";
export { type Continuation, type GenerateOptions, generate, generateTexts, type Stepper, stepper } from "./generate.ts";
export { type Generator, type GeneratorConfig, type GeneratorOptions, generator } from "./generator.ts";
export { type GeneratorRecipe, generatorTask } from "./generator-task.ts";
export {
  type LanguageModel,
  type LanguageModelConfig,
  type LanguageModelOptions,
  languageModel,
} from "./language-model.ts";
export type { LanguageModelRecipe } from "./language-model-recipe.ts";
export { languageModelTask } from "./language-model-task.ts";
export {
  type CacheEvaluation,
  type CacheOptions,
  type ChooseCacheOptions,
  chooseCache,
  evaluateCache,
} from "./neural-cache.ts";
export { type ScoredText, scoreTokens } from "./score-tokens.ts";
export { compileSteps, type RecurrentModel, recurrentGraph, type Steps } from "./stepper.ts";

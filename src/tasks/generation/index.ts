export type { Request } from "./compose.ts";
export { type ComposeOptions, type Composition, compose } from "./compose.ts";
export type { Content, Piece } from "./content.ts";
export type { Fields } from "./data.ts";
export {
  contentToJSON,
  type Generator,
  type GeneratorConfig,
  type GeneratorOptions,
  generator,
  generatorFromConfig,
} from "./generator.ts";
export { type GeneratorRecipe, generatorTask } from "./task.ts";

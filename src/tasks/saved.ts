// How each task's model becomes plain data and comes back. Parameters are not its concern: they are saved by name.
import type { LayerFromConfigOptions } from "../nn/index.ts";
import type { Trainable } from "../train/index.ts";
import { contentToJSON, type Generator, type GeneratorConfig, generatorFromConfig } from "./generation/index.ts";
import { type LanguageModel, type LanguageModelConfig, languageModelFromConfig } from "./language-model.ts";
import {
  type Classifier,
  type ClassifierConfig,
  classifierFromConfig,
  type Forecaster,
  type ForecasterConfig,
  forecasterFromConfig,
  type Regressor,
  type RegressorConfig,
  regressorFromConfig,
} from "./many-to-one/index.ts";
import { type Tagger, type TaggerConfig, taggerFromConfig } from "./tagging/index.ts";
import { type ToyModel, type ToyModelConfig, toyModelFromConfig } from "./toys/index.ts";
import { type Translator, type TranslatorConfig, tokenizersToJSON, translatorFromConfig } from "./translation/index.ts";

/** The models that can be saved, by the name of their task. */
export interface Models {
  languageModel: LanguageModel;
  classifier: Classifier;
  regressor: Regressor;
  forecaster: Forecaster;
  tagger: Tagger;
  toy: ToyModel;
  translator: Translator;
  generator: Generator;
}
export type TaskName = keyof Models;
export type Model = Models[TaskName];

export interface SavedTask<M extends Trainable<never>> {
  /** For messages: "a language model". */
  readonly title: string;
  /** Names of the JSON files beside `config.json` and `model.safetensors`. */
  readonly files: readonly string[];
  /** The architecture (for `config.json`) and the contents of the files. */
  pack(model: M): { architecture: unknown; files: Readonly<Record<string, unknown>> };
  /** The model again, with parameters still to be filled in. */
  unpack(architecture: unknown, files: Readonly<Record<string, unknown>>, options: LayerFromConfigOptions): M;
}

export const savedTasks: { readonly [K in TaskName]: SavedTask<Models[K]> } = {
  languageModel: {
    title: "a language model",
    files: ["tokenizer.json"],
    pack: (model) => ({ architecture: model.config, files: { "tokenizer.json": model.tokenizer.toJSON() } }),
    unpack: (architecture, files, options) =>
      languageModelFromConfig(architecture as LanguageModelConfig, files["tokenizer.json"], options),
  },
  classifier: {
    title: "a classifier",
    files: ["tokenizer.json"],
    pack: (model) => ({ architecture: model.config, files: { "tokenizer.json": model.tokenizer.toJSON() } }),
    unpack: (architecture, files, options) =>
      classifierFromConfig(architecture as ClassifierConfig, files["tokenizer.json"], options),
  },
  regressor: {
    title: "a regressor",
    files: ["tokenizer.json"],
    pack: (model) => ({ architecture: model.config, files: { "tokenizer.json": model.tokenizer.toJSON() } }),
    unpack: (architecture, files, options) =>
      regressorFromConfig(architecture as RegressorConfig, files["tokenizer.json"], options),
  },
  forecaster: {
    title: "a forecaster",
    files: [],
    pack: (model) => ({ architecture: model.config, files: {} }),
    unpack: (architecture, _, options) => forecasterFromConfig(architecture as ForecasterConfig, options),
  },
  tagger: {
    title: "a tagger",
    files: ["vocabulary.json"],
    pack: (model) => ({ architecture: model.config, files: { "vocabulary.json": model.vocabulary.toJSON() } }),
    unpack: (architecture, files, options) =>
      taggerFromConfig(architecture as TaggerConfig, files["vocabulary.json"], options),
  },
  toy: {
    title: "a model of a toy problem",
    files: [],
    pack: (model) => ({ architecture: model.config, files: {} }),
    unpack: (architecture, _, options) => toyModelFromConfig(architecture as ToyModelConfig, options),
  },
  translator: {
    title: "a translator",
    files: ["tokenizer.json"],
    pack: (model) => ({ architecture: model.config, files: { "tokenizer.json": tokenizersToJSON(model.tokenizers) } }),
    unpack: (architecture, files, options) =>
      translatorFromConfig(architecture as TranslatorConfig, files["tokenizer.json"], options),
  },
  generator: {
    title: "a generator",
    files: ["content.json"],
    pack: (model) => ({ architecture: model.config, files: { "content.json": contentToJSON(model.content) } }),
    unpack: (architecture, files, options) =>
      generatorFromConfig(architecture as GeneratorConfig, files["content.json"], options),
  },
};

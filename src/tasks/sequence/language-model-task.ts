// The language model as a task: what it is saved as, sized like, used for.

import type { LanguageModelData } from "../../data/batches/text.ts";
import { tokenizerFromJSON } from "../../data/index.ts";
import { buildLayers, checkConfig } from "../../networks/config.ts";
import { lossFromConfig } from "../../nn/index.ts";
import { evaluate } from "../../train/index.ts";
import { defineTask } from "../task.ts";
import { languageModelEncoder, languageModelGraph, languagePredictor } from "./generate.ts";
import { type LanguageModel, type LanguageModelConfig, languageModel } from "./language-model.ts";
import { languageModelOptions, languageModelRecipe } from "./language-model-recipe.ts";

export const languageModelTask = defineTask({
  name: "language-model",
  title: "language model",
  reads: "text",
  pipeline: "text-generation",
  assets: ["tokenizer.json"],
  pack: ({ config, tokenizer }) => ({ config, assets: { "tokenizer.json": tokenizer.toJSON() } }),
  unpack({ config, assets }, options): LanguageModel {
    const { loss, ...rest } = checkConfig<LanguageModelConfig>(config, {
      encoder: "layer",
      embeddingSize: "number",
      embedding: "layer?",
      tieWeights: "boolean",
      dropout: "dropout",
      candidates: "number?",
      documentStart: "string?",
      loss: "layer?",
    });
    return languageModel({
      ...buildLayers(rest, ["encoder", "embedding"], options),
      ...(loss ? { loss: lossFromConfig(loss, options?.loss) } : {}),
      tokenizer: tokenizerFromJSON(assets["tokenizer.json"]),
    });
  },
  recipe: languageModelRecipe,
  options: languageModelOptions,
  predictor: languagePredictor,
  encoder: languageModelEncoder,
  report: (model, data: LanguageModelData, options) => evaluate(model, data, options),
  graphs: (model) => ({ model: languageModelGraph(model) }),
});

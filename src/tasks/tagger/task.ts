// The tagger as a task.

import { taggerVocabularyFromJSON } from "../../data/tags/tagger-vocabulary.ts";
import { buildLayers, checkConfig } from "../../networks/config.ts";
import { bidirectional, encoderOf, type Layer, tagDecoderFromConfig } from "../../nn/index.ts";
import { type DataFacts, deep, deepPreNorm, epochsFor, type Recipe, recipeOf } from "../recipe.ts";
import { defineTask } from "../task.ts";
import type { Tagger, TaggerConfig } from "./model.ts";
import { reportTags, taggerEncoder, taggerGraph, taggerPredictor } from "./predict.ts";
import { tagger } from "./tagger.ts";

export interface TaggerRecipe extends Recipe {
  readonly embeddingSize: number;
  readonly direction: "both" | "forward";
  /** Whether tokens are characters: pairs of neighbors then get rows of their own. */
  readonly characters: boolean;
  /** Width of the row of numbers of a word's shape (capitals, digits); 0 where tokens are characters. */
  readonly shapes: number;
}

/** Facts: `rows` (sentences); `kind: "characters"` where tokens are single characters. */
function recipe({ rows, kind }: DataFacts, chosen: Partial<TaggerRecipe> = {}): TaggerRecipe {
  const characters = chosen.characters ?? kind === "characters";
  const blocks = rows >= 1000;
  const usual: TaggerRecipe = {
    cell: "lstm",
    hiddenSize: rows >= 1000 ? 256 : 128,
    numLayers: blocks ? 2 : 1,
    preNorm: blocks,
    embeddingSize: characters ? 64 : 100,
    direction: "both",
    dropout: 0.5,
    batchSize: rows >= 8000 ? 32 : 16,
    learningRate: 0.004,
    characters,
    shapes: characters ? 0 : 8,
    epochs: epochsFor(rows, 50_000, 8, 30),
  };
  return recipeOf(usual, chosen);
}

export const taggerTask = defineTask({
  name: "tagger",
  title: "tagger",
  reads: "tagging",
  pipeline: "token-classification",
  assets: ["vocabulary.json"],
  pack: ({ config, vocabulary }) => ({ config, assets: { "vocabulary.json": vocabulary.toJSON() } }),
  unpack({ config, assets }, options): Tagger {
    const checked = checkConfig<TaggerConfig>(config, {
      encoder: "layer",
      decoder: "object",
      embeddingSize: "number",
      embedding: "layer?",
      characters: ["object", "boolean"],
      lexicon: "layer?",
      context: "object?",
      shapes: "number?",
      features: "objects?",
      dropout: "dropout",
    });
    const { context, ...rest } = checked;
    const read = context && checkConfig<typeof context>(context, { embedding: "layer", encoder: "layer" });
    return tagger({
      ...buildLayers(rest, ["encoder", "embedding", "lexicon"], options),
      ...(read ? { context: buildLayers(read, ["embedding", "encoder"], options) } : {}),
      vocabulary: taggerVocabularyFromJSON(assets["vocabulary.json"]),
      decoder: tagDecoderFromConfig(checked.decoder),
    });
  },
  recipe,
  options({ cell, hiddenSize, numLayers, preNorm, dropout, direction, embeddingSize, characters, shapes }) {
    const one = encoderOf(cell, { hiddenSize, dropout });
    const layer = direction === "both" ? bidirectional(one) : one;
    return {
      encoder: preNorm ? deepPreNorm(new Array<Layer>(numLayers).fill(layer)) : deep(layer, numLayers, 0),
      embeddingSize,
      characters: characters ? { embeddingSize: 64 } : { embeddingSize: 30, hiddenSize: 50 },
      shapes,
      dropout,
    };
  },
  predictor: taggerPredictor,
  encoder: taggerEncoder,
  report: reportTags,
  graphs: (model) => ({ model: taggerGraph(model) }),
});

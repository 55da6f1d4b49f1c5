// The generator as a task.

import { contentFromJSON, contentToJSON, type Piece } from "../../data/pieces.ts";
import { buildLayers, checkConfig } from "../../networks/config.ts";
import { encoderOf } from "../../nn/index.ts";
import { evaluate } from "../../train/index.ts";
import { type DataFacts, epochsFor, type Recipe, recipeOf } from "../recipe.ts";
import { defineTask } from "../task.ts";
import { generatorGraph, generatorPredictor } from "./compose.ts";
import { type Generator, type GeneratorConfig, generator } from "./generator.ts";

export interface GeneratorRecipe extends Recipe {
  readonly embeddingSize: number;
  /** Share of what the encoder reads that is dropped while training. */
  readonly inputDropout: number;
  /** Most semitones that a piece of chords is transposed by while training. */
  readonly transposition: number;
}

/** Facts: `rows` (pieces), `kind` (`text`, `melody` or `frames`). */
function recipe({ rows, kind }: DataFacts, chosen: Partial<GeneratorRecipe> = {}): GeneratorRecipe {
  const frames = kind === "frames";
  const usual: GeneratorRecipe = {
    cell: "lstm",
    hiddenSize: 256,
    numLayers: frames ? 2 : 1,
    embeddingSize: 128,
    dropout: frames ? 0.3 : 0.2,
    inputDropout: frames ? 0.1 : 0,
    transposition: frames ? 5 : 0, // all keys, as near as they can be
    batchSize: rows >= 2000 ? 32 : 8,
    learningRate: 0.004,
    // In another key a piece is another piece: it can be read more often before it is known by heart.
    epochs: epochsFor(rows, 60_000, 4, frames ? 200 : 60),
  };
  return recipeOf(usual, chosen);
}

export const generatorTask = defineTask({
  name: "generator",
  title: "generator",
  reads: "music",
  pipeline: "text-generation",
  assets: ["content.json"],
  pack: ({ config, content }) => ({ config, assets: { "content.json": contentToJSON(content) } }),
  unpack({ config, assets }, options): Generator {
    const shape = {
      fields: "object",
      encoder: "layer",
      embeddingSize: "number",
      dropout: "dropout",
      transposition: "number?",
    } as const;
    return generator({
      ...buildLayers(checkConfig<GeneratorConfig>(config, shape), ["encoder"], options),
      content: contentFromJSON(assets["content.json"]),
    });
  },
  recipe,
  options: ({ cell, hiddenSize, numLayers, dropout, embeddingSize, inputDropout, transposition }) => ({
    encoder: encoderOf(cell, { hiddenSize, numLayers, dropout }),
    embeddingSize,
    dropout: inputDropout,
    transposition,
  }),
  predictor: generatorPredictor,
  report: (model, data: readonly Piece[], options) => evaluate(model, data, options),
  graphs: (model) => ({ model: generatorGraph(model) }),
});

// The generator as a task.

import { encoderOf } from "../../nn/index.ts";
import { type Evaluation, evaluate } from "../../train/index.ts";
import { type ConfigShape, checkConfig } from "../config.ts";
import { budgetOf, type DataFacts, epochsFor, given, type Recipe } from "../recipe.ts";
import type { Task } from "../task.ts";
import { type ComposeOptions, type Composition, generatorGraph, predictPieces, type Request } from "./compose.ts";
import type { Piece } from "./content.ts";
import {
  contentToJSON,
  type Generator,
  type GeneratorConfig,
  type GeneratorOptions,
  generatorFromConfig,
} from "./generator.ts";

export interface GeneratorRecipe extends Recipe {
  readonly embeddingSize: number;
  /** Share of what the encoder reads that is dropped while training. */
  readonly inputDropout: number;
}

/** Facts: `rows` (pieces), `kind` (`text`, `melody` or `frames`). */
function recipe({ rows, kind }: DataFacts, chosen: Partial<GeneratorRecipe> = {}): GeneratorRecipe {
  const frames = kind === "frames";
  const { steps: _, epochs: __, minutes: ___, ...sizes } = chosen;
  return {
    cell: "lstm",
    hiddenSize: 256,
    numLayers: 1,
    embeddingSize: 128,
    dropout: frames ? 0.5 : 0.2,
    inputDropout: frames ? 0.2 : 0,
    batchSize: rows >= 2000 ? 32 : 8,
    learningRate: 0.004,
    ...given(sizes),
    ...budgetOf(chosen, { epochs: epochsFor(rows, 60_000, 4, 60) }),
  };
}

const shape: ConfigShape<GeneratorConfig> = {
  fields: "object",
  encoder: "layer",
  embeddingSize: "number",
  dropout: "number",
};

export const generatorTask: Task<
  Generator,
  readonly Piece[],
  Request,
  Composition,
  Evaluation,
  GeneratorRecipe,
  Omit<ComposeOptions, "count" | "labels" | "start">,
  Pick<GeneratorOptions, "encoder" | "embeddingSize" | "dropout">
> = {
  name: "generator",
  title: "generator",
  assets: ["content.json"],
  pack: ({ config, content }) => ({ config, assets: { "content.json": contentToJSON(content) } }),
  unpack: ({ config, assets }, options) =>
    generatorFromConfig(checkConfig(config, shape), assets["content.json"], options),
  recipe,
  options: ({ cell, hiddenSize, numLayers, dropout, embeddingSize, inputDropout }) => ({
    encoder: encoderOf(cell, { hiddenSize, numLayers, dropout }),
    embeddingSize,
    dropout: inputDropout,
  }),
  predict: predictPieces,
  report: (model, data, { engine, threads, signal } = {}) => evaluate(model, data, { engine, threads, signal }),
  graphs: (model) => ({ model: generatorGraph(model) }),
};

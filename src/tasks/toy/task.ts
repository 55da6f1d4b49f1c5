// A toy problem's model as a task.

import { buildLayers, checkConfig } from "../../networks/config.ts";
import { encoderOf } from "../../nn/index.ts";
import { type DataFacts, type Recipe, recipeOf } from "../recipe.ts";
import { defineTask } from "../task.ts";
import { reportToy, toyGraph, toyPredictor } from "./report.ts";
import { type ToyModel, type ToyModelConfig, toyModel } from "./toy-model.ts";

export interface ToyRecipe extends Recipe {
  readonly embeddingSize: number;
}

/** Toys make samples without end, so the budget is a number of updates. */
const recipe = (_: DataFacts, chosen?: Partial<ToyRecipe>): ToyRecipe =>
  recipeOf<ToyRecipe>(
    {
      cell: "gru",
      hiddenSize: 128,
      numLayers: 1,
      embeddingSize: 32,
      dropout: 0,
      batchSize: 32,
      learningRate: 0.002,
      steps: 2000,
    },
    chosen,
  );

/** A predictor takes the numbers of samples. */
export const toyTask = defineTask({
  name: "toy",
  title: "toy model",
  assets: [],
  pack: ({ config }) => ({ config, assets: {} }),
  unpack({ config }, options): ToyModel {
    const shape = { toy: "string", toySeed: "number", encoder: "layer", embeddingSize: "number" } as const;
    return toyModel(buildLayers(checkConfig<ToyModelConfig>(config, shape), ["encoder"], options));
  },
  recipe,
  options: ({ cell, hiddenSize, numLayers, dropout, embeddingSize }) => ({
    encoder: encoderOf(cell, { hiddenSize, numLayers, dropout }),
    embeddingSize,
  }),
  predictor: toyPredictor,
  report: reportToy,
  graphs: (model) => ({ model: toyGraph(model) }),
});

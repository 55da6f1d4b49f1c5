// A toy problem's model as a task.

import { buildLayers, checkConfig } from "../../networks/config.ts";
import { encoderOf } from "../../nn/index.ts";
import { type DataFacts, type Recipe, recipeOf } from "../recipe.ts";
import { defineTask } from "../task.ts";
import { reportToy, toyGraph, toyPredictor } from "./report.ts";
import { type ToyModel, type ToyModelConfig, toyModel } from "./toy-model.ts";

export interface ToyRecipe extends Recipe {
  readonly embeddingSize: number;
  /** Longest memory in steps that the gates begin with (chrono initialization); absent: that of the cell's own initialization. */
  readonly timescale?: number;
}

/** Steps that gates remember over as they are initialized by default; longer memories are seldom found by training. */
const usualMemory = 200;

/**
 * Toys make samples without end, so the budget is a number of updates. `bench/tasks/defaults.mjs adding` measures them. Facts: `longest`,
 * the time steps of a sample; `kind: "regression"` where a number is to be learned.
 */
const recipe = ({ longest = 1, kind }: DataFacts, chosen?: Partial<ToyRecipe>): ToyRecipe =>
  recipeOf<ToyRecipe>(
    {
      cell: "gru",
      hiddenSize: kind === "regression" ? 64 : 128,
      numLayers: 1,
      embeddingSize: 32,
      dropout: 0,
      batchSize: 32,
      learningRate: kind === "regression" ? 0.004 : 0.002,
      ...(kind === "regression" ? { weightDecay: 0 } : {}), // no sample comes twice
      steps: kind === "regression" && longest >= usualMemory ? 5000 : 2000,
      ...(longest >= usualMemory ? { timescale: longest } : {}),
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
  options: ({ cell, hiddenSize, numLayers, dropout, embeddingSize, timescale }) => ({
    encoder: encoderOf(cell, { hiddenSize, numLayers, dropout, timescale }),
    embeddingSize,
  }),
  predictor: toyPredictor,
  report: reportToy,
  graphs: (model) => ({ model: toyGraph(model) }),
});

// A toy problem's model as a task.

import { encoderOf } from "../../nn/index.ts";
import { type ConfigShape, checkConfig } from "../config.ts";
import { budgetOf, type DataFacts, given, type Recipe } from "../recipe.ts";
import type { Task } from "../task.ts";
import { predictToy, reportToy, type ToyAnswer, type ToyReport, type ToyReportOptions, toyGraph } from "./report.ts";
import {
  type ToyModel,
  type ToyModelConfig,
  type ToyModelOptions,
  type ToySamples,
  toyModelFromConfig,
} from "./toy-model.ts";

export interface ToyRecipe extends Recipe {
  readonly embeddingSize: number;
}

/** Toys make samples without end, so the budget is a number of updates. */
function recipe(_: DataFacts, chosen: Partial<ToyRecipe> = {}): ToyRecipe {
  const { steps: __, epochs: ___, minutes: ____, ...sizes } = chosen;
  return {
    cell: "gru",
    hiddenSize: 128,
    numLayers: 1,
    embeddingSize: 32,
    dropout: 0,
    batchSize: 32,
    learningRate: 0.002,
    ...given(sizes),
    ...budgetOf(chosen, { steps: 2000 }),
  };
}

const shape: ConfigShape<ToyModelConfig> = {
  toy: "string",
  toySeed: "number",
  encoder: "layer",
  embeddingSize: "number",
};

/** `predict` takes the numbers of samples. */
export const toyTask: Task<
  ToyModel,
  ToySamples,
  number,
  ToyAnswer,
  ToyReport,
  ToyRecipe,
  ToyReportOptions,
  Pick<ToyModelOptions, "encoder" | "embeddingSize">
> = {
  name: "toy",
  title: "toy model",
  assets: [],
  pack: ({ config }) => ({ config, assets: {} }),
  unpack: ({ config }, options = {}) => toyModelFromConfig(checkConfig(config, shape), options),
  recipe,
  options: ({ cell, hiddenSize, numLayers, dropout, embeddingSize }) => ({
    encoder: encoderOf(cell, { hiddenSize, numLayers, dropout }),
    embeddingSize,
  }),
  predict: predictToy,
  report: reportToy,
  graphs: (model) => ({ model: toyGraph(model) }),
};

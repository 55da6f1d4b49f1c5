// Classifier, regressor and forecaster as tasks.
import type { LabeledData } from "../../data/index.ts";
import { bidirectional, encoderOf, type Layer, type Pooling, poolings, stacked } from "../../nn/index.ts";
import type { ClassReport } from "../../train/index.ts";
import { type ConfigShape, checkConfig } from "../config.ts";
import { budgetOf, type DataFacts, epochsFor, given, type Recipe, type TokenKind } from "../recipe.ts";
import type { RunOptions, Task } from "../task.ts";
import {
  type Classification,
  type Classifier,
  type ClassifierConfig,
  type ClassifierOptions,
  type ClassifyOptions,
  classifierFromConfig,
  classifierGraph,
  predictClasses,
  reportClasses,
} from "./classifier.ts";
import {
  type Forecast,
  type ForecastData,
  type Forecaster,
  type ForecasterConfig,
  type ForecasterOptions,
  type ForecastInput,
  type ForecastReport,
  forecasterFromConfig,
  forecasterGraph,
  predictSeries,
  reportForecasts,
} from "./forecaster.ts";
import {
  type Estimate,
  predictNumbers,
  type Regressor,
  type RegressorConfig,
  type RegressorReport,
  regressorFromConfig,
  regressorGraph,
  reportNumbers,
} from "./regressor.ts";

export interface LabeledRecipe extends Recipe {
  readonly embeddingSize: number;
  /** Which way texts are read. */
  readonly direction: "both" | "forward";
  readonly pooling: Pooling;
  readonly tokens: TokenKind;
  /** Share of merges left out while training, with subwords. */
  readonly subwordDropout: number;
}

/** As 150,000 film reviews are trained in bench/tasks/classify.mjs, scaled to the data. Facts: `rows`. */
function labeledRecipe({ rows }: DataFacts, chosen: Partial<LabeledRecipe> = {}): LabeledRecipe {
  const { tokens = "subword" } = chosen;
  const { steps: _, epochs: __, minutes: ___, ...sizes } = chosen;
  return {
    cell: "lstm",
    hiddenSize: 128,
    numLayers: 1,
    embeddingSize: 128,
    direction: "both", // the whole text is there when it is judged
    pooling: "max",
    dropout: 0.3,
    // A few texts are learned by heart in any case.
    subwordDropout: tokens === "subword" && rows >= 1000 ? 0.1 : 0,
    batchSize: rows >= 20_000 ? 128 : rows >= 2000 ? 32 : 16,
    learningRate: rows >= 20_000 ? 0.002 : 0.004,
    ...given(sizes),
    tokens,
    ...budgetOf(chosen, { epochs: epochsFor(rows, 60_000, 3, 30) }),
  };
}

function labeledOptions({ cell, hiddenSize, numLayers, direction, dropout, pooling, embeddingSize }: LabeledRecipe) {
  const one = encoderOf(cell, { hiddenSize });
  const layer = direction === "both" ? bidirectional(one) : one;
  return {
    encoder: numLayers === 1 ? layer : stacked(new Array<Layer>(numLayers).fill(layer), { dropout }),
    pooling,
    embeddingSize,
    dropout,
  };
}

const networkShape = {
  encoder: "layer",
  pooling: poolings,
  embeddingSize: "number",
  embedding: "layer?",
  dropout: "dropout",
} as const;

const classifierShape: ConfigShape<ClassifierConfig> = {
  ...networkShape,
  labels: "strings",
  classWeights: "numbers?",
  smoothing: "number",
  subwordDropout: "number",
  wordDropout: "number",
  maxLength: "number",
};

const regressorShape: ConfigShape<RegressorConfig> = { ...networkShape, scale: "object", maxLength: "number" };

export const classifierTask: Task<
  Classifier,
  LabeledData,
  string,
  Classification,
  ClassReport,
  LabeledRecipe,
  ClassifyOptions,
  Pick<ClassifierOptions, "subwordDropout"> & ReturnType<typeof labeledOptions>
> = {
  name: "classifier",
  title: "classifier",
  assets: ["tokenizer.json"],
  pack: ({ config, tokenizer }) => ({ config, assets: { "tokenizer.json": tokenizer.toJSON() } }),
  unpack: ({ config, assets }, options) =>
    classifierFromConfig(checkConfig(config, classifierShape), assets["tokenizer.json"], options),
  recipe: labeledRecipe,
  options: (recipe) => ({ ...labeledOptions(recipe), subwordDropout: recipe.subwordDropout }),
  predict: predictClasses,
  report: reportClasses,
  graphs: (model) => ({ model: classifierGraph(model) }),
};

export const regressorTask: Task<
  Regressor,
  LabeledData,
  string,
  Estimate,
  RegressorReport,
  LabeledRecipe,
  RunOptions,
  ReturnType<typeof labeledOptions>
> = {
  name: "regressor",
  title: "regressor",
  assets: ["tokenizer.json"],
  pack: ({ config, tokenizer }) => ({ config, assets: { "tokenizer.json": tokenizer.toJSON() } }),
  unpack: ({ config, assets }, options) =>
    regressorFromConfig(checkConfig(config, regressorShape), assets["tokenizer.json"], options),
  recipe: (facts, chosen) => ({ ...labeledRecipe(facts, chosen), subwordDropout: 0 }),
  options: labeledOptions,
  predict: predictNumbers,
  report: reportNumbers,
  graphs: (model) => ({ model: regressorGraph(model) }),
};

export interface ForecasterRecipe extends Recipe {
  /** Steps read. */
  readonly length: number;
  /** Steps forecast. */
  readonly horizon: number;
  readonly season: number;
  readonly pooling: Pooling;
}

/** Facts: `rows`, the time steps to train on, and `season`. */
function forecasterRecipe({ rows, season = 1 }: DataFacts, chosen: Partial<ForecasterRecipe> = {}): ForecasterRecipe {
  const { horizon = 1 } = chosen;
  const seasonal = chosen.season ?? season;
  // Two seasons, so that one can be compared with the other; 24 steps where there is none.
  const usual = Math.min(Math.max(12, seasonal > 1 ? 2 * seasonal : 24), Math.floor(rows / 3));
  const length = chosen.length ?? Math.max(1, usual);
  const { steps: _, epochs: __, minutes: ___, ...sizes } = chosen;
  return {
    cell: "gru",
    hiddenSize: 64,
    numLayers: 1,
    dropout: 0.1,
    pooling: "last",
    batchSize: 32,
    learningRate: 0.003,
    ...given(sizes),
    season: seasonal,
    horizon,
    length,
    ...budgetOf(chosen, { epochs: epochsFor(rows - length - horizon + 1, 60_000, 5, 100) }),
  };
}

const forecasterShape: ConfigShape<ForecasterConfig> = {
  encoder: "layer",
  pooling: poolings,
  dropout: "dropout",
  inputs: "objects",
  target: "number",
  length: "number",
  horizon: "number",
  season: "number",
  seen: "object?",
};

export const forecasterTask: Task<
  Forecaster,
  ForecastData,
  ForecastInput,
  Forecast,
  ForecastReport,
  ForecasterRecipe,
  RunOptions,
  Pick<ForecasterOptions, "encoder" | "pooling" | "length" | "horizon" | "season">
> = {
  name: "forecaster",
  title: "forecaster",
  assets: [],
  pack: ({ config }) => ({ config, assets: {} }),
  unpack: ({ config }, options) => forecasterFromConfig(checkConfig(config, forecasterShape), options),
  recipe: forecasterRecipe,
  options: ({ cell, hiddenSize, numLayers, dropout, pooling, length, horizon, season }) => ({
    encoder: encoderOf(cell, { hiddenSize, numLayers, dropout }),
    pooling,
    length,
    horizon,
    season,
  }),
  predict: predictSeries,
  report: reportForecasts,
  graphs: (model) => ({ model: forecasterGraph(model) }),
};

// Classifier, regressor and forecaster as tasks.
import { isSubword, type TokenKind, tokenizerFromJSON } from "../../data/index.ts";
import { checkConfig } from "../../networks/config.ts";
import { emptyLinear } from "../../networks/linear-part.ts";
import { buildNetwork, networkShape } from "../../networks/many-to-one.ts";
import { graphOf } from "../../networks/model.ts";
import { bidirectional, encoderOf, lossFromConfig, type Pooling, poolings } from "../../nn/index.ts";
import {
  type DataFacts,
  deep,
  epochsFor,
  type PredictionRecipe,
  predictionOption,
  type Recipe,
  recipeOf,
  withPrediction,
} from "../recipe.ts";
import { defineTask, type Packed, type UnpackOptions } from "../task.ts";
import {
  type Classifier,
  type ClassifierConfig,
  classifier,
  classifierOutputs,
  classifierPredictor,
  reportClasses,
} from "./classifier.ts";
import {
  type Forecaster,
  type ForecasterConfig,
  forecaster,
  forecasterGraph,
  forecasterPredictor,
  reportForecasts,
} from "./forecaster.ts";
import { type ReaderConfig, type ReaderModel, readerEncoder } from "./reader.ts";
import {
  type Regressor,
  type RegressorConfig,
  regressor,
  regressorOutputs,
  regressorPredictor,
  reportNumbers,
} from "./regressor.ts";

export interface LabeledRecipe extends Recipe, PredictionRecipe {
  readonly embeddingSize: number;
  /** Which way texts are read. */
  readonly direction: "both" | "forward";
  readonly pooling: Pooling;
  readonly tokens: TokenKind;
  /** Share of merges left out while training, with subwords. */
  readonly subwordDropout: number;
}

/** Longest text, in tokens, that a classifier learns to predict by default: the softmax over a batch of long texts fills the memory. */
export const longestPredicted = 256;

/** Facts: `rows`, and `longest`, without which no tokens are predicted by default. Chosen on the validation parts of 150,000 and of 7,000 film reviews. */
function labeledRecipe({ rows, longest }: DataFacts, chosen: Partial<LabeledRecipe> = {}): LabeledRecipe {
  const { tokens = "subword" } = chosen;
  const many = rows >= 100_000;
  const usual: LabeledRecipe = {
    cell: "lstm",
    hiddenSize: many ? 256 : 128,
    numLayers: 1,
    embeddingSize: many ? 256 : 128,
    direction: "both", // the whole text is there when it is judged
    pooling: "max",
    dropout: many ? 0.4 : 0.3,
    tokens,
    // A few texts are learned by heart in any case.
    subwordDropout: isSubword(tokens) && rows >= 1000 ? 0.1 : 0,
    batchSize: rows >= 20_000 ? 128 : rows >= 2000 ? 32 : 16,
    tokenPrediction: 0,
    learningRate: rows >= 20_000 ? 0.002 : 0.004,
  };
  const tokenPrediction = chosen.tokenPrediction ?? usualPrediction({ rows, longest }, recipeOf(usual, chosen));
  // A network that learns to predict tokens is slower to learn texts by heart.
  const epochs = epochsFor(rows, 60_000, tokenPrediction > 0 ? 5 : 3, 30);
  return withPrediction(recipeOf({ ...usual, epochs }, chosen), tokenPrediction, rows);
}

/** What predicts must read one way, and be as wide as what is predicted. It takes time that a run by the clock may not have. */
function usualPrediction({ rows, longest = Infinity }: DataFacts, recipe: LabeledRecipe): number {
  const { tokens, direction, numLayers, hiddenSize, embeddingSize, minutes } = recipe;
  const fits = (direction === "forward" || numLayers === 1) && hiddenSize === embeddingSize;
  const many = rows >= 20_000 && longest <= longestPredicted;
  return fits && isSubword(tokens) && many && minutes === undefined ? 1 : 0;
}

function labeledOptions(recipe: LabeledRecipe) {
  const { cell, hiddenSize, numLayers, direction, dropout, pooling, embeddingSize } = recipe;
  const one = encoderOf(cell, { hiddenSize });
  const encoder = deep(direction === "both" ? bidirectional(one) : one, numLayers, dropout);
  return { encoder, pooling, embeddingSize, dropout, ...predictionOption(recipe) };
}

const shape = {
  ...networkShape,
  features: "objects?",
  subwordDropout: "number?",
  wordDropout: "number?",
  tokenPrediction: "object?",
  maxLength: "number",
} as const;

const packReader = ({ config, tokenizer }: Pick<ReaderModel, "config" | "tokenizer">): Packed => ({
  config,
  assets: tokenizer ? { "tokenizer.json": tokenizer.toJSON() } : {},
});

function unpackReader<C extends ReaderConfig>(config: C, { assets }: Packed, options?: UnpackOptions) {
  const json = config.features ? undefined : assets["tokenizer.json"];
  return { ...buildNetwork(config, options), tokenizer: json === undefined ? undefined : tokenizerFromJSON(json) };
}

export const classifierTask = defineTask({
  name: "classifier",
  title: "classifier",
  reads: "classification",
  pipeline: "text-classification",
  assets: ["tokenizer.json"],
  pack: (model: Classifier) => packReader(model),
  unpack(packed, options): Classifier {
    const config = checkConfig<ClassifierConfig>(packed.config, {
      ...shape,
      labels: "strings",
      multiLabel: "boolean?",
      classWeights: "numbers?",
      loss: "layer?",
    });
    const { loss, ...rest } = unpackReader(config, packed, options);
    return classifier({ ...rest, ...(loss ? { loss: lossFromConfig(loss, options?.loss) } : {}) });
  },
  recipe: labeledRecipe,
  options: (recipe) => ({ ...labeledOptions(recipe), subwordDropout: recipe.subwordDropout }),
  predictor: classifierPredictor,
  encoder: (model: Classifier, compileWith) => readerEncoder(model, compileWith),
  report: reportClasses,
  graphs: (model) => ({ model: graphOf(classifierOutputs(model)) }),
});

export const regressorTask = defineTask({
  name: "regressor",
  title: "regressor",
  reads: "regression",
  pipeline: "text-classification",
  assets: ["tokenizer.json"],
  pack: (model: Regressor) => packReader(model),
  unpack: (packed, options): Regressor =>
    regressor(
      unpackReader(checkConfig<RegressorConfig>(packed.config, { ...shape, scale: "object" }), packed, options),
    ),
  recipe: (facts, chosen?: Partial<LabeledRecipe>) => ({
    ...labeledRecipe(facts, { ...chosen, tokenPrediction: chosen?.tokenPrediction ?? 0 }),
    subwordDropout: 0,
  }),
  options: labeledOptions,
  predictor: regressorPredictor,
  encoder: (model: Regressor, compileWith) => readerEncoder(model, compileWith),
  report: reportNumbers,
  graphs: (model) => ({ model: graphOf(regressorOutputs(model)) }),
});

export interface ForecasterRecipe extends Recipe {
  /** Steps read. */
  readonly length: number;
  /** Steps forecast. */
  readonly horizon: number;
  readonly season: number;
  readonly pooling: Pooling;
}

/** Facts: `rows`, the time steps to train on, and `season`. */
function forecasterRecipe(facts: DataFacts, chosen: Partial<ForecasterRecipe> = {}): ForecasterRecipe {
  const { rows } = facts;
  const { horizon = 1, season = facts.season ?? 1 } = chosen;
  // Two seasons, so that one can be compared with the other, at least 24 steps; and the step that the first differs from.
  const usual = Math.min(Math.max(24, 2 * season) + 1, Math.floor(rows / 3));
  const length = chosen.length ?? Math.max(1, usual);
  return recipeOf<ForecasterRecipe>(
    {
      cell: "gru",
      hiddenSize: 64,
      numLayers: 1,
      dropout: 0.1,
      pooling: "last",
      batchSize: 32,
      learningRate: 0.003,
      season,
      horizon,
      length,
      epochs: epochsFor(rows - length - horizon + 1, 60_000, 5, 100),
    },
    chosen,
  );
}

export const forecasterTask = defineTask({
  name: "forecaster",
  title: "forecaster",
  reads: "series",
  pipeline: "time-series-forecasting",
  assets: [],
  pack: ({ config }) => ({ config, assets: {} }),
  unpack({ config }, options): Forecaster {
    const { linear, ...whole } = buildNetwork(
      checkConfig<ForecasterConfig>(config, {
        encoder: "layer",
        pooling: poolings,
        head: "layer?",
        dropout: "dropout",
        inputs: "objects",
        target: "number",
        length: "number",
        horizon: "number",
        season: "number",
        relative: "boolean?",
        linear: "boolean?",
        seen: "object?",
      }),
      options,
    );
    return forecaster({ ...whole, ...(linear ? { linear: emptyLinear(whole.length, whole.horizon) } : {}) });
  },
  recipe: forecasterRecipe,
  options: ({ cell, hiddenSize, numLayers, dropout, pooling, length, horizon, season }) => ({
    encoder: encoderOf(cell, { hiddenSize, numLayers, dropout }),
    pooling,
    length,
    horizon,
    season,
  }),
  predictor: forecasterPredictor,
  report: reportForecasts,
  graphs: (model) => ({ model: forecasterGraph(model) }),
});

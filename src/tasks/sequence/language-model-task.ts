// The language model as a task: what it is saved as, sized like, used for.
import { tokenizerFromJSON } from "../../data/index.ts";
import { buildLayers, checkConfig } from "../../networks/config.ts";
import { encoderOf, lossFromConfig } from "../../nn/index.ts";
import { evaluate } from "../../train/index.ts";
import { type DataFacts, type Recipe, recipeOf, type TokenKind } from "../recipe.ts";
import { defineTask } from "../task.ts";
import { languageModelEncoder, languageModelGraph, languagePredictor } from "./generate.ts";
import { type LanguageModel, type LanguageModelConfig, languageModel } from "./language-model.ts";
import type { LanguageModelData } from "./language-model-data.ts";

export interface LanguageModelRecipe extends Recipe {
  readonly embeddingSize: number;
  readonly tieWeights: boolean;
  readonly bptt: number;
  readonly tokens: Exclude<TokenKind, "subword">;
  /** Most different tokens, for words. */
  readonly maxVocabulary: number;
  readonly betas: readonly [number, number];
}

/** The peak of the one-cycle schedule: 8e-3 up to 256 units; wider layers bear less, in proportion. */
const learningRateFor = (hiddenSize: number): number => 8e-3 * Math.min(1, 256 / hiddenSize);

/** Lanes of a stream: 32, or fewer where a text is so short that each would have under four windows. */
const lanesFor = (tokens: number, bptt: number): number => Math.max(1, Math.min(32, Math.floor(tokens / (4 * bptt))));

/**
 * Tokens worth training on: 6 million for a text of a million, growing as the square root of its size. A text ten times
 * as long is read fewer times over, a shorter one more often, until validation shows overfitting.
 */
const tokensFor = (trainTokens: number): number => 6e6 * Math.sqrt(trainTokens / 1e6);

/** Measured on texts of a megabyte, scaled to the text at hand. Facts: `tokens`; `kind: "lines"` with `rows` for lines. */
function recipe(facts: DataFacts, chosen: Partial<LanguageModelRecipe> = {}): LanguageModelRecipe {
  const { tokens = facts.rows, rows, kind = "stream" } = facts;
  const lines = kind === "lines";
  const { hiddenSize = 256, bptt = 64, tieWeights = false } = chosen;
  const batchSize = chosen.batchSize ?? (lines ? 32 : lanesFor(tokens, bptt));
  const perStep = lines ? Math.min(batchSize, rows) * (tokens / rows) : batchSize * bptt;
  return recipeOf<LanguageModelRecipe>(
    {
      cell: "lstm",
      hiddenSize,
      numLayers: 1,
      embeddingSize: tieWeights ? hiddenSize : 128,
      dropout: 0.1,
      learningRate: learningRateFor(hiddenSize),
      tokens: "char",
      maxVocabulary: 20_000,
      betas: [0.9, 0.99],
      bptt,
      tieWeights,
      batchSize,
      steps: Math.max(100, Math.round(tokensFor(tokens) / perStep / 10) * 10),
    },
    chosen,
  );
}

export const languageModelTask = defineTask({
  name: "language-model",
  title: "language model",
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
  recipe,
  options: ({ cell, hiddenSize, numLayers, dropout, embeddingSize, tieWeights }) => ({
    encoder: encoderOf(cell, { hiddenSize, numLayers, dropout }),
    embeddingSize,
    tieWeights,
  }),
  predictor: languagePredictor,
  encoder: languageModelEncoder,
  report: (model, data: LanguageModelData, options) => evaluate(model, data, options),
  graphs: (model) => ({ model: languageModelGraph(model) }),
});

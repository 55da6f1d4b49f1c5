// The translator as a task: what it is saved as, sized like, used for.

import type { Tokenizers } from "../../data/batches/pairs.ts";
import { type Tokenizer, type TokenKind, tokenizerFromJSON } from "../../data/index.ts";
import { buildLayers, checkConfig } from "../../networks/config.ts";
import {
  additive,
  attentionFromConfig,
  bidirectional,
  encoderOf,
  type LayerConfig,
  layerFromConfig,
  lossFromConfig,
  multiplicative,
} from "../../nn/index.ts";
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
import { defineTask } from "../task.ts";
import type { Translator, TranslatorConfig } from "./model.ts";
import { reportTranslations } from "./report.ts";
import { translatorGraphs, translatorPredictor } from "./translate.ts";
import { translator } from "./translator.ts";

export interface TranslatorRecipe extends Recipe, PredictionRecipe {
  /** Width of the decoder; `hiddenSize` is the encoder's in each direction. */
  readonly decoderSize: number;
  readonly embeddingSize: number;
  readonly attention: "none" | "multiplicative" | "additive";
  readonly inputFeeding: boolean;
  readonly smoothing: number;
  readonly tokens: TokenKind;
  /** Longest side in tokens; longer pairs are left out. */
  readonly maxTokens: number;
}

/** By kind of data; those of texts and commands were chosen on the validation parts of multi30k, tatoeba and scan. */
const byKind = {
  toy: {
    hiddenSize: 96,
    decoderSize: 96,
    embeddingSize: 48,
    dropout: 0,
    smoothing: 0,
    inputFeeding: false,
    batchSize: 64,
    learningRate: 0.005,
    tokens: "char",
  },
  /** SCAN: few words, long and exact answers. */
  commands: {
    hiddenSize: 100,
    decoderSize: 200,
    embeddingSize: 64,
    dropout: 0.1,
    smoothing: 0,
    inputFeeding: true,
    batchSize: 32,
    learningRate: 0.003,
    tokens: "word",
  },
  texts: {
    hiddenSize: 256,
    decoderSize: 384,
    embeddingSize: 256,
    dropout: 0.3,
    smoothing: 0.1,
    inputFeeding: false,
    batchSize: 64,
    learningRate: 0.002,
    tokens: "subword",
  },
} as const;

/** Longer sides than the first are left out of training, unless the data has long texts, as summaries are: then up to the second. */
const [usualLength, mostLength] = [256, 1024];

/** Facts: `rows` (pairs), `kind` (`texts`, `commands` or `toy`), `longest`: tokens that 98 of 100 pairs fit in. */
function recipe(
  { rows, kind = "texts", longest = usualLength }: DataFacts,
  chosen: Partial<TranslatorRecipe> = {},
): TranslatorRecipe {
  const usual = byKind[kind as keyof typeof byKind] ?? byKind.texts;
  const { maxTokens = Math.max(usualLength, Math.min(mostLength, longest)), attention = "multiplicative" } = chosen;
  const recipe = recipeOf<TranslatorRecipe>(
    {
      cell: "gru",
      numLayers: 1,
      tokenPrediction: 0,
      ...usual,
      // A width that was asked for is that of both halves.
      ...(chosen.hiddenSize === undefined ? {} : { decoderSize: chosen.hiddenSize }),
      batchSize: maxTokens > usualLength ? 16 : rows >= 5000 ? usual.batchSize : 32,
      inputFeeding: usual.inputFeeding && attention !== "none",
      attention,
      maxTokens,
      // An epoch of long texts takes ten times as long.
      epochs:
        kind === "toy"
          ? 6
          : epochsFor(rows, kind === "commands" ? 300_000 : 500_000, 8, maxTokens > usualLength ? 20 : 60),
    },
    chosen,
  );
  return withPrediction(recipe, recipe.tokenPrediction, rows);
}

/** What `tokenizer.json` holds: one tokenizer, or one for each side. */
const packTokenizers = ({ source, target }: Tokenizers): unknown =>
  source === target ? source.toJSON() : { source: source.toJSON(), target: target.toJSON() };

function unpackTokenizers(json: unknown): Tokenizers | Tokenizer {
  const { source, target } = (json ?? {}) as { source?: unknown; target?: unknown };
  if (source === undefined || target === undefined) return tokenizerFromJSON(json);
  return { source: tokenizerFromJSON(source), target: tokenizerFromJSON(target) };
}

export const translatorTask = defineTask({
  name: "translator",
  title: "translator",
  reads: "pairs",
  pipeline: "translation",
  assets: ["tokenizer.json"],
  pack: ({ config, tokenizers, lengthPenalty, lengthReward }) => ({
    config: {
      ...config,
      ...(lengthPenalty === 1 && lengthReward === 0 ? {} : { lengthPenalty }),
      ...(lengthReward > 0 ? { lengthReward } : {}),
    },
    assets: { "tokenizer.json": packTokenizers(tokenizers) },
  }),
  unpack({ config, assets }, options = {}): Translator {
    const {
      attention,
      embedding: tables = {},
      loss,
      ...checked
    } = checkConfig<TranslatorConfig>(config, {
      encoder: "layer",
      decoder: "layer",
      attention: ["none", "layer"],
      inputFeeding: "boolean",
      embeddingSize: "number",
      embedding: "object?",
      tieWeights: "boolean",
      shareEmbeddings: "boolean",
      dropout: "dropout",
      smoothing: "number",
      subwordDropout: "number?",
      tokenPrediction: "object?",
      loss: "layer?",
      maxTokens: "number",
      lengthPenalty: "number?",
      lengthReward: "number?",
    });
    const table = (saved: LayerConfig | undefined) => saved && layerFromConfig(saved, { cells: options.cells });
    return translator({
      ...buildLayers(checked, ["encoder", "decoder"], options),
      attention: attention === "none" ? "none" : attentionFromConfig(attention),
      embedding: { source: table(tables.source), target: table(tables.target) },
      ...(loss ? { loss: lossFromConfig(loss, options.loss) } : {}),
      tokenizer: unpackTokenizers(assets["tokenizer.json"]),
    });
  },
  recipe,
  options(recipe) {
    const { cell, hiddenSize, decoderSize, numLayers, dropout, embeddingSize, smoothing, maxTokens } = recipe;
    const attentions = {
      none: "none",
      multiplicative: multiplicative({ scaled: true }),
      additive: additive({ size: hiddenSize }),
    } as const;
    return {
      // What the decoder looks back at is dropped too; the decoder's own outputs are dropped before the output layer.
      encoder: deep(bidirectional(encoderOf(cell, { hiddenSize, dropout })), numLayers, 0),
      decoder: deep(encoderOf(cell, { hiddenSize: decoderSize }), numLayers, dropout),
      attention: attentions[recipe.attention],
      inputFeeding: recipe.inputFeeding,
      embeddingSize,
      dropout,
      smoothing,
      maxTokens,
      ...predictionOption(recipe),
    };
  },
  predictor: translatorPredictor,
  report: reportTranslations,
  graphs: translatorGraphs,
});

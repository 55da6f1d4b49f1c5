// The translator as a task.
import type { RowsOrList } from "../../data/index.ts";
import { additive, bidirectional, encoderOf, type Layer, multiplicative, stacked } from "../../nn/index.ts";
import type { BleuOptions } from "../../train/index.ts";
import { type ConfigShape, checkConfig } from "../config.ts";
import { budgetOf, type DataFacts, epochsFor, given, type Recipe, type TokenKind } from "../recipe.ts";
import type { Task } from "../task.ts";
import type { Translation } from "./data.ts";
import { reportTranslations, type TranslationReport } from "./report.ts";
import { predictTranslations, type TranslatedText, type TranslateOptions, translatorGraphs } from "./translate.ts";
import {
  type Translator,
  type TranslatorConfig,
  type TranslatorOptions,
  tokenizersToJSON,
  translatorFromConfig,
} from "./translator.ts";

export interface TranslatorRecipe extends Recipe {
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

/** By kind of data; those of texts and commands are what bench/tasks/translate.mjs measured. */
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
  const maxTokens = chosen.maxTokens ?? Math.max(usualLength, Math.min(mostLength, longest));
  const { steps: _, epochs: __, minutes: ___, ...sizes } = chosen;
  const attention = chosen.attention ?? "multiplicative";
  return {
    cell: "gru",
    numLayers: 1,
    ...usual,
    // A width that was asked for is that of both halves.
    ...(chosen.hiddenSize === undefined ? {} : { decoderSize: chosen.hiddenSize }),
    batchSize: maxTokens > usualLength ? 16 : rows >= 5000 ? usual.batchSize : 32,
    inputFeeding: usual.inputFeeding && attention !== "none",
    ...given(sizes),
    attention,
    maxTokens,
    ...budgetOf(chosen, { epochs: kind === "toy" ? 6 : epochsFor(rows, 300_000, 8, 60) }),
  };
}

export interface TranslatorReportOptions extends TranslateOptions {
  /** How BLEU cuts words. */
  bleu?: BleuOptions;
}

const shape: ConfigShape<TranslatorConfig> = {
  encoder: "layer",
  decoder: "layer",
  attention: ["none", "layer"],
  inputFeeding: "boolean",
  embeddingSize: "number",
  embedding: "object?",
  tieWeights: "boolean",
  shareEmbeddings: "boolean",
  dropout: "number",
  smoothing: "number",
  maxTokens: "number",
};

export const translatorTask: Task<
  Translator,
  RowsOrList<Translation>,
  string,
  TranslatedText,
  TranslationReport,
  TranslatorRecipe,
  TranslatorReportOptions,
  Omit<TranslatorOptions, "tokenizer" | "embedding" | "seed">
> = {
  name: "translator",
  title: "translator",
  assets: ["tokenizer.json"],
  pack: ({ config, tokenizers }) => ({ config, assets: { "tokenizer.json": tokenizersToJSON(tokenizers) } }),
  unpack: ({ config, assets }, options) =>
    translatorFromConfig(checkConfig(config, shape), assets["tokenizer.json"], options),
  recipe,
  options(recipe) {
    const { cell, hiddenSize, decoderSize, numLayers, dropout, embeddingSize, smoothing, maxTokens } = recipe;
    const deep = (layer: Layer, between: number) =>
      numLayers === 1 ? layer : stacked(new Array<Layer>(numLayers).fill(layer), { dropout: between });
    const attentions = {
      none: "none",
      multiplicative: multiplicative({ scaled: true }),
      additive: additive({ size: hiddenSize }),
    } as const;
    return {
      // What the decoder looks back at is dropped too; the decoder's own outputs are dropped before the output layer.
      encoder: deep(bidirectional(encoderOf(cell, { hiddenSize, dropout })), 0),
      decoder: deep(encoderOf(cell, { hiddenSize: decoderSize }), dropout),
      attention: attentions[recipe.attention],
      inputFeeding: recipe.inputFeeding,
      embeddingSize,
      dropout,
      smoothing,
      maxTokens,
    };
  },
  predict: predictTranslations,
  report: reportTranslations,
  graphs: translatorGraphs,
};

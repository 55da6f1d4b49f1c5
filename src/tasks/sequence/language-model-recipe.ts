// Sizes, rates and regularization of a language model, chosen by its text; and the network that they describe.

import type { TokenKind } from "../../data/index.ts";
import {
  builtInCell,
  embedding,
  encoderOf,
  type Layer,
  type OutputPenalty,
  recurrent,
  stacked,
  uniform,
  weightDropCell,
} from "../../nn/index.ts";
import { type DataFacts, deepPreNorm, given, type Recipe, recipeOf } from "../recipe.ts";
import type { LanguageModelOptions } from "./language-model.ts";

export interface LanguageModelRecipe extends Recipe {
  readonly embeddingSize: number;
  /** The output layer shares the embedding's table; the top layer then has the embedding's width. */
  readonly tieWeights: boolean;
  readonly bptt: number;
  readonly tokens: TokenKind;
  /** Most different tokens, for words; merges, for subwords. */
  readonly maxVocabulary: number;
  readonly betas: readonly [number, number];
  /** Widths of the layers, the lowest first, instead of `hiddenSize` and `numLayers`. */
  readonly layerSizes?: readonly number[];
  /** Tokens that the softmax of a training step runs over; all where absent. */
  readonly candidates?: number;
  // The regularization of AWD-LSTM (Merity et al., 2018), for any cell; absent is none.
  /** `sequence`: the same units are dropped at all steps of a window ("locked" or variational dropout). */
  readonly dropoutPer?: "element" | "sequence";
  /** Share of the embedded inputs that is dropped. */
  readonly inputDropout?: number;
  /** Share of the words whose embedding is zero in a window. */
  readonly embeddingDropout?: number;
  /** Share of the recurrent weights that is dropped (DropConnect). */
  readonly weightDrop?: number;
  /** AR and TAR, penalties on the top layer's outputs and on their changes. */
  readonly activationPenalty?: number;
  readonly temporalPenalty?: number;
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

/** Tokens that two cores train on in a minute, about: words, and characters by one layer and by two of 256 and of 512 units. */
const tokensPerMinute = { words: 3e5, oneLayer: 3e6, twoLayers: 2.4e6, wide: 6e5 };

/** Tokens that a run reads, all epochs together. */
function tokensRead(facts: DataFacts, chosen: Partial<LanguageModelRecipe>, perMinute: number): number {
  const { tokens = facts.rows } = facts;
  const { minutes, epochs, steps, batchSize = 32, bptt = 64 } = chosen;
  if (minutes !== undefined) return minutes * perMinute;
  if (steps !== undefined) return steps * batchSize * bptt;
  return epochs === undefined ? tokensFor(tokens) : epochs * tokens;
}

/** Measured on texts of a megabyte, scaled to the text at hand. Facts: `tokens`, `vocabulary`; `kind: "lines"` with `rows` for lines. */
export function languageModelRecipe(facts: DataFacts, chosen: Partial<LanguageModelRecipe> = {}): LanguageModelRecipe {
  const { tokens = facts.rows, rows, kind = "stream" } = facts;
  const lines = kind === "lines";
  const usual = chosen.tokens === "word" ? usualOfWords(facts, chosen) : lines ? {} : usualOfCharacters(facts, chosen);
  const { tieWeights = false, bptt = 64, hiddenSize = 256, layerSizes } = { ...usual, ...given(chosen) };
  const batchSize = chosen.batchSize ?? (lines ? 32 : lanesFor(tokens, bptt));
  const perStep = lines ? Math.min(batchSize, rows) * (tokens / rows) : batchSize * bptt;
  return recipeOf<LanguageModelRecipe>(
    {
      cell: "lstm",
      hiddenSize,
      numLayers: 1,
      embeddingSize: tieWeights ? (layerSizes?.at(-1) ?? hiddenSize) : 128,
      dropout: 0.1,
      learningRate: learningRateFor(Math.max(...(layerSizes ?? [hiddenSize]))),
      tokens: "char",
      maxVocabulary: 20_000,
      betas: [0.9, 0.99],
      bptt,
      tieWeights,
      batchSize,
      steps: Math.max(100, Math.round(tokensFor(tokens) / perStep / 10) * 10),
      ...usual,
    },
    chosen,
  );
}

/**
 * Characters and subwords: from 200,000 on, two layers in residual blocks, which learn more in the same time than one layer
 * with twice the steps. A shorter text is learned by heart sooner by them, and a run of less than two million tokens has too
 * few steps for them. A run that reads ten million or more pays for twice the width, and a text that is read more than six
 * times for more dropout.
 */
function usualOfCharacters(facts: DataFacts, chosen: Partial<LanguageModelRecipe>): Partial<LanguageModelRecipe> {
  const { tokens = facts.rows, vocabulary = 0 } = facts;
  const { cell = "lstm" } = chosen;
  const deep = tokens >= 2e5 && tokensRead(facts, chosen, tokensPerMinute.twoLayers) >= 2e6;
  const wide = tokens >= 5e5 && tokensRead(facts, chosen, tokensPerMinute.wide) >= 1e7;
  const read = tokensRead(facts, chosen, tokensPerMinute[wide ? "wide" : deep ? "twoLayers" : "oneLayer"]);
  const usual = Math.round(100 * Math.min(0.5, 0.1 + 0.006 * Math.max(0, read / tokens - 6))) / 100;
  const { dropout: share = usual } = chosen; // the other kinds of dropout follow the one that was chosen
  return {
    hiddenSize: wide ? 512 : 256,
    numLayers: deep ? 2 : 1,
    preNorm: deep || !hasRecurrentProduct(cell),
    dropout: share,
    ...(share > 0.2 ? { dropoutPer: "sequence" } : {}),
    ...(share > 0.2 && hasRecurrentProduct(cell) ? { weightDrop: share } : {}),
    // Scripts with thousands of characters, and encyclopedias that quote them.
    ...(vocabulary > 1000 ? { candidates: 500 } : {}),
  };
}

/** Words: a text has few tokens for its vocabulary, so the network over-fits soon, and the output layer costs most of the time. */
function usualOfWords(facts: DataFacts, chosen: Partial<LanguageModelRecipe>): Partial<LanguageModelRecipe> {
  const { tokens = facts.rows, vocabulary = 0 } = facts;
  const { cell = "lstm" } = chosen;
  const read = tokensRead(facts, chosen, tokensPerMinute.words);
  const usual = Math.round(100 * Math.min(0.4, 0.1 + (0.012 * read) / tokens)) / 100; // more for each time that it is read
  const { dropout: share = usual } = chosen;
  const [wide, deep] = tokens >= 1e6 ? [512, 2] : [256, 1];
  const { hiddenSize = wide, layerSizes, numLayers = layerSizes?.length ?? deep } = chosen;
  const { embeddingSize = layerSizes?.at(-1) ?? (numLayers === 1 ? hiddenSize : 256) } = chosen;
  return {
    tieWeights: numLayers > 1 || embeddingSize === (layerSizes?.[0] ?? hiddenSize),
    hiddenSize,
    embeddingSize,
    numLayers,
    dropout: share,
    dropoutPer: "sequence",
    inputDropout: share,
    embeddingDropout: 0.05,
    // One layer of a cell without a recurrent product is weak, and stacks of them learn slowly without residual blocks.
    ...(hasRecurrentProduct(cell) ? { weightDrop: share } : { preNorm: true }),
    ...(vocabulary > 8000 ? { candidates: 2000 } : {}),
  };
}

const hasRecurrentProduct = (cell: Recipe["cell"]): boolean =>
  "weight_hh" in builtInCell(cell).parameters({ inputSize: 1, hiddenSize: 1 });

/** What the recipe decides of the model. */
export function languageModelOptions(
  recipe: LanguageModelRecipe,
): Omit<LanguageModelOptions, "tokenizer" | "seed" | "loss" | "documentStart"> {
  const { embeddingSize, tieWeights, inputDropout, embeddingDropout, dropoutPer, candidates } = recipe;
  const init = tieWeights ? { init: uniform(1 / Math.sqrt(embeddingSize)) } : {};
  return {
    encoder: encoder(recipe),
    embeddingSize,
    ...(embeddingDropout ? { embedding: embedding({ embeddingSize, dropout: embeddingDropout, ...init }) } : {}),
    tieWeights,
    ...(inputDropout ? { dropout: { p: inputDropout, ...given({ per: dropoutPer }) } } : {}),
    ...given({ candidates }),
  };
}

function encoder(recipe: LanguageModelRecipe): Layer {
  const { cell, hiddenSize, numLayers, embeddingSize, tieWeights, dropout, dropoutPer, weightDrop = 0 } = recipe;
  const alike = new Array<number>(numLayers).fill(hiddenSize);
  const widths = recipe.layerSizes ?? (tieWeights ? [...alike.slice(0, -1), embeddingSize] : alike);
  const penalty = penaltyOf(recipe);
  const plain = dropoutPer === undefined && weightDrop === 0 && !penalty && !recipe.preNorm;
  if (plain && widths.every((width) => width === hiddenSize))
    return encoderOf(cell, { hiddenSize, numLayers: widths.length, dropout });
  const inner = weightDrop === 0 ? builtInCell(cell) : weightDropCell(builtInCell(cell), { p: weightDrop });
  const layers = widths.map((width, i) =>
    recurrent(inner, {
      hiddenSize: width,
      dropout: { p: dropout, ...given({ per: dropoutPer }) },
      ...(penalty && i === widths.length - 1 ? { penalty } : {}),
    }),
  );
  if (recipe.preNorm) return deepPreNorm(layers, widths);
  return layers.length === 1 ? layers[0]! : stacked(layers);
}

function penaltyOf({ activationPenalty, temporalPenalty }: LanguageModelRecipe): OutputPenalty | undefined {
  const penalty = given({ activation: activationPenalty || undefined, temporal: temporalPenalty || undefined });
  return Object.keys(penalty).length === 0 ? undefined : penalty;
}

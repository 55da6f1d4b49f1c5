// What a translator is, for all that use one.

import type { Tokenizers, Translation } from "../../data/batches/pairs.ts";
import type { RowsOrList, Tokenizer } from "../../data/index.ts";
import type { Saved } from "../../networks/config.ts";
import type { TranslatorNetwork } from "../../networks/encoder-decoder.ts";
import type { TokenPredictionOptions } from "../../networks/token-prediction.ts";
import type { Attention, DropoutOptions, Layer, LayerConfig, LossFunction, TrainingLoss } from "../../nn/index.ts";
import type { Trainable } from "../../train/index.ts";

export interface TranslatorOptions {
  /** One for both sides (the usual choice for subwords), or one for each. They need `<bos>`, `<eos>` and `<unk>`. */
  tokenizer: Tokenizer | Tokenizers;
  /** Reads the source: `bidirectional(gru({ hiddenSize: 256 }))`, say. */
  encoder: Layer;
  /** Writes the target. It may not look ahead (`bidirectional`). */
  decoder: Layer;
  /** How the decoder looks back at the source: `multiplicative()`, `additive({ size })`; `"none"`: only through its first state. */
  attention: Attention | "none";
  /**
   * The decoder also reads what it attended to at the step before (Luong et al., 2015): it knows what has been
   * translated, at the price of an attention inside the loop. False by default.
   */
  inputFeeding?: boolean;
  /** Width of a token's row of numbers, and of what the output layer reads; that of `embedding` where it is given, else 256. */
  embeddingSize?: number;
  /**
   * How tokens become numbers, of both sides or of each. `embedding({ from: vectors })` begins with word vectors, in
   * `freeze` they stay as they are. Both sides are of one width. Random by default.
   */
  embedding?: Layer | { source?: Layer; target?: Layer };
  /** The output shares the target embedding's table (Press & Wolf, 2017). True by default. */
  tieWeights?: boolean;
  /** Source and target share one table: for one tokenizer of both languages. False by default. */
  shareEmbeddings?: boolean;
  /** Share of the embedded inputs, and of what the output layer reads, that is dropped while training. 0 by default. */
  dropout?: number | DropoutOptions;
  /** Share of each target that is spread over all tokens while training (Szegedy et al., 2016); 0 by default. */
  smoothing?: number;
  /** What training makes small; the cross-entropy with `smoothing` by default. */
  loss?: TrainingLoss | LossFunction;
  /**
   * With `bpe` tokenizers, the share of merges left out while training, so that a word is cut differently in each epoch
   * (Provilkov et al., 2020, use 0.1); 0 by default.
   */
  subwordDropout?: number;
  /**
   * A second training loss: the encoder also learns to predict the tokens of the sources. Each direction predicts the token that
   * it will read next (Rei, 2017). Off unless given. Refused with a stack of bidirectional layers.
   */
  tokenPrediction?: TokenPredictionOptions;
  /** Most tokens of a source or target; 512 by default. */
  maxTokens?: number;
  /** How much long translations are favored by beam search (`LengthRule`); 1 by default. `chooseLengthRule` finds it. */
  lengthPenalty?: number;
  /** The same, added for each token; 0 by default. */
  lengthReward?: number;
  /** Of the first values of the parameters. */
  seed?: number;
}

/** What is saved of a translator beside its parameters and its tokenizers. */
export type TranslatorConfig = Saved<
  Required<
    Omit<
      TranslatorOptions,
      | "tokenizer"
      | "embedding"
      | "loss"
      | "seed"
      | "subwordDropout"
      | "tokenPrediction"
      | "lengthPenalty"
      | "lengthReward"
    >
  >
> & {
  /** Absent: 1, or 0 with a `lengthReward`. */
  readonly lengthPenalty?: number;
  /** Absent: 0. */
  readonly lengthReward?: number;
  /** Absent: 0. */
  readonly subwordDropout?: number;
  /** Absent: none. */
  readonly tokenPrediction?: TokenPredictionOptions;
  readonly embedding?: { readonly source?: LayerConfig; readonly target?: LayerConfig };
  readonly loss?: TrainingLoss["config"];
};

export interface Translator extends Trainable<RowsOrList<Translation>> {
  readonly task: "translator";
  readonly config: TranslatorConfig;
  readonly tokenizers: Tokenizers;
  /** The length rule of its beam search, where the caller gives none; saved with the model. */
  lengthPenalty: number;
  lengthReward: number;
  /** Its two halves, symbolic. */
  readonly network: TranslatorNetwork;
}

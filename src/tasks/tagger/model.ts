// What a tagger is, for all that use one.

import type { Encoding } from "../../data/batches/tagged.ts";
import type { RowsOrList } from "../../data/index.ts";
import type { FeatureScale } from "../../data/readings.ts";
import type { TaggerRow, TaggerVocabulary } from "../../data/tags/tagger-vocabulary.ts";
import type { DropoutOptions, LayerConfig, Masks, Parameters, TagDecoder, TagDecoderBlock } from "../../nn/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import type { Trainable } from "../../train/index.ts";

export interface CharacterOptions {
  /** Width of a character's row of numbers; 25 by default. */
  embeddingSize: number;
  /** Units in each direction; 25 by default. */
  hiddenSize: number;
  /** Most characters of a word that are read, from both ends; 20 by default. */
  limit: number;
}

/** What is saved of a tagger beside its parameters and its vocabulary. */
export interface TaggerConfig {
  readonly encoder: LayerConfig;
  readonly decoder: TagDecoder["config"];
  readonly embeddingSize: number;
  readonly embedding?: LayerConfig;
  readonly characters: CharacterOptions | false;
  readonly lexicon?: LayerConfig;
  /** A language model's layers. */
  readonly context?: { readonly embedding: LayerConfig; readonly encoder: LayerConfig };
  /** Absent: 0. */
  readonly shapes?: number;
  readonly features?: readonly FeatureScale[];
  readonly dropout: number | DropoutOptions;
}

export interface Tagger extends Trainable<RowsOrList<TaggerRow>> {
  readonly task: "tagger";
  readonly config: TaggerConfig;
  readonly vocabulary: TaggerVocabulary;
  readonly decoder: TagDecoderBlock;
  readonly encoding: Encoding;
  /** Symbolic: the inputs of `sentenceFeeds` -> emissions [T, B, K], and the encoder's outputs [T, B, H]. */
  apply(parameters: Parameters, masks?: Masks): { emissions: Tensor; states: Tensor; lengths: Tensor };
}

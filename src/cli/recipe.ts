// How `unrolled train` trains where it is not told: numbers found on texts of a megabyte, scaled to the text at hand.
import type { CellName } from "./cells.ts";
import type { TokenKind } from "./corpus.ts";

/** All that decides a run; saved with the model, so that `--resume` is the same run. */
export interface Recipe {
  /** Absolute. */
  files: string[];
  fingerprint: string;
  tokens: TokenKind;
  lines: boolean;
  valid: number | string;
  maxVocabulary: number;
  cell: CellName;
  hidden: number;
  layers: number;
  embedding: number;
  tie: boolean;
  /** Word vectors that the embedding began with; absolute. */
  embeddings?: string;
  /** When they are trained, in words. */
  trained?: string;
  dropout: number;
  bptt: number;
  batch: number;
  lr: number;
  seed: number;
  /** One of the three. */
  steps?: number;
  epochs?: number;
  minutes?: number;
  evaluateEvery?: number;
}

export const defaults = {
  tokens: "char" as TokenKind,
  valid: 0.1,
  maxVocabulary: 20_000,
  cell: "lstm" as CellName,
  hidden: 256,
  layers: 1,
  embedding: 128,
  dropout: 0.1,
  bptt: 64,
  batch: 32,
  seed: 1337,
  clipNorm: 1,
  weightDecay: 0.01,
  betas: [0.9, 0.99] as const,
};

/** The peak of the one-cycle schedule: 8e-3 up to 256 units; wider layers bear less, in proportion. */
export const learningRateFor = (hidden: number): number => 8e-3 * Math.min(1, 256 / hidden);

/** Rows side by side: 32, or fewer where a text is so short that each would have under four windows. */
export function batchFor(trainTokens: number, bptt: number, lines: boolean): number {
  return lines ? defaults.batch : Math.max(1, Math.min(defaults.batch, Math.floor(trainTokens / (4 * bptt))));
}

/**
 * Tokens worth training on: 6 million for a text of a million, growing as the square root of its size. A text ten times
 * as long is read fewer times over, and one ten times shorter more often, until validation tells that it is learned by heart.
 */
export const tokensFor = (trainTokens: number): number => 6e6 * Math.sqrt(trainTokens / 1e6);

/** Updates for that many tokens. */
export function stepsFor(trainTokens: number, tokensPerStep: number): number {
  return Math.max(100, Math.round(tokensFor(trainTokens) / tokensPerStep / 10) * 10);
}

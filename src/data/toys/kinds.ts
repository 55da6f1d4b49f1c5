// What a toy is: samples without end, of one of four kinds.
import type { Vocabulary } from "../vocabulary.ts";

interface ToyOf<Kind extends string, Sample> {
  readonly kind: Kind;
  readonly name: string;
  /** The spec that makes it, parameters written out: `adding:600`. */
  readonly spec: string;
  /** One sentence: what is to be learned. */
  readonly task: string;
  /** The n-th sample: a pure function of (seed, n), so any part can be a test set and a stream can go on anywhere. */
  sample(n: number): Sample;
}

/** A number from a sequence of vectors. */
export interface RegressionToy extends ToyOf<"regression", { inputs: Float32Array; T: number; target: number }> {
  readonly inputSize: number;
  /** Mean squared error of always answering the mean. */
  readonly baseline: number;
}

/** A class at each step: Tx = Ty. */
export interface TaggingToy extends ToyOf<"tagging", { ids: Int32Array; targets: Int32Array; scored: Uint8Array }> {
  readonly vocabulary: Vocabulary;
  /** Mean cross-entropy over all steps, in nats, without memory. */
  readonly baseline: number;
}

/** Sentences for a language model: each symbol from those before. */
export interface LanguageToy extends ToyOf<"language", LanguageSample> {
  readonly vocabulary: Vocabulary;
}

export interface LanguageSample {
  /** Ids, from `<bos>` to `<eos>`. */
  ids: Int32Array;
  /** 1 where the symbol is determined by those before it, so that a model that has understood is always right. */
  scored: Uint8Array;
  /** Agreement: where the verb stands, its wrong form, and how many nouns of the other number stand between. */
  verb?: { at: number; wrong: number; distance: number; distractors: number };
}

/** A text from a text: Tx != Ty. */
export type PairsToy = ToyOf<"pairs", { source: string; target: string }>;

export type Toy = RegressionToy | TaggingToy | LanguageToy | PairsToy;

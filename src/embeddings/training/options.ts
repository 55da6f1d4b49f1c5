// Options of word vector training, with checks.

import { checkNumber, fail } from "../../base/errors.ts";
import type { SubwordOptions } from "../subwords.ts";

export interface TrainingOptions {
  /** `skipgram` (the default) predicts the neighbors of a word, `cbow` a word from the mean of its neighbors. */
  model?: "skipgram" | "cbow";
  loss?: "negative-sampling" | "hierarchical-softmax";
  /** Dimension of the vectors. Default: 100. */
  dim?: number;
  /** Maximum number of context words on each side (each window is shrunk at random). Default: 5. */
  window?: number;
  /** Negative samples per word. Default: 5. */
  negatives?: number;
  /** Words with a larger share of the text are subsampled. Default: 1e-4; 0 turns it off. */
  sample?: number;
  /** Negatives are drawn in proportion to the count to this power. Default: 0.75 (Mikolov et al., 2013). */
  negativePower?: number;
  /** Passes over the text. Default: enough to read 75 million words (30 million with subwords), at least 5 and at most 20. */
  epochs?: number;
  /**
   * Initial learning rate; decays linearly to 1/10,000 of it. Default: 0.05. Skip-gram with more than 5 epochs
   * has a lower one, down to 0.025 with 20 or more.
   */
  learningRate?: number;
  /** Adds vectors of character n-grams, as fastText does: unknown words get vectors too. */
  subwords?: Partial<SubwordOptions>;
  seed?: number;
}

export type TrainingSettings = Required<Omit<TrainingOptions, "subwords">> & {
  subwords: SubwordOptions | undefined;
  /** Of a training by sub-models: how many, and the words between two of their means. */
  subModels: number | undefined;
  syncEvery: number | undefined;
};

/** A text is read until this many words were processed, within these bounds on the epochs. With subwords, a word teaches more. */
const [wordsToRead, withSubwords, leastEpochs, mostEpochs] = [75e6, 30e6, 5, 20];

/** Default number of epochs for a text with so many words of the vocabulary: docs/decisions/word-vectors.md. */
const usualEpochs = (words: number, subwords: boolean): number =>
  Math.max(leastEpochs, Math.min(mostEpochs, Math.round((subwords ? withSubwords : wordsToRead) / Math.max(1, words))));

/** Skip-gram needs a lower learning rate with more epochs: 0.05 for 5, 0.025 for 20. */
function usualRate(model: "skipgram" | "cbow", epochs: number): number {
  if (model === "cbow") return 0.05;
  const share = (Math.min(mostEpochs, Math.max(leastEpochs, epochs)) - leastEpochs) / (mostEpochs - leastEpochs);
  return Number((0.05 - 0.025 * share).toFixed(3));
}

/**
 * Settings of a training, with defaults filled in.
 *
 * @param words running words of the text that are in the vocabulary; the default number of epochs depends on it
 * @param before settings of the run that is resumed; they supply the default epochs and learning rate
 */
export function trainingSettings(
  options: TrainingOptions,
  words: number,
  before?: Pick<TrainingSettings, "epochs" | "learningRate">,
): TrainingSettings {
  const { model = "skipgram", loss = "negative-sampling" } = options;
  if (model !== "skipgram" && model !== "cbow") {
    fail({ where: "train: model", expected: '"skipgram" or "cbow"', received: JSON.stringify(model) });
  }
  if (loss !== "negative-sampling" && loss !== "hierarchical-softmax") {
    fail({
      where: "train: loss",
      expected: '"negative-sampling" or "hierarchical-softmax"',
      received: JSON.stringify(loss),
    });
  }
  const whole = (name: string, value: number, max: number) =>
    checkNumber(`train: ${name}`, value, { min: 1, max, integer: true });
  const { jamo = false, ...lengths } = options.subwords ?? {};
  const subwords = options.subwords && {
    ...{ minn: 3, maxn: 6, bucket: 2_000_000, ...lengths },
    ...(jamo ? { jamo } : {}), // absent where it is off: runs saved before it was known go on
  };
  if (subwords) {
    whole("minn", subwords.minn, 64);
    whole("maxn", subwords.maxn, 64);
    whole("bucket", subwords.bucket, 2 ** 28);
    if (subwords.minn > subwords.maxn) {
      fail({ where: "train: minn", expected: `at most maxn (${subwords.maxn})`, received: String(subwords.minn) });
    }
  }
  const epochs = whole("epochs", options.epochs ?? before?.epochs ?? usualEpochs(words, subwords !== undefined), 1e6);
  return {
    model,
    loss,
    dim: whole("dim", options.dim ?? 100, 4096),
    window: whole("window", options.window ?? 5, 32),
    negatives: loss === "hierarchical-softmax" ? 0 : whole("negatives", options.negatives ?? 5, 15),
    sample: checkNumber("train: sample", options.sample ?? 1e-4, { min: 0 }),
    negativePower: checkNumber("train: negativePower", options.negativePower ?? 0.75, { min: -2, max: 2 }),
    epochs,
    learningRate: checkNumber(
      "train: learningRate",
      options.learningRate ?? before?.learningRate ?? usualRate(model, epochs),
      {
        above: 0,
        max: 10,
      },
    ),
    subwords,
    subModels: undefined,
    syncEvery: undefined,
    seed: checkNumber("train: seed", options.seed ?? 1),
  };
}

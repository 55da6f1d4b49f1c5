// The flags of `unrolled embed train`, and their defaults.
import { availableParallelism } from "node:os";
import { jsonFlag } from "../../command.ts";
import { choice, int, real, text, toggle, type Values } from "../../flags.ts";

export const defaults = {
  model: "skipgram",
  loss: "negative-sampling",
  dim: 100,
  negatives: 5,
  sample: 1e-4,
  minCount: 5,
  minn: 3,
  maxn: 6,
  bucket: 2_000_000,
  phrases: 0,
  threads: availableParallelism(),
  seed: 1,
  saveEvery: 120,
} as const;

const count = (usage: string, about: string, max: number | undefined, name: keyof typeof defaults, min = 1) =>
  int(usage, about, { min, max }, { fallback: String(defaults[name]) });

export const trainFlags = {
  out: text("--out <folder>", "folder for the vectors", { required: true }),
  model: choice("--model <name>", "method", ["skipgram", "cbow", "glove"], { fallback: defaults.model }),
  loss: choice("--loss <name>", "output layer of skipgram and cbow", ["negative-sampling", "hierarchical-softmax"], {
    fallback: defaults.loss,
  }),
  dim: count("--dim <n>", "dimensions of a vector", 4096, "dim"),
  window: int("--window <n>", "context words on each side", { min: 1, max: 32 }, { fallback: "5; glove 10" }),
  negatives: count("--negatives <n>", "negative samples per word", 15, "negatives"),
  epochs: int(
    "--epochs <n>",
    "passes over the text",
    { min: 1 },
    { fallback: "enough to read 75 million words (30 million with --subwords), at least 5 and at most 20; glove 25" },
  ),
  sample: real(
    "--sample <share>",
    "subsample words more frequent than this; 0: off",
    { min: 0 },
    { fallback: "0.0001" },
  ),
  learningRate: real(
    "--learning-rate <x>",
    "initial learning rate",
    { min: 0 },
    {
      fallback:
        "0.05; for skip-gram with more than 5 epochs lower, down to 0.025 with 20 or more; with sub-models, times their number, at most 0.2",
    },
  ),
  minCount: count("--min-count <n>", "drop words with fewer occurrences", undefined, "minCount"),
  maxWords: int("--max-words <n>", "keep only the n most frequent words", { min: 2 }),
  subwords: toggle("--subwords", "add vectors of character n-grams, as fastText does: unknown words get vectors too"),
  minn: count("--minn <n>", "shortest n-gram, in characters", 64, "minn"),
  maxn: count("--maxn <n>", "longest n-gram, in characters", 64, "maxn"),
  jamo: toggle(
    "--jamo",
    "with --subwords: also use n-grams of the letters (jamo) of Korean syllables; forms of a word then share more of them",
  ),
  bucket: int("--bucket <n>", "hash buckets shared by the n-grams", { min: 1 }, { fallback: "2,000,000" }),
  phrases: count("--phrases <n>", "join words that often occur together (new_york), n times", 5, "phrases", 0),
  plain: toggle("--plain", "lowercase the text and drop punctuation, for text that is not tokenized"),
  threads: int("--threads <n>", "threads to use", { min: 1, max: 256 }, { fallback: "one per core" }),
  deterministic: toggle("--deterministic", "same seed, same vectors on any number of threads; only one thread trains"),
  subModels: int(
    "--sub-models <n>",
    "train n models on parts of the text and average them; same seed, same vectors, on n threads or under mpirun",
    { min: 1, max: 1024 },
    { fallback: "none; under mpirun one per core" },
  ),
  syncEvery: int(
    "--sync-every <words>",
    "words that each sub-model reads between two averages",
    { min: 1 },
    { fallback: "100,000; fewer for short texts" },
  ),
  seed: count("--seed <n>", "random seed", undefined, "seed", 0),
  saveEvery: real("--save-every <seconds>", "seconds between checkpoints", { min: 0 }, { fallback: "120" }),
  overwrite: toggle("--overwrite", "replace the word vectors in the folder"),
  resume: toggle("--resume", "continue the run in the folder, with its corpus and options"),
  ...jsonFlag,
};
export type Given = Values<typeof trainFlags>;
/** What was given, over the defaults. */
export type TrainOptions = Omit<Given, keyof typeof defaults> & {
  [K in keyof typeof defaults]: NonNullable<Given[K]>;
};

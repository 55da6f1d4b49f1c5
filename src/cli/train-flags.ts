// The options of `unrolled train` that several tasks share, each declared once. A task spreads those that it reads into its
// own list; its recipe says their defaults.
import { InvalidArgumentError } from "commander";
import { wordSplits } from "../data/index.ts";
import { cellNames, type TrainingLength } from "../nn/index.ts";
import { tasks } from "../tasks/index.ts";
import { jsonFlag, seedRange, threadsFlag } from "./command.ts";
import { engineFlag } from "./engine.ts";
import { choice, custom, type Flags, fractionOrFile, int, real, text, toggle, type Values } from "./flags.ts";

/** Every task reads these. */
export const commonFlags = {
  batch: int("--batch <n>", "batch size: sequences per training step", { min: 1, max: 65_536 }, { field: "batchSize" }),
  lr: real(
    "--lr <x>",
    "peak learning rate of the one-cycle schedule (AdamW)",
    { above: 0, max: 100 },
    { field: "learningRate" },
  ),
  steps: int(
    "--steps <n>",
    "length of the run in training steps",
    { min: 1 },
    { field: "steps", conflicts: ["epochs", "minutes"] },
  ),
  minutes: real(
    "--minutes <x>",
    "length of the run in wall time, start-up and evaluation included; not reproducible",
    { above: 0, max: 1e6 },
    { field: "minutes", conflicts: ["steps", "epochs"] },
  ),
  average: real(
    "--average <decay>",
    "also validate a moving average of the weights with this decay, such as 0.999, and keep the better of the two",
    { min: 0, below: 1 },
    { field: "averageDecay", fallback: "none" },
  ),
  evaluateEvery: int(
    "--evaluate-every <n>",
    "steps between validations, each followed by a checkpoint",
    { min: 1 },
    { fallback: "a tenth of the run" },
  ),
  seed: int("--seed <n>", "seed for initialization, dropout, shuffling and the choice of validation rows", seedRange, {
    fallback: "1337",
  }),
  shards: custom(
    "--shards <n>",
    "parts that each batch is split into, a power of two; it affects the result and is saved with the run",
    powerOfTwo,
    { fallback: "chosen by batch size and number of cores" },
  ),
  ...threadsFlag,
  engine: engineFlag,
  syncEvery: int(
    "--sync-every <n>",
    "on a slow network: replicas train apart and are averaged every n steps (DiLoCo)",
    { min: 1, max: 1e6 },
    { fallback: "gradients are added at each step" },
  ),
  replicas: custom("--replicas <n>", "with --sync-every: copies of the model, a power of two", powerOfTwo, {
    fallback: "one per MPI rank",
  }),
  fast: toggle(
    "--fast",
    "on several MPI ranks: add gradients in the fastest order; the result then depends on the number of ranks",
    { free: true },
  ),
} satisfies Flags;

/** Where the result goes, and how it is shown. */
export const outputFlags = {
  out: text("--out <folder>", "folder for the model", { fallback: "models/ and the name of the data", free: true }),
  overwrite: toggle("--overwrite", "replace the model in that folder", { free: true }),
  resume: text("--resume <folder>", "continue a run that was stopped; its options are saved with it", { free: true }),
  watch: toggle("--watch", "show the run live in the studio, in the browser", { free: true }),
  ...jsonFlag,
} satisfies Flags;

/** Tasks that files are trained on. */
export const fileTasks = Object.values(tasks).flatMap((task) => ("reads" in task ? [task.name] : []));

/** Which task, if the data does not decide it. */
export const selectionFlags = {
  task: choice("--task <name>", "what to train", fileTasks, { fallback: "detected from the data", free: true }),
  toy: text("--toy <name>", "a synthetic problem instead of a file: adding:600, copy:100, anbn:20, agreement:3, dates"),
} satisfies Flags;

/** Tasks whose data has an end. */
export const epochsFlag = {
  epochs: real(
    "--epochs <x>",
    "length of the run in passes over the training data",
    { above: 0, max: 1e6 },
    { field: "epochs", fallback: "depends on the amount of data", conflicts: ["steps", "minutes"] },
  ),
} satisfies Flags;

/** Tasks that read a stream in windows. */
export const bpttFlag = {
  bptt: int(
    "--bptt <n>",
    "tokens per window: the gradient stops there, the state carries on",
    { min: 1, max: 65_536 },
    { field: "bptt" },
  ),
} satisfies Flags;

/** The recurrent network. */
export const networkFlags = {
  cell: choice("--cell <name>", "recurrent cell", cellNames, { field: "cell" }),
  hidden: int("--hidden <n>", "units per layer", { min: 1, max: 16_384 }, { field: "hiddenSize" }),
  layers: int("--layers <n>", "number of stacked layers", { min: 1, max: 64 }, { field: "numLayers" }),
  dropout: real(
    "--dropout <p>",
    "share of activations dropped in training",
    { min: 0, below: 1 },
    { field: "dropout" },
  ),
} satisfies Flags;

/** How layers are stacked, for the tasks that have a choice. */
export const preNormFlags = {
  preNorm: toggle(
    "--pre-norm",
    "make each layer above the first a residual block, x + layer(layerNorm(x)), and normalize the outputs of the last one",
    { field: "preNorm" },
  ),
  noPreNorm: toggle("--no-pre-norm", "stack the layers without residual connections or normalization"),
} satisfies Flags;

export const embeddingFlag = {
  embedding: int("--embedding <n>", "embedding size of a token", { min: 1, max: 65_536 }, { field: "embeddingSize" }),
} satisfies Flags;

/** The decoder of a translator. */
export const attentionFlags = {
  attention: choice(
    "--attention <kind>",
    "how the decoder attends to the source; additive is slower",
    ["none", "multiplicative", "additive"],
    { field: "attention" },
  ),
  inputFeeding: toggle(
    "--input-feeding",
    "feed the attention context into the next decoder step; slower, sometimes better",
    { fallback: "on for SCAN", field: "inputFeeding" },
  ),
} satisfies Flags;

export const splitFlag = {
  split: choice(
    "--split <where>",
    "where words end, with --tokens word. whitespace: at spaces alone; segmenter: by the dictionaries of Intl.Segmenter, for Chinese, Japanese, Thai ...",
    wordSplits,
    { fallback: "unicode: letters and digits" },
  ),
} satisfies Flags;

export const directionFlag = {
  direction: choice("--direction <way>", "both: also read the text backward", ["forward", "both"], {
    field: "direction",
  }),
} satisfies Flags;

/** Held-out data from files. */
export const heldOutFlags = {
  valid: custom<number | string>(
    "--valid <file|fraction>",
    "validation data: a file, or a fraction of the training data; 0 for none",
    fractionOrFile,
    { fallback: "0.1" },
  ),
  test: text("--test <file>", "test data: a file to score at the end", { free: true }),
} satisfies Flags;

export const streamFlag = {
  stream: toggle("--stream", "read the data from disk batch by batch; same result, less memory", {
    fallback: "for files over 16 MB",
    free: true,
  }),
} satisfies Flags;

/** Pretrained word vectors. */
export const vectorFlags = {
  embeddings: text(
    "--embeddings <file>",
    "start from pretrained word vectors: word2vec, GloVe, fastText, safetensors, or a folder of `embed train`",
  ),
  fineTune: toggle("--fine-tune", "train the word vectors with the rest of the model"),
  freeze: toggle(
    "--freeze",
    "keep the word vectors fixed: faster; for classifiers and regressors often better with few rows",
    {
      conflicts: ["fineTune", "unfreezeAfter"],
    },
  ),
  unfreezeAfter: custom(
    "--unfreeze-after <n>",
    "keep the word vectors fixed for n steps, or epochs (2epochs), then train them too",
    trainingLength,
  ),
} satisfies Flags;

export const targetVectorsFlag = {
  targetEmbeddings: text("--target-embeddings <file>", "pretrained word vectors for the target language"),
} satisfies Flags;

export const vectorVocabularyFlag = {
  embeddingsVocabulary: choice(
    "--embeddings-vocabulary <which>",
    "all: also keep the file's 50,000 most frequent words, for unseen text; training: only words of the training text",
    ["all", "training"],
    { fallback: "all" },
  ),
} satisfies Flags;

/** For tasks whose tokens are only read. */
export const learnedRowsFlag = {
  learnedRows: int(
    "--learned-rows <n>",
    "numbers that the model learns for each word in addition to its fixed vector (above 0: implies --freeze)",
    { min: 0, max: 65_536 },
    { fallback: "32 with fixed vectors", conflicts: ["fineTune", "unfreezeAfter"] },
  ),
} satisfies Flags;

/** The second loss of an encoder. @param fallback its usual weights */
export const tokenPredictionFlag = (fallback: string) =>
  ({
    tokenPrediction: real(
      "--token-prediction <weight>",
      "weight of a second training loss: the encoder also learns to predict the next token of the text that it reads and, if it reads both ways, the previous one; the weight falls to 0 over the run, or is constant if --minutes is given; 0 turns it off",
      { min: 0, max: 1e6 },
      { field: "tokenPrediction", fallback },
    ),
  }) satisfies Flags;

/** How a text or a window is summed up. */
export const poolingFlag = {
  pooling: choice(
    "--pooling <kind>",
    "how the states of a sequence become one vector",
    ["last", "mean", "max", "attention"],
    { field: "pooling" },
  ),
} satisfies Flags;

/** Tasks that read rows of text. */
export const rowFlags = {
  ...heldOutFlags,
  ...streamFlag,
  ...networkFlags,
  ...embeddingFlag,
  ...vectorFlags,
  ...vectorVocabularyFlag,
  ...epochsFlag,
} satisfies Flags;

export type VectorValues = Values<typeof vectorFlags & typeof vectorVocabularyFlag & typeof embeddingFlag> &
  Partial<Values<typeof learnedRowsFlag>>;

/** `500` steps, or `2epochs`. */
function trainingLength(given: string): TrainingLength {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*(epochs?|updates?|steps?)?$/.exec(given.trim()) ?? [];
  const value = Number(count);
  if (unit?.startsWith("epoch") && value > 0) return { epochs: value };
  if (!unit?.startsWith("epoch") && Number.isSafeInteger(value) && value > 0) return { steps: value };
  throw new InvalidArgumentError("Expected a number of steps from 1, such as 500, or of epochs, such as 2epochs.");
}

function powerOfTwo(given: string): number {
  const value = Number(given);
  if (given.trim() !== "" && value >= 1 && value <= 1024 && Number.isInteger(Math.log2(value))) return value;
  throw new InvalidArgumentError("Expected a power of two from 1 to 1024.");
}

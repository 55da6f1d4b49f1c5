// The options of `unrolled compare`.

import { tokenKinds } from "../../data/tokenizers/fit.ts";
import { jsonFlag, seedRange, threadsFlag } from "../command.ts";
import { choice, int, list, real, text, type Values } from "../flags.ts";

const compared = ["classifier", "regressor", "tagger", "language-model", "forecaster"] as const;

export const compareFlags = {
  toy: text("--toy <name>", "a synthetic problem instead of a file: adding:100, copy:50, anbn:20 or agreement:3"),
  task: choice("--task <name>", "what to train", compared, { fallback: "detected from the data" }),
  valid: real("--valid <fraction>", "fraction of rows held out for testing", { above: 0, below: 1 }, { value: 0.2 }),
  hidden: int("--hidden <n>", "units per layer, in each direction", { min: 1 }, { value: 64 }),
  embedding: int("--embedding <n>", "embedding size of a token", { min: 1 }, { value: 64 }),
  window: int(
    "--window <n>",
    "tokens that the standard network reads; for series, steps that all networks read",
    { min: 1 },
    { fallback: "the median length" },
  ),
  tokens: choice("--tokens <kind>", "unit that the networks read", tokenKinds, {
    fallback: "subword; char for plain text",
  }),
  vocabulary: int("--vocabulary <n>", "size of the vocabulary: most words, or merges of subwords", { min: 2 }),
  target: text("--target <name>", "for series: column to forecast", { fallback: "the first with numbers" }),
  rows: int("--rows <n>", "use only this many rows of the file", { min: 2 }),
  only: list(
    "--only <names>",
    "train only these networks, with commas between: standard, RNN, GRU, LSTM, bidirectional, deep",
  ),
  steps: int("--steps <n>", "training steps of each network", { min: 1 }),
  epochs: real("--epochs <x>", "passes of each network over the data", { above: 0 }, { fallback: "by its size" }),
  minutes: real("--minutes <x>", "time for each network", { above: 0 }),
  batch: int("--batch <n>", "batch size", { min: 1 }, { fallback: "by number of rows" }),
  lr: real("--lr <x>", "peak learning rate of the one-cycle schedule (AdamW)", { above: 0 }, { value: 0.004 }),
  dropout: real("--dropout <p>", "share of activations dropped in training", { min: 0, below: 1 }, { value: 0.3 }),
  seed: int("--seed <n>", "seed for initialization, dropout and shuffling", seedRange, {
    value: 1337,
    fallback: "1337",
  }),
  ...threadsFlag,
  ...jsonFlag,
};
export type CompareFlags = Values<typeof compareFlags>;

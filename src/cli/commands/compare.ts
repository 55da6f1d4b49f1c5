// unrolled compare: a standard network and recurrent networks on the same data, with the same budget.
import { Command, Option } from "commander";
import type { Host } from "../host.ts";
import { jsonOption, number, seedOption, threadsOption, whole } from "../options.ts";
import type { TaskFlag } from "../train-flags.ts";

export interface CompareFlags {
  toy?: string;
  task?: TaskFlag;
  valid: number;
  hidden: number;
  embedding: number;
  window?: number;
  steps?: number;
  epochs?: number;
  minutes?: number;
  batch?: number;
  lr: number;
  dropout: number;
  tokens?: "char" | "grapheme" | "word" | "subword";
  vocabulary?: number;
  rows?: number;
  only?: string[];
  target?: string;
  seed?: number;
  threads?: number;
  json?: boolean;
}

const compared = ["classifier", "regressor", "tagger", "language-model", "forecaster"];
const kinds = ["char", "grapheme", "word", "subword"];

export function compareCommand(host: Host): Command {
  return new Command("compare")
    .argument("[file]", "labeled texts, texts with numbers, tagged text, plain text or series, as for train")
    .option("--toy <name>", "a synthetic problem instead of a file: adding:100, copy:50, anbn:20 or agreement:3")
    .addOption(new Option("--task <name>", "what to train (default: detected from the data)").choices(compared))
    .option("--valid <fraction>", "fraction of rows held out for testing", number({ above: 0, below: 1 }), 0.2)
    .option("--hidden <n>", "units per layer, in each direction", whole({ min: 1 }), 64)
    .option("--embedding <n>", "embedding size of a token", whole({ min: 1 }), 64)
    .option(
      "--window <n>",
      "tokens that the standard network reads (default: the median length); for series, steps that all networks read",
      whole({ min: 1 }),
    )
    .addOption(
      new Option("--tokens <kind>", "unit that the networks read (default: subword; char for plain text)").choices(
        kinds,
      ),
    )
    .option("--vocabulary <n>", "size of the vocabulary: most words, or merges of subwords", whole({ min: 2 }))
    .option("--target <name>", "for series: column to forecast (default: the first with numbers)")
    .option("--rows <n>", "use only this many rows of the file", whole({ min: 2 }))
    .option(
      "--only <names>",
      "train only these networks, with commas between: standard, RNN, GRU, LSTM, bidirectional, deep",
      (names: string) => names.split(","),
    )
    .option("--steps <n>", "training steps of each network", whole({ min: 1 }))
    .option("--epochs <x>", "passes of each network over the data (default: by its size)", number({ above: 0 }))
    .option("--minutes <x>", "time for each network", number({ above: 0 }))
    .option("--batch <n>", "batch size (default: by number of rows)", whole({ min: 1 }))
    .option("--lr <x>", "peak learning rate of the one-cycle schedule (AdamW)", number({ above: 0 }), 0.004)
    .option("--dropout <p>", "share of activations dropped in training", number({ min: 0, below: 1 }), 0.3)
    .addOption(seedOption("seed for initialization, dropout and shuffling (default: 1337)"))
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(async (file: string | undefined, flags: CompareFlags) => {
      const { runCompare } = await import("../compare/compare.ts");
      await runCompare(host, file, flags);
    });
}

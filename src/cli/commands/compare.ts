// unrolled compare: the standard network and the recurrent ones on one file, with the same budget.
import { Command, Option } from "commander";
import type { Host } from "../host.ts";
import { jsonOption, number, seedOption, threadsOption, whole } from "../options.ts";
import type { TaskFlag } from "../tasks/recognized.ts";

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

export function compareCommand(host: Host): Command {
  return new Command("compare")
    .argument("[file]", "labeled texts, texts with numbers, tagged text, plain text or series, as for train")
    .option("--toy <name>", "in place of a file: adding:100, copy:50, anbn:20 or agreement:3")
    .addOption(
      new Option("--task <name>", "what to train (default: what the file is recognized to be for)").choices([
        "classifier",
        "regressor",
        "tagger",
        "language-model",
        "forecaster",
      ]),
    )
    .option("--valid <fraction>", "part of the rows that is measured on", number({ above: 0, below: 1 }), 0.2)
    .option("--hidden <n>", "units in a layer, in each direction", whole({ min: 1 }), 64)
    .option("--embedding <n>", "numbers for each token", whole({ min: 1 }), 64)
    .option(
      "--window <n>",
      "tokens that the standard network reads (default: what half of the rows fit in); for series, steps that all read",
      whole({ min: 1 }),
    )
    .option("--tokens <kind>", "char, grapheme, word or subword (default: subword; for plain text char)")
    .option("--vocabulary <n>", "most words, or merges of subwords", whole({ min: 2 }))
    .option("--target <name>", "for series: the column to forecast (default: the first one of numbers)")
    .option("--rows <n>", "read only so many rows of the file", whole({ min: 2 }))
    .option(
      "--only <names>",
      "train these networks alone, with commas between: standard, RNN, GRU, LSTM, bidirectional, deep",
      (names: string) => names.split(","),
    )
    .option("--steps <n>", "updates for each network", whole({ min: 1 }))
    .option("--epochs <x>", "times through the data for each network (default: by its size)", number({ above: 0 }))
    .option("--minutes <x>", "time for each network", number({ above: 0 }))
    .option("--batch <n>", "rows in an update (default: by their number)", whole({ min: 1 }))
    .option("--lr <x>", "peak of the one-cycle learning rate, AdamW", number({ above: 0 }), 0.004)
    .option(
      "--dropout <p>",
      "share of the embedded inputs and of the pooled vector dropped",
      number({ min: 0, below: 1 }),
      0.3,
    )
    .addOption(seedOption("of the first weights, dropout and order (default: 1337)"))
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(async (file: string | undefined, flags: CompareFlags) => {
      const { runCompare } = await import("../tasks/compare.ts");
      await runCompare(host, file, flags);
    });
}

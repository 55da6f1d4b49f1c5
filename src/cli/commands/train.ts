// unrolled train: its options, and the reasons of their defaults.
import { Command, InvalidArgumentError, Option } from "commander";
import type { CellName } from "../cells.ts";
import type { TokenKind } from "../corpus.ts";
import type { Host } from "../host.ts";
import { cellOption, jsonOption, number, seedOption, threadsOption, whole } from "../options.ts";

/** What was given; everything else is decided by the recipe. */
export interface TrainFlags {
  out?: string;
  overwrite?: boolean;
  resume?: string;
  tokens?: TokenKind;
  lines?: boolean;
  valid?: number | string;
  vocabulary?: number;
  cell?: CellName;
  hidden?: number;
  layers?: number;
  embedding?: number;
  tie?: boolean;
  dropout?: number;
  bptt?: number;
  batch?: number;
  lr?: number;
  steps?: number;
  epochs?: number;
  minutes?: number;
  evaluateEvery?: number;
  seed?: number;
  threads?: number;
  json?: boolean;
}

export function trainCommand(host: Host): Command {
  const option = (flags: string, text: string, read?: (text: string) => unknown) => {
    const made = new Option(flags, text);
    return read ? made.argParser(read) : made;
  };
  const data = [
    option(
      "--tokens <kind>",
      "char: Unicode code points, the smallest vocabulary; grapheme: characters as read, marks included; word (default: char, for it needs least text)",
    ).choices(["char", "grapheme", "word"]),
    option(
      "--lines",
      "each line is a sequence of its own, such as a name (default: one long stream, its state carried across windows)",
    ),
    option(
      "--valid <file|fraction>",
      "what to validate on: a file, or the last part of the text, drawn lines with --lines (default: 0.1; 0 for none)",
      fractionOrFile,
    ),
    option(
      "--vocabulary <n>",
      "with --tokens word: most words to know; rarer ones are unknown (default: 20,000, for the output's cost grows with it)",
      whole({ min: 2 }),
    ),
  ];
  const model = [
    cellOption("the recurrent cell (default: lstm, which remembers longest)"),
    option(
      "--hidden <n>",
      "units in a layer (default: 256, what a core's cache holds and a megabyte of text fills)",
      whole({ min: 1, max: 16_384 }),
    ),
    option(
      "--layers <n>",
      "layers on top of each other (default: 1; 2 or 3 repay longer runs only)",
      whole({ min: 1, max: 64 }),
    ),
    option(
      "--embedding <n>",
      "numbers for each token (default: 128, plenty for characters)",
      whole({ min: 1, max: 65_536 }),
    ),
    option(
      "--tie",
      "the output shares the embedding's table, for large vocabularies; needs --embedding equal to --hidden",
    ),
    option(
      "--dropout <p>",
      "share of a layer's outputs dropped in training (default: 0.1, for a text is read a few times only)",
      number({ min: 0, below: 1 }),
    ),
  ];
  const course = [
    option(
      "--bptt <n>",
      "tokens in a window: the gradient stops there, the state goes on (default: 64)",
      whole({ min: 1, max: 65_536 }),
    ),
    option("--batch <n>", "rows side by side (default: 32, fewer for a short text)", whole({ min: 1, max: 65_536 })),
    option(
      "--lr <x>",
      "peak of the one-cycle learning rate, AdamW (default: 0.008, less above 256 units)",
      number({ above: 0, max: 100 }),
    ),
    option(
      "--steps <n>",
      "updates to make (default: by the size of the text: 6 M tokens for 1 M, as its square root)",
      whole({ min: 1 }),
    ),
    option("--epochs <x>", "times through the text, instead of --steps", number({ above: 0, max: 1e6 })),
    option(
      "--minutes <x>",
      "time to take in all, instead of --steps; two such runs differ",
      number({ above: 0, max: 1e6 }),
    ),
    option(
      "--evaluate-every <n>",
      "updates between evaluations, each with a checkpoint (default: a tenth of the run)",
      whole({ min: 1 }),
    ),
    seedOption("of the first weights, dropout and order; the same seed gives the same run (default: 1337)"),
    threadsOption(),
  ];
  const files = [
    option("--out <folder>", "where to keep the model (default: models/ and the text's name)"),
    option("--overwrite", "replace the model that --out holds"),
    option("--resume <folder>", "go on with a run that was stopped, exactly; its options are kept with it"),
    jsonOption(),
  ];
  const command = new Command("train")
    .argument("[file...]", "texts in UTF-8, in any script; .gz too; several are read as one")
    .usage("[options] FILE...\n       unrolled train --resume FOLDER");
  const group = (heading: string, options: Option[]) => {
    for (const one of options) command.addOption(one.helpGroup(heading));
  };
  group("The text:", data);
  group("The model:", model);
  group("The run:", course);
  group("Files and output:", files);
  for (const name of ["steps", "epochs", "minutes"] as const) {
    const others = ["steps", "epochs", "minutes"].filter((other) => other !== name);
    course.find((one) => one.name() === name)!.conflicts(others);
  }
  return command
    .addHelpText("after", "\nCtrl-C stops cleanly: the model is kept, and --resume goes on from there.")
    .action(async (given: string[], flags: TrainFlags) => {
      const { runTrain } = await import("../run-train.ts");
      await runTrain(host, given, flags);
    });
}

function fractionOrFile(text: string): number | string {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) {
    if (text.trim() === "" || /^-?nan$/i.test(text))
      throw new InvalidArgumentError("Expected a file or a number from 0 to below 1.");
    return text;
  }
  if (value >= 0 && value < 1) return value;
  throw new InvalidArgumentError("Expected a file or a number from 0 to below 1.");
}

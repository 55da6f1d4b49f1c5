// unrolled train: its options, and the reasons of their defaults.
import { Command, InvalidArgumentError, Option } from "commander";
import type { Pooling, TrainingLength } from "../../nn/index.ts";
import type { CellName } from "../cells.ts";
import type { TokenKind } from "../corpus.ts";
import type { Host } from "../host.ts";
import { cellOption, jsonOption, number, seedOption, threadsOption, whole } from "../options.ts";
import { type TaskFlag, taskNames } from "../tasks/recognized.ts";

/** What was given; everything else is decided by the recipe. */
export interface TrainFlags {
  out?: string;
  overwrite?: boolean;
  resume?: string;
  task?: TaskFlag;
  toy?: string;
  maxLength?: number;
  step?: "quarter" | "8th" | "16th";
  attention?: "none" | "multiplicative" | "additive";
  inputFeeding?: boolean;
  tokens?: TokenKind | "subword";
  lines?: boolean;
  valid?: number | string;
  vocabulary?: number;
  stream?: boolean;
  cell?: CellName;
  hidden?: number;
  layers?: number;
  embedding?: number;
  tie?: boolean;
  pooling?: Pooling;
  direction?: "forward" | "both";
  embeddings?: string;
  targetEmbeddings?: string;
  embeddingsVocabulary?: "all" | "training";
  freeze?: boolean;
  fineTune?: boolean;
  unfreezeAfter?: TrainingLength;
  classWeights?: boolean;
  test?: string;
  textColumn?: string;
  labelColumn?: string;
  columns?: string[];
  target?: string;
  horizon?: number;
  window?: number;
  season?: number;
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
      "--toy <name>",
      "a problem made without end, in place of a file: adding:600, copy:100, anbn:20, agreement:3, dates",
    ),
    option("--task <name>", "what to train (default: what the file is recognized to be for)").choices(taskNames),
    option(
      "--tokens <kind>",
      "char: Unicode code points, the smallest vocabulary; grapheme: characters as read, marks included; word; subword, for labeled texts (default: char, for it needs least text; for labeled texts subword)",
    ).choices(["char", "grapheme", "word", "subword"]),
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
    option(
      "--stream",
      "leave the data on disk and read it batch by batch; the batches are the same (default: for files over 256 MB)",
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
  const transfer = [
    option(
      "--embeddings <file>",
      "word vectors to begin with: word2vec, GloVe, fastText, safetensors, or a folder of `embed train`; --tokens is then word",
    ),
    option("--fine-tune", "train the vectors with the rest (default)"),
    option("--freeze", "leave the vectors as they are: quicker, and at times better where there is little text"),
    option(
      "--unfreeze-after <n>",
      "leave the vectors as they are for so many updates, or epochs (2epochs), then train them too",
      trainingLength,
    ),
    option(
      "--embeddings-vocabulary <which>",
      "training: only words of the training text are known; all: the file's 50,000 most frequent too, so that texts to come may have them (default: all, but training where words are written)",
    ).choices(["all", "training"]),
    option("--target-embeddings <file>", "word vectors of the target's language, for a translator"),
  ];
  transfer.find((one) => one.name() === "freeze")!.conflicts(["fineTune", "unfreezeAfter"]);
  const labeled = [
    option("--direction <way>", "both: the text is read from its end too (default: both)").choices(["forward", "both"]),
    option(
      "--pooling <kind>",
      "how the states of a text become one: last, mean, max or attention (default: max)",
    ).choices(["last", "mean", "max", "attention"]),
    option("--class-weights", "rare classes count as much as common ones"),
    option("--test <file>", "measure on this file at the end"),
    option("--text-column <name>", "the column of the texts, by name or number from 1"),
    option("--label-column <name>", "the column of the labels, likewise"),
  ];
  const pairs = [
    option(
      "--max-length <n>",
      "most tokens of a side; longer pairs are left out (default: 256, up to 1,024 where many are longer)",
      whole({ min: 1, max: 65_536 }),
    ),
    option(
      "--attention <kind>",
      "how the decoder looks back at the source: multiplicative, additive (slower) or none (default: multiplicative)",
    ).choices(["none", "multiplicative", "additive"]),
    option("--input-feeding", "what was looked at is read at the next step too: slower, at times better"),
  ];
  const series = [
    option("--columns <names>", "the columns to read, with commas between (default: all of numbers)", (text) =>
      text.split(","),
    ),
    option("--target <name>", "the column to forecast (default: the first one read)"),
    option("--horizon <n>", "steps to forecast (default: 1)", whole({ min: 1, max: 10_000 })),
    option("--window <n>", "steps to read (default: two seasons)", whole({ min: 1, max: 65_536 })),
    option(
      "--season <n>",
      "steps in a season (default: found in the training part)",
      whole({ min: 1, max: 1_000_000 }),
    ),
  ];
  const music = [
    option("--step <length>", "how long a time step of chorale JSON is (default: by where the harmony moves)").choices([
      "quarter",
      "8th",
      "16th",
    ]),
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
  group("Transfer, for tasks that read words:", transfer);
  group("Labeled texts:", labeled);
  group("Pairs of texts:", pairs);
  group("Series of numbers:", series);
  group("Music:", music);
  group("The run:", course);
  group("Files and output:", files);
  for (const name of ["steps", "epochs", "minutes"] as const) {
    const others = ["steps", "epochs", "minutes"].filter((other) => other !== name);
    course.find((one) => one.name() === name)!.conflicts(others);
  }
  return command
    .addHelpText("after", "\nCtrl-C stops cleanly: the model is kept, and --resume goes on from there.")
    .action(async (given: string[], flags: TrainFlags) => {
      const { dispatchTrain } = await import("../tasks/dispatch.ts");
      await dispatchTrain(host, given, flags);
    });
}

/** `500` updates, or `2epochs`. */
function trainingLength(text: string): TrainingLength {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*(epochs?|updates?|steps?)?$/.exec(text.trim()) ?? [];
  const value = Number(count);
  if (unit?.startsWith("epoch") && value > 0) return { epochs: value };
  if (!unit?.startsWith("epoch") && Number.isSafeInteger(value) && value > 0) return { steps: value };
  throw new InvalidArgumentError("Expected a number of updates from 1 on, such as 500, or of epochs, such as 2epochs.");
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

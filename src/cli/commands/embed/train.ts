// `unrolled embed train`: word vectors from text files.
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { checkVectorFolder, loadEmbeddingState } from "../../../node/embedding-folder.ts";
import { lockFolder } from "../../../node/folder-lock.ts";
import type { Host } from "../../host.ts";
import { jsonOption, number, whole } from "../../options.ts";
import { learnVectors, type TrainFlags } from "./learn.ts";

export function trainCommand(host: Host): Command {
  const option = (flags: string, about: string, read: (text: string) => number, value?: number) =>
    new Option(flags, about).argParser(read).default(value);
  const count = (min: number, max?: number) => whole({ min, max });
  return new Command("train")
    .description("train word vectors on text: one sentence per line, words separated by spaces")
    .argument("[corpus...]", "files, patterns such as 'texts/**/*.txt.gz', folders, or - for standard input")
    .requiredOption("--out <folder>", "folder for the vectors")
    .addOption(new Option("--model <name>", "method").choices(["skipgram", "cbow", "glove"]).default("skipgram"))
    .addOption(
      new Option("--loss <name>", "output layer of skipgram and cbow")
        .choices(["negative-sampling", "hierarchical-softmax"])
        .default("negative-sampling"),
    )
    .addOption(option("--dim <n>", "dimensions of a vector", count(1, 4096), 100))
    .addOption(option("--window <n>", "context words on each side (default: 5; glove 10)", count(1, 32)))
    .addOption(option("--negatives <n>", "negative samples per word", count(1, 15), 5))
    .addOption(option("--epochs <n>", "passes over the text (default: 5; glove 25)", count(1)))
    .addOption(option("--sample <share>", "subsample words more frequent than this; 0: off", number({ min: 0 }), 1e-4))
    .addOption(
      option("--learning-rate <x>", "initial learning rate (default: 0.025; cbow and glove 0.05)", number({ min: 0 })),
    )
    .addOption(option("--min-count <n>", "drop words with fewer occurrences", count(1), 5))
    .addOption(option("--max-words <n>", "keep only the n most frequent words", count(2)))
    .option("--subwords", "add vectors of character n-grams, as fastText does: unknown words get vectors too")
    .addOption(option("--minn <n>", "shortest n-gram, in characters", count(1, 64), 3))
    .addOption(option("--maxn <n>", "longest n-gram, in characters", count(1, 64), 6))
    .addOption(option("--bucket <n>", "hash buckets shared by the n-grams", count(1), 2_000_000))
    .addOption(option("--phrases <n>", "join words that often occur together (new_york), n times", count(0, 5), 0))
    .option("--plain", "lowercase the text and drop punctuation, for text that is not tokenized")
    .addOption(option("--threads <n>", "threads (default: one per core)", count(1, 256), availableParallelism()))
    .option("--deterministic", "same seed, same vectors, whatever the threads; only one thread trains")
    .addOption(option("--seed <n>", "random seed", count(0), 1))
    .addOption(option("--save-every <seconds>", "seconds between checkpoints", number({ min: 0 }), 120))
    .option("--overwrite", "replace the word vectors in the folder")
    .option("--resume", "continue the run in the folder, with its corpus and options")
    .addOption(jsonOption())
    .action((corpus: string[], flags: TrainFlags, command: Command) => train(host, corpus, flags, command));
}

async function train(host: Host, corpus: string[], flags: TrainFlags, command: Command): Promise<void> {
  if (!flags.resume && corpus.length === 0) command.error("error: missing required argument 'corpus'");
  if (!flags.resume) {
    const lock = await lockFolder(flags.out);
    try {
      await checkVectorFolder(flags.out, flags);
      return await learnVectors(host, { patterns: corpus, flags });
    } finally {
      await lock.release();
    }
  }
  // Locked before the state is read; a missing folder is reported by the reader.
  const lock = existsSync(flags.out) ? await lockFolder(flags.out) : undefined;
  try {
    const resume = await loadEmbeddingState(flags.out);
    const { options = {}, corpus: before = [] } = resume.config as { options?: Partial<TrainFlags>; corpus?: string[] };
    const given = (name: string) => command.getOptionValueSource(name) === "cli";
    const kept = Object.fromEntries(Object.entries(options).filter(([name]) => !given(name)));
    const patterns = corpus.length > 0 ? corpus : before;
    await learnVectors(host, { patterns, flags: { ...flags, ...kept }, resume });
  } finally {
    await lock?.release();
  }
}

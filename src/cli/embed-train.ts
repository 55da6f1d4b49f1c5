// `unrolled embed train`: word vectors from text files.
import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { loadEmbeddingState } from "../node/embedding-folder.ts";
import { learnVectors, type TrainFlags } from "./embed-learn.ts";
import { type EmbedHost, real, whole } from "./embed-shared.ts";

export function trainCommand(host: EmbedHost): Command {
  const option = (flags: string, about: string, read: (text: string) => number, value?: number) =>
    new Option(flags, about).argParser(read).default(value);
  return new Command("train")
    .description("learn word vectors from text: a line is a sentence, words stand between spaces")
    .argument("[corpus...]", "files, patterns such as 'texts/**/*.txt.gz', folders, or - for standard input")
    .requiredOption("--out <folder>", "where the vectors go")
    .addOption(new Option("--model <name>", "how to learn").choices(["skipgram", "cbow", "glove"]).default("skipgram"))
    .addOption(
      new Option("--loss <name>", "what to learn by")
        .choices(["negative-sampling", "hierarchical-softmax"])
        .default("negative-sampling"),
    )
    .addOption(option("--dim <n>", "length of the vectors", whole(1, 4096), 100))
    .addOption(option("--window <n>", "neighbors on each side, at most (5; glove 10)", whole(1, 32)))
    .addOption(option("--negatives <n>", "negative samples", whole(1, 15), 5))
    .addOption(option("--epochs <n>", "passes over the text (5), or over the pairs of glove (25)", whole(1)))
    .addOption(option("--sample <share>", "leave out frequent words beyond this share; 0 keeps all", real(0), 1e-4))
    .addOption(option("--learning-rate <x>", "the first one (0.025; cbow 0.05; glove 0.05)", real(0)))
    .addOption(option("--min-count <n>", "leave out words seen less often", whole(1), 5))
    .addOption(option("--max-words <n>", "keep only the most frequent words", whole(2)))
    .option("--subwords", "build words from their pieces, as fastText: unknown words get vectors too")
    .addOption(option("--minn <n>", "shortest piece, in characters", whole(1, 64), 3))
    .addOption(option("--maxn <n>", "longest piece, in characters", whole(1, 64), 6))
    .addOption(option("--bucket <n>", "rows that pieces share", whole(1), 2_000_000))
    .addOption(option("--phrases <n>", "join words that often stand together, n times: new_york", whole(0, 5), 0))
    .option("--plain", "lower case, and only letters and digits: for text that is not cut into words yet")
    .addOption(option("--threads <n>", "threads (default: one for each core)", whole(1, 256), availableParallelism()))
    .option("--deterministic", "the same seed gives the same vectors, whatever the threads; one thread learns")
    .addOption(option("--seed <n>", "where random numbers begin", whole(0), 1))
    .addOption(option("--save-every <seconds>", "seconds between two checkpoints", real(0), 120))
    .option("--resume", "go on where the run into this folder stopped; all else is as it was there")
    .option("--json", "one JSON object a line")
    .action((corpus: string[], flags: TrainFlags, command: Command) => train(host, corpus, flags, command));
}

/** A resumed run takes what is not said anew from the folder. */
async function train(host: EmbedHost, corpus: string[], flags: TrainFlags, command: Command): Promise<void> {
  if (!flags.resume) {
    if (corpus.length === 0) command.error("error: missing required argument 'corpus'");
    return learnVectors(host, { patterns: corpus, flags });
  }
  const resume = await loadEmbeddingState(flags.out);
  const { options = {}, corpus: before = [] } = resume.config as { options?: Partial<TrainFlags>; corpus?: string[] };
  const said = (name: string) => command.getOptionValueSource(name) === "cli";
  const kept = Object.fromEntries(Object.entries(options).filter(([name]) => !said(name)));
  const patterns = corpus.length > 0 ? corpus : before;
  return learnVectors(host, { patterns, flags: { ...flags, ...kept }, resume });
}

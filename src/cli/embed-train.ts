// `unrolled embed train`: word vectors from text files.
import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { fail } from "../base/errors.ts";
import { type Corpus, readCorpus } from "../embeddings/training/corpus.ts";
import { gloveTrainer } from "../embeddings/training/glove.ts";
import type { TrainingOptions } from "../embeddings/training/options.ts";
import { joinPhrases } from "../embeddings/training/phrases.ts";
import { plainWords } from "../embeddings/training/plain-words.ts";
import { embeddingTrainer, type TrainingProgress } from "../embeddings/training/trainer.ts";
import type { WordVectors } from "../embeddings/vectors.ts";
import { corpusChunks, fileSpool, findFiles } from "../node/corpus-files.ts";
import { loadEmbeddingState, saveEmbeddings, saveVectorFolder } from "../node/embedding-folder.ts";
import { spawnThread } from "../node/embedding-worker.ts";
import { type EmbedHost, jsonLine, real, whole } from "./embed-shared.ts";
import { formatCount, formatDuration } from "./terminal/index.ts";

interface TrainFlags {
  out: string;
  model: "skipgram" | "cbow" | "glove";
  loss: "negative-sampling" | "hierarchical-softmax";
  dim: number;
  window?: number;
  negatives: number;
  epochs?: number;
  sample: number;
  learningRate?: number;
  minCount: number;
  maxWords?: number;
  subwords?: boolean;
  minn: number;
  maxn: number;
  bucket: number;
  phrases: number;
  plain?: boolean;
  threads: number;
  deterministic?: boolean;
  seed: number;
  resume?: boolean;
  json?: boolean;
}

export function trainCommand(host: EmbedHost): Command {
  const option = (flags: string, about: string, read: (text: string) => number, value?: number) =>
    new Option(flags, about).argParser(read).default(value);
  return new Command("train")
    .description("learn word vectors from text: a line is a sentence, words stand between spaces")
    .argument("<corpus...>", "files, patterns such as 'texts/**/*.txt.gz', folders, or - for standard input")
    .requiredOption("--out <folder>", "where the vectors go")
    .addOption(new Option("--model <name>", "how to learn").choices(["skipgram", "cbow", "glove"]).default("skipgram"))
    .addOption(
      new Option("--loss <name>", "what to learn by")
        .choices(["negative-sampling", "hierarchical-softmax"])
        .default("negative-sampling"),
    )
    .addOption(option("--dim <n>", "length of the vectors", whole(1, 4096), 100))
    .addOption(option("--window <n>", "neighbours on each side, at most (5; glove 10)", whole(1, 32)))
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
    .option("--resume", "go on where an interrupted run into this folder stopped")
    .option("--json", "one JSON object a line")
    .action((corpus: string[], flags: TrainFlags) => train(host, corpus, flags));
}

async function train(host: EmbedHost, patterns: string[], flags: TrainFlags): Promise<void> {
  const resume = flags.resume ? await loadEmbeddingState(flags.out) : undefined;
  const paths = await findFiles(patterns);
  const stop = new AbortController();
  let interrupts = 0;
  const interrupt = () => {
    if (interrupts++) process.exit(130);
    stop.abort();
  };
  process.on("SIGINT", interrupt);
  let spool = fileSpool();
  const line = (text: string) => host.err(host.isTTY && !flags.json ? `\r\u001b[K${text}` : `${text}\n`);
  try {
    const chunks = corpusChunks(paths, { signal: stop.signal });
    let last = performance.now();
    let corpus = await readCorpus(flags.plain ? plainWords(chunks) : chunks, {
      minCount: flags.minCount,
      maxWords: flags.maxWords,
      spool,
      where: paths.length === 1 ? paths[0] : `${paths.length} files`,
      signal: stop.signal,
      progress(tokens) {
        if (flags.json || performance.now() - last < (host.isTTY ? 200 : 10_000)) return;
        last = performance.now();
        line(`reading: ${formatCount(tokens)} words`);
      },
    });
    if (corpus.invalidUtf8 > 0) host.err(`warning: ${corpus.invalidUtf8} words are not UTF-8\n`);
    for (let i = 0; i < flags.phrases; i++) {
      const joined = joinPhrases(corpus, { minCount: flags.minCount, spool: fileSpool() });
      corpus.spool.close();
      corpus = joined;
      spool = corpus.spool;
    }
    const settings: TrainingOptions = {
      model: flags.model === "cbow" ? "cbow" : "skipgram",
      loss: flags.loss,
      dim: flags.dim,
      window: flags.window,
      negatives: flags.negatives,
      sample: flags.sample,
      epochs: flags.epochs ?? 5,
      learningRate: flags.learningRate,
      seed: flags.seed,
      subwords: flags.subwords ? { minn: flags.minn, maxn: flags.maxn, bucket: flags.bucket } : undefined,
    };
    const { words, tokens, known, lines } = corpus;
    if (flags.json) jsonLine(host, { event: "corpus", files: paths.length, words: words.length, tokens, known, lines });
    else line(`${formatCount(tokens)} words, ${words.length} different ones at least ${flags.minCount} times`);
    if (host.isTTY && !flags.json) host.err("\n");
    const { threads, deterministic } = flags;
    const about = { corpus: paths, tokens, known, minCount: flags.minCount, phrases: flags.phrases };
    if (flags.model === "glove") return await trainGlove(host, corpus, flags, stop.signal, line, about);
    const trainer = embeddingTrainer({ corpus, ...settings, threads, deterministic, spawn: spawnThread, resume });
    let progress: TrainingProgress | undefined;
    last = 0;
    for await (progress of trainer.run({ signal: stop.signal })) {
      if (flags.json) jsonLine(host, { event: "progress", ...progress });
      else if (host.isTTY || performance.now() - last > 10_000 || progress.done) {
        last = performance.now();
        line(describe(progress, trainer.settings.epochs));
      }
    }
    if (host.isTTY && !flags.json) host.err("\n");
    const vectors = await saveEmbeddings(flags.out, trainer, { about });
    const done = progress?.done ?? false;
    saved(host, flags, vectors, done);
    if (!done) host.err("stopped: what was learnt is saved; --resume goes on from there\n");
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    fail({ where: "embed train", problem: "stopped before anything was learnt", code: "data" });
  } finally {
    process.off("SIGINT", interrupt);
    spool.close();
  }
}

function describe({ epoch, words, totalWords, wordsPerSecond, loss, eta }: TrainingProgress, epochs: number): string {
  const share = Math.floor((100 * words) / totalWords);
  return (
    `${share} %  epoch ${epoch} of ${epochs}  ${formatCount(wordsPerSecond)} words/s  loss ${loss.toFixed(4)}` +
    `${Number.isFinite(eta) ? `  ${formatDuration(eta)} left` : ""}`
  );
}

function saved(host: EmbedHost, { out, json }: TrainFlags, { size, dim }: WordVectors, done: boolean): void {
  if (json) jsonLine(host, { event: "saved", out, words: size, dim, done });
  else host.out(`${out}: ${size} words, ${dim} dimensions${done ? "" : ", stopped before the end"}\n`);
  if (!done) host.exitCode = 130;
}

async function trainGlove(
  host: EmbedHost,
  corpus: Corpus,
  flags: TrainFlags,
  signal: AbortSignal,
  line: (text: string) => void,
  about: Record<string, unknown>,
): Promise<void> {
  if (flags.subwords || flags.resume) {
    fail({ where: "embed train", problem: `glove cannot be used with ${flags.resume ? "--resume" : "--subwords"}` });
  }
  const { dim, window, epochs, learningRate, seed, threads, deterministic } = flags;
  const options = { dim, window, epochs, learningRate, seed, threads, deterministic };
  const trainer = gloveTrainer({ corpus, ...options, spawn: spawnThread, makeSpool: () => fileSpool() });
  let done = false;
  let last = 0;
  for await (const progress of trainer.run({ signal })) {
    done = progress.stage === "learning" && progress.done >= progress.total;
    if (flags.json) jsonLine(host, { event: "progress", ...progress });
    else if (host.isTTY || performance.now() - last > 10_000 || done) {
      last = performance.now();
      const { stage, epoch, perSecond, loss, eta } = progress;
      const left = Number.isFinite(eta) ? `  ${formatDuration(eta)} left` : "";
      line(
        stage === "counting"
          ? "counting"
          : `epoch ${epoch}  ${formatCount(perSecond)} pairs/s  loss ${loss.toFixed(4)}${left}`,
      );
    }
  }
  if (host.isTTY && !flags.json) host.err("\n");
  const vectors = trainer.vectors();
  await saveVectorFolder(flags.out, vectors, { model: "glove", ...options, ...about });
  saved(host, flags, vectors, done);
}

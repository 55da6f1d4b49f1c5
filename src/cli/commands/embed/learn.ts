// What `unrolled embed train` does: read the corpus, train, save checkpoints, show the progress.
import { resolve } from "node:path";
import { fail, UnrolledError } from "../../../base/errors.ts";
import type { Corpus } from "../../../embeddings/training/corpus.ts";
import { type GloveTrainer, gloveTrainer } from "../../../embeddings/training/glove.ts";
import type { TrainingSettings } from "../../../embeddings/training/options.ts";
import { corpusMark } from "../../../embeddings/training/resume.ts";
import { subModelTrainer } from "../../../embeddings/training/sub-models.ts";
import { textCorpus } from "../../../embeddings/training/text-corpus.ts";
import { embeddingTrainer, type Trainer, type TrainingProgress } from "../../../embeddings/training/trainer.ts";
import { corpusChunks, fileSpool } from "../../../node/corpus-files.ts";
import { type SavedTraining, saveEmbeddings, startEmbeddings } from "../../../node/embedding-folder.ts";
import { spawnThread } from "../../../node/embedding-worker.ts";
import { findFiles } from "../../../node/find-files.ts";
import { clean, formatCount, formatWhole, type Progress, plural } from "../../../terminal/index.ts";
import { command } from "../../host.ts";
import type { Output } from "../../output.ts";
import { type Job, packageVersion } from "../../ranks.ts";
import type { TrainOptions } from "./train-flags.ts";

export interface LearnOptions {
  patterns: readonly string[];
  options: TrainOptions;
  resume?: SavedTraining;
  job: Job;
}

/** Checkpoints may take this share of the time; large models are saved less often. */
const checkpointShare = 0.02;

export async function learnVectors(show: Output, { patterns, options, resume, job }: LearnOptions): Promise<void> {
  const { model, out } = options;
  const { host } = show;
  const { stop, ranks, leads } = job;
  if (model === "glove" && options.subwords)
    fail({ where: "embed train", problem: "--model glove cannot be used with --subwords" });
  if (options.jamo && !options.subwords) fail({ where: "embed train", problem: "--jamo needs --subwords" });
  const again = resume?.started === true;
  if (resume && !again && (model === "glove") !== Boolean(resume.glove)) {
    const before = String(resume.config.model);
    fail({ where: "train: resume", expected: `model as before, ${before}`, received: model });
  }
  const paths = await findFiles(patterns);
  if (again) {
    show.event("restart", { out });
    show.line("no checkpoint was saved; starting again from the beginning");
  }
  const bar = show.bar();
  const finishing = options.subModels === undefined ? "finishing this block" : "training until the next average";
  const stopping = () => bar.print(host.colors.dim(`${finishing}; press Ctrl-C again to quit now`));
  stop.signal.addEventListener("abort", stopping);
  const { out: _, resume: __, json: ___, overwrite: ____, ...kept } = options;
  // Absolute paths, so that a run can be resumed from another folder.
  const source = { corpus: patterns.map((name) => (name === "-" ? name : resolve(name))), options: kept };
  let corpus: Corpus | undefined;
  let discard = async () => {};
  try {
    if (!resume && leads) discard = await startEmbeddings(out, { model, ...source });
    corpus = await corpusOf(show, paths, options, stop.signal);
    const started = (resume?.state?.block ?? 0) > 0;
    await ranks?.compare("the run and its text", [packageVersion(), source, corpusMark(corpus), started]);
    ranks?.resumeWith(command("embed", "train", "--resume", "--out", out));
    stop.signal.throwIfAborted();
    const { words, tokens, known, lines } = corpus;
    const trainer = trainerOf(corpus, options, again ? undefined : resume, ranks);
    describeRun(show, paths, corpus, { ...options, ...trainer.settings }, resume !== undefined && !again);
    const about = { ...source, tokens, known };
    const save = async () => {
      if (leads) return saveEmbeddings(out, trainer, { about });
    };
    const step = await trainVectors(show, trainer, { options, signal: stop.signal, bar, save });
    const done = step?.done === true;
    const saved = await save();
    if (!saved) return;
    const { size, dim } = saved;
    const facts = { out, words: size, dim, lines };
    if (done) {
      show.event("end", { ...facts, seconds: performance.now() / 1000 });
      show.line(`${clean(out)}: ${plural(size, "word")}, ${formatWhole(dim)} dimensions. Next:`);
      show.line(`  ${command("embed", "nearest", out, exampleOf(words))}`);
      return;
    }
    const resumeWith = command("embed", "train", "--resume", "--out", out);
    show.event("stopped", { ...facts, resume: resumeWith });
    show.line(`stopped in epoch ${step?.epoch ?? 1}; checkpoint saved. To resume:\n  ${resumeWith}`);
    host.exitCode = stop.code();
  } catch (error) {
    const stopped = stop.signal.aborted && error === stop.signal.reason; // while it was reading or counting
    if (!corpus || stopped) await discard();
    if (!stopped) throw error;
    show.event("stopped", { out });
    bar.print(
      resume ? `stopped: ${clean(out)} is unchanged` : "stopped before the first checkpoint; nothing was saved",
    );
    host.exitCode = stop.code();
  } finally {
    bar.end();
    stop.signal.removeEventListener("abort", stopping);
    corpus?.spool.close();
  }
}

/** A word to try: frequent enough to be learned well, but not among the most frequent, which occur next to everything. */
const exampleOf = (words: readonly string[]): string => words[Math.min(300, Math.floor(words.length / 10))]!;

/** The given options, with the defaults that the trainer filled in. */
type Described = Omit<TrainOptions, "subwords"> &
  Pick<TrainingSettings, "epochs" | "window" | "learningRate"> & { subwords?: boolean | object };

/** The header of a run. */
function describeRun(
  show: Output,
  paths: readonly string[],
  { words, tokens, known, lines }: Corpus,
  described: Described,
  resumed: boolean,
): void {
  const { model, loss, dim, window, epochs, learningRate, minCount, threads, subModels, seed, subwords, jamo, out } =
    described;
  show.event("start", {
    task: "word-vectors",
    out,
    resumed,
    files: paths.length,
    words: words.length,
    tokens,
    known,
    lines,
    model,
    dim,
    epochs,
    learningRate,
    threads,
    ...(subModels === undefined ? {} : { subModels }),
    seed,
  });
  const files = paths.length === 1 ? paths[0]! : plural(paths.length, "file");
  show.fact(
    "data",
    `${files}: ${formatCount(tokens)} words, ${plural(words.length, "word")} with ${minCount} or more occurrences`,
  );
  const glove = model === "glove";
  show.fact(
    "model",
    `${model}${glove ? "" : `, ${loss}`}, ${formatWhole(dim)} dimensions${subwords ? `, subwords${jamo ? " and jamo" : ""}` : ""}`,
  );
  show.fact(
    "run",
    `${plural(epochs, "epoch")}, learning rate ${learningRate}, window ${window}, ${subModels === undefined ? plural(threads, "thread") : plural(subModels, "sub-model")}, seed ${seed}`,
  );
  show.fact("out", out);
}

async function corpusOf(
  show: Output,
  paths: readonly string[],
  { plain, minCount, maxWords, phrases }: TrainOptions,
  signal: AbortSignal,
): Promise<Corpus> {
  const bar = show.bar({ quiet: true });
  const corpus = await textCorpus(corpusChunks(paths, { signal }), {
    plain,
    phrases,
    minCount,
    maxWords,
    makeSpool: () => fileSpool(),
    where: paths.length === 1 ? paths[0] : `${paths.length} files`,
    signal,
    progress: (tokens) => bar.update({ at: "reading", note: `${formatCount(tokens)} words` }),
  }).finally(() => bar.end());
  const { invalidUtf8 } = corpus;
  if (invalidUtf8 > 0) show.warn(`${invalidUtf8} ${invalidUtf8 === 1 ? "word is" : "words are"} not UTF-8`);
  return corpus;
}

function trainerOf(
  corpus: Corpus,
  options: TrainOptions,
  resume: SavedTraining | undefined,
  ranks: Job["ranks"],
): Trainer | GloveTrainer {
  const { model, dim, window, learningRate, seed, threads, deterministic, subwords, minn, maxn, bucket, jamo } =
    options;
  const { state, glove } = resume ?? {};
  if (resume) resume.state = resume.glove = undefined; // the trainer owns its matrices now
  if (model === "glove")
    return gloveTrainer({
      corpus,
      ...{ dim, window, epochs: options.epochs, learningRate, seed, threads, deterministic },
      spawn: spawnThread,
      makeSpool: () => fileSpool(),
      resume: glove,
    });
  const { subModels } = options;
  const grams = subwords ? { minn, maxn, bucket, jamo } : undefined;
  const common = { ...options, corpus, model, subwords: grams, spawn: spawnThread, resume: state };
  return subModels === undefined ? embeddingTrainer(common) : subModelTrainer({ ...common, subModels, ranks });
}

interface Watching {
  options: TrainOptions;
  signal: AbortSignal;
  bar: Progress;
  save(): Promise<unknown>;
}

/** Trains to the end, or to the signal, with checkpoints; resolves to the last step. */
async function trainVectors(
  show: Output,
  trainer: Trainer | GloveTrainer,
  { options: { out, saveEvery }, signal, bar, save }: Watching,
): Promise<TrainingProgress | undefined> {
  let last: TrainingProgress | undefined;
  let notBefore = 0;
  for await (const step of trainer.run({ signal, settleEvery: saveEvery })) {
    last = step;
    const { settled, done: _, learningRate: __, ...at } = step;
    const { stage, epoch, epochs, tokens, totalTokens, tokensPerSecond, unit, loss, remaining } = at;
    show.event("step", at);
    bar.update({
      at: stage === "counting" ? "counting pairs" : `epoch ${epoch}/${epochs}`,
      loss,
      perSecond: tokensPerSecond,
      unit,
      secondsLeft: remaining,
      done: tokens / Math.max(1, totalTokens),
    });
    if (!settled || signal.aborted || tokens >= totalTokens) continue;
    const began = performance.now();
    if (began < notBefore) continue;
    try {
      await save();
      show.event("checkpoint", { out });
    } catch (error) {
      // Reported and tried again later; the last one must not fail.
      if (!(error instanceof UnrolledError)) throw error;
      show.warn(`could not write a checkpoint, training continues: ${error.message}`);
    }
    const now = performance.now();
    notBefore = now + (now - began) / checkpointShare;
  }
  bar.end();
  return last;
}

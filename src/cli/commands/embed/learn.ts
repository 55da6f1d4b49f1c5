// What `unrolled embed train` does: read the corpus, train, save checkpoints, show the progress.
import { resolve } from "node:path";
import { fail, UnrolledError } from "../../../base/errors.ts";
import { type Corpus, readCorpus } from "../../../embeddings/training/corpus.ts";
import { type GloveProgress, type GloveTrainer, gloveTrainer } from "../../../embeddings/training/glove.ts";
import { joinPhrases } from "../../../embeddings/training/phrases.ts";
import { plainWords } from "../../../embeddings/training/plain-words.ts";
import { embeddingTrainer, type Trainer, type TrainingProgress } from "../../../embeddings/training/trainer.ts";
import { corpusChunks, fileSpool } from "../../../node/corpus-files.ts";
import { type SavedTraining, saveEmbeddings, startEmbeddings } from "../../../node/embedding-folder.ts";
import { spawnThread } from "../../../node/embedding-worker.ts";
import { findFiles } from "../../../node/find-files.ts";
import { type Host, quoted, writeJson } from "../../host.ts";
import { type Interrupt, interrupt } from "../../interrupt.ts";
import { clean, formatCount, formatDuration } from "../../terminal/index.ts";

export interface TrainFlags {
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
  saveEvery: number;
  overwrite?: boolean;
  resume?: boolean;
  json?: boolean;
}

export interface LearnOptions {
  patterns: readonly string[];
  flags: TrainFlags;
  resume?: SavedTraining;
}

/** Checkpoints may take this share of the time; large models are saved less often. */
const checkpointShare = 0.02;

export async function learnVectors(host: Host, { patterns, flags, resume }: LearnOptions): Promise<void> {
  const { model, out } = flags;
  if (model === "glove" && flags.subwords) {
    fail({ where: "embed train", problem: "--model glove cannot be used with --subwords" });
  }
  const again = resume?.started === true;
  if (resume && !again && (model === "glove") !== Boolean(resume.glove)) {
    const before = String(resume.config.model);
    fail({ where: "train: resume", expected: `model as before, ${before}`, received: model });
  }
  const paths = await findFiles(patterns);
  const line = lineWriter(host, flags);
  if (again) {
    if (flags.json) writeJson(host, { event: "restart", out });
    else line(`${clean(out)}: no checkpoint was saved; starting again from the beginning\n`, true);
  }
  const stop = interrupt(() => line("stopping after this block; press Ctrl-C again to quit at once\n", true));
  const { out: _, resume: __, json: ___, overwrite: ____, ...options } = flags;
  // Absolute paths, so that a run can be resumed from another folder.
  const source = { corpus: patterns.map((name) => (name === "-" ? name : resolve(name))), options };
  let corpus: Corpus | undefined;
  let discard = async () => {};
  try {
    if (!resume) discard = await startEmbeddings(out, { model, ...source });
    corpus = await corpusOf(host, paths, flags, stop.signal, line);
    const { words, tokens, known, lines } = corpus;
    if (flags.json) writeJson(host, { event: "start", files: paths.length, words: words.length, tokens, known, lines });
    else {
      const kept = `${words.length} distinct with at least ${flags.minCount} occurrences`;
      line(`${formatCount(tokens)} words, ${kept}\n`, true);
    }
    const about = { ...source, tokens, known };
    const state = again ? undefined : resume;
    if (model === "glove") await learnGlove(host, corpus, flags, state, stop, line, about);
    else await learnWindows(host, corpus, flags, state, stop, line, about);
  } catch (error) {
    const stopped = stop.signal.aborted && error === stop.signal.reason; // while it was reading or counting
    if (!corpus || stopped) await discard();
    if (!stopped) throw error;
    if (flags.json) writeJson(host, { event: "stopped", out, done: false });
    line(
      resume ? `stopped: ${clean(out)} is unchanged\n` : "stopped before the first checkpoint; nothing was saved\n",
      true,
    );
    host.exitCode = stop.code();
  } finally {
    stop.end();
    corpus?.spool.close();
  }
}

type Line = (text: string, always?: boolean) => void;

/** Progress on standard error: one line that is updated on a terminal, otherwise a line every ten seconds. */
function lineWriter(host: Host, { json }: TrainFlags): Line {
  const rewrites = host.isTTY && !json;
  let last = performance.now();
  return (text, always = false) => {
    const now = performance.now();
    if (!always && (json || now - last < (rewrites ? 100 : 10_000))) return;
    last = now;
    if (json) return;
    host.err(rewrites ? `\r\u001b[K${text}` : `${text.trimEnd()}\n`);
  };
}

async function corpusOf(
  host: Host,
  paths: readonly string[],
  flags: TrainFlags,
  signal: AbortSignal,
  line: Line,
): Promise<Corpus> {
  const chunks = corpusChunks(paths, { signal });
  let corpus = await readCorpus(flags.plain ? plainWords(chunks) : chunks, {
    minCount: flags.minCount,
    maxWords: flags.maxWords,
    spool: fileSpool(),
    where: paths.length === 1 ? paths[0] : `${paths.length} files`,
    signal,
    progress: (tokens) => line(`reading: ${formatCount(tokens)} words`),
  });
  const { invalidUtf8 } = corpus;
  if (invalidUtf8 > 0) host.err(`warning: ${invalidUtf8} ${invalidUtf8 === 1 ? "word is" : "words are"} not UTF-8\n`);
  for (let i = 0; i < flags.phrases; i++) {
    const joined = joinPhrases(corpus, { minCount: flags.minCount, spool: fileSpool() });
    corpus.spool.close();
    corpus = joined;
  }
  return corpus;
}

async function learnWindows(
  host: Host,
  corpus: Corpus,
  flags: TrainFlags,
  resume: SavedTraining | undefined,
  stop: Interrupt,
  line: Line,
  about: Record<string, unknown>,
): Promise<void> {
  const { loss, dim, window, negatives, sample, learningRate, seed, threads, deterministic } = flags;
  const trainer = embeddingTrainer({
    corpus,
    model: flags.model === "cbow" ? "cbow" : "skipgram",
    loss,
    dim,
    window,
    negatives,
    sample,
    epochs: flags.epochs ?? 5,
    learningRate,
    seed,
    subwords: flags.subwords ? { minn: flags.minn, maxn: flags.maxn, bucket: flags.bucket } : undefined,
    threads,
    deterministic,
    spawn: spawnThread,
    resume: resume?.state,
  });
  if (resume) resume.state = undefined; // the trainer owns its matrices now
  const { epochs } = trainer.settings;
  const describe = ({ epoch, words, totalWords, wordsPerSecond, loss, eta }: TrainingProgress) =>
    `${percent(words, totalWords)}  epoch ${epoch} of ${epochs}  ${formatCount(wordsPerSecond)} words/s  ` +
    `${lossText(loss)}${left(eta)}`;
  const save = saver(host, trainer, flags, about);
  let done = false;
  for await (const progress of trainer.run({ signal: stop.signal, settleEvery: flags.saveEvery })) {
    ({ done } = progress);
    if (flags.json) writeJson(host, { event: "step", ...progress });
    else line(done ? `${describe(progress)}\n` : describe(progress), done);
    if (progress.settled && !done && !stop.signal.aborted) await save.checkpoint();
  }
  await save.end(done, stop);
}

async function learnGlove(
  host: Host,
  corpus: Corpus,
  flags: TrainFlags,
  resume: SavedTraining | undefined,
  stop: Interrupt,
  line: Line,
  about: Record<string, unknown>,
): Promise<void> {
  const { dim, window, epochs, learningRate, seed, threads, deterministic } = flags;
  const options = { dim, window, epochs, learningRate, seed, threads, deterministic };
  const trainer = gloveTrainer({
    corpus,
    ...options,
    spawn: spawnThread,
    makeSpool: () => fileSpool(),
    resume: resume?.glove,
  });
  if (resume) resume.glove = undefined;
  const describe = ({ stage, epoch, done, total, perSecond, loss, eta }: GloveProgress) =>
    stage === "counting"
      ? `${percent(done, total)} counted  ${formatCount(perSecond)} words/s${left(eta)}`
      : `${percent(done, total)}  epoch ${epoch} of ${trainer.settings.epochs}  ${formatCount(perSecond)} pairs/s  ` +
        `${lossText(loss)}${left(eta)}`;
  const save = saver(host, trainer, flags, about);
  let done = false;
  for await (const progress of trainer.run({ signal: stop.signal, settleEvery: flags.saveEvery })) {
    done = progress.stage === "learning" && progress.done >= progress.total;
    if (flags.json) writeJson(host, { event: "step", ...progress });
    else line(done ? `${describe(progress)}\n` : describe(progress), done);
    if (progress.settled && !done && !stop.signal.aborted) await save.checkpoint();
  }
  await save.end(done, stop);
}

const percent = (done: number, total: number) => `${Math.floor((100 * done) / Math.max(1, total))} %`;
const lossText = (loss: number) => (Number.isFinite(loss) ? `loss ${loss.toFixed(4)}` : "");
const left = (eta: number) => (Number.isFinite(eta) ? `  ${formatDuration(eta)} left` : "");

/** A checkpoint that fails is reported and tried again later; the last one must not fail. */
function saver(host: Host, trainer: Trainer | GloveTrainer, { out, json }: TrainFlags, about: Record<string, unknown>) {
  let notBefore = 0;
  return {
    async checkpoint(): Promise<void> {
      const began = performance.now();
      if (began < notBefore) return;
      try {
        await saveEmbeddings(out, trainer, { about });
        if (json) writeJson(host, { event: "checkpoint", out });
      } catch (error) {
        if (!(error instanceof UnrolledError)) throw error;
        host.err(`warning: checkpoint failed, training continues: ${clean(error.message, { lines: true })}\n`);
      }
      const now = performance.now();
      notBefore = now + (now - began) / checkpointShare;
    },
    async end(done: boolean, stop: Interrupt): Promise<void> {
      if (!done && host.isTTY && !json) host.err("\n");
      const { size, dim } = await saveEmbeddings(out, trainer, { about });
      const resume = `npx unrolled embed train --resume --out ${quoted(out)}`;
      if (json)
        writeJson(host, { event: done ? "end" : "stopped", out, words: size, dim, done, ...(done ? {} : { resume }) });
      else host.out(`${clean(out)}: ${size} words, ${dim} dimensions${done ? "" : ", stopped before the end"}\n`);
      if (done) return;
      host.exitCode = stop.code();
      if (!json) host.err(`stopped; checkpoint saved. To resume:\n  ${resume}\n`);
    },
  };
}

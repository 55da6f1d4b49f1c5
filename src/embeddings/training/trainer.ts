// Trains word vectors on a corpus: blocks of the id stream go, in order, to one or more threads.
//
// Deterministic: one thread trains, block by block, with random numbers that depend only on the seed and the block's
// position. The same seed gives the same vectors on any machine and any number of threads, and a saved state resumes exactly.
// Otherwise each thread takes the next block, and all update the same matrices without locks.

import { checkNumber, fail } from "../../base/errors.ts";
import type { FastTextModel } from "../formats/fasttext-bin.ts";
import type { WordVectors } from "../vectors.ts";
import { blockLoop, pace } from "./block-loop.ts";
import type { Corpus } from "./corpus.ts";
import { learner } from "./learner.ts";
import { type TrainingOptions, type TrainingSettings, trainingSettings } from "./options.ts";
import { type CorpusMark, checkResume, corpusMark } from "./resume.ts";
import type { SpawnWorker } from "./workers.ts";

/** Where a training is, whatever its method. */
export interface TrainingProgress {
  /** GloVe counts pairs of words before it trains. */
  stage: "counting" | "training";
  /** Current epoch, from 1; 0 while counting. */
  epoch: number;
  epochs: number;
  /** Words of the vocabulary or, where GloVe trains, pairs processed so far, over all epochs. */
  tokens: number;
  totalTokens: number;
  tokensPerSecond: number;
  unit: "words" | "pairs";
  /**
   * Mean of -log sigma over a sample of recent products; about 0.69 at the start. GloVe: half the mean weighted squared error
   * of recent pairs; NaN while counting.
   */
  loss: number;
  learningRate: number;
  /** Estimated seconds left of this stage. */
  remaining: number;
  done: boolean;
  /** No block is running until the next report is requested: `state()` and `vectors()` are exact. */
  settled: boolean;
}

export interface RunOptions {
  signal?: AbortSignal;
  /** Seconds between reports. Default: 0.5. */
  every?: number;
  /** Seconds between `settled` reports, at which a checkpoint can be saved. Default: no such reports. */
  settleEvery?: number;
}

/** State to resume from: finished blocks and both matrices, rows padded to a multiple of 4. */
export interface TrainingState {
  settings: TrainingSettings;
  /** Identifies the corpus: vocabulary size, words and counts. */
  corpus: CorpusMark;
  block: number;
  words: number;
  inputs: Float32Array;
  outputs: Float32Array;
}

export interface TrainerOptions extends TrainingOptions {
  corpus: Corpus;
  /** Number of training threads. Default: 1. */
  threads?: number;
  /** Same seed, same vectors, whatever the number of threads (only one of them trains). Default: true with one thread. */
  deterministic?: boolean;
  /** Creates a thread. Default: everything runs in the calling thread. */
  spawn?: SpawnWorker;
  /** State to resume from; the settings must be the same. */
  resume?: TrainingState;
}

export interface Trainer {
  readonly settings: TrainingSettings;
  /**
   * Trains until all epochs are done or `signal` aborts. On abort it returns without an error after the running blocks, and
   * keeps what was learned. The last report is settled.
   *
   * @throws UnrolledError with code "numeric" if the loss is no longer finite
   */
  run(options?: RunOptions): AsyncGenerator<TrainingProgress>;
  /** The current vectors. */
  vectors(): WordVectors;
  /** A copy of the current state; exact between runs and at `settled` reports. */
  state(): TrainingState;
  /** The same without a copy: write it before training continues. */
  stateView(): TrainingState;
  /** Matrices and dictionary in fastText's form. */
  fastText(): FastTextModel;
}

export function embeddingTrainer(options: TrainerOptions): Trainer {
  const { corpus, threads = 1, spawn, resume } = options;
  const settings = trainingSettings(options, corpus.known, resume?.settings);
  checkNumber("train: threads", threads, { min: 1, max: 256, integer: true });
  const deterministic = options.deterministic ?? threads === 1;
  const learners = deterministic || !spawn ? 1 : threads;
  const slotsOfRunner = spawn ? 2 : 1; // one block under way, one waiting
  const { length } = corpus.spool;
  // Long enough that messages cost nothing, short enough that the rate falls smoothly and threads end together.
  const blockLength = Math.max(256, Math.min(32768, Math.ceil((length * settings.epochs) / 800)));
  const perEpoch = Math.ceil(length / blockLength);
  const blocks = perEpoch * settings.epochs;
  const model = learner({ corpus, settings, slots: learners * slotsOfRunner, blockLength, spawn });
  const { inputs, outputs } = model;
  const fingerprint = corpusMark(corpus);
  let block = 0; // blocks done or under way
  let words = 0; // words of the vocabulary in them
  if (resume) {
    checkResume({ ...resume.settings }, { ...settings }, resume.corpus, fingerprint);
    ({ block, words } = resume);
  }
  model.start(resume);
  const totalWords = corpus.known * settings.epochs;
  const rateAt = (read: number) => settings.learningRate * Math.max(1e-4, 1 - read / totalWords);

  async function* run({ signal, every = 0.5, settleEvery }: RunOptions = {}) {
    const runners = Array.from({ length: learners }, () => model.runner());
    const began = performance.now();
    const before = words;
    let finished = words;
    let loss = Number.NaN;
    let lossSum = 0;
    let products = 0;
    const report = (settled: boolean): TrainingProgress => {
      if (products > 0) loss = finiteLoss(lossSum) / products;
      lossSum = 0;
      products = 0;
      return {
        ...pace(finished, before, totalWords, began),
        stage: "training",
        unit: "words",
        epochs: settings.epochs,
        epoch: Math.min(settings.epochs, Math.floor(Math.max(0, block - 1) / perEpoch) + 1),
        loss,
        learningRate: rateAt(finished),
        done: block >= blocks,
        settled,
      };
    };
    const loop = blockLoop({
      runners,
      slotsOfRunner,
      signal,
      every,
      pauseEvery: settleEvery,
      next(slot) {
        if (block >= blocks) return undefined;
        const at = (block % perEpoch) * blockLength;
        const size = Math.min(blockLength, length - at);
        const { job, words: units } = model.load(slot, { at, length: size, number: block, rate: rateAt(words) });
        block++;
        words += units;
        return { job, units };
      },
      done(result, units) {
        finished += units;
        lossSum += result.loss;
        products += result.products;
      },
    });
    for await (const settled of loop) if (block < blocks) yield report(settled);
    yield report(true);
  }

  const view = (): TrainingState => ({ settings, corpus: fingerprint, block, words, inputs, outputs });
  return {
    settings,
    run,
    fastText: model.fastText,
    vectors: model.vectors,
    state: () => ({ ...view(), inputs: inputs.slice(), outputs: outputs.slice() }),
    stateView: view,
  };
}

/** @throws UnrolledError with code "numeric" */
export function finiteLoss(sum: number): number {
  if (Number.isFinite(sum)) return sum;
  return fail({ where: "train", problem: "the loss is not finite", hint: "lower learningRate", code: "numeric" });
}

// Trains word vectors on a corpus: blocks of the id stream go, in order, to one or more threads.
//
// Deterministic: one thread trains, block by block, with random numbers that depend only on the seed and the block's
// position. The same seed gives the same vectors on any machine and any number of threads, and a saved state resumes exactly.
// Otherwise each thread takes the next block, and all update the same matrices without locks.

import { checkNumber, fail } from "../../base/errors.ts";
import { foldIn, randomKey, threefry } from "../../base/random.ts";
import { wasmInstance, wasmModule } from "../../base/wasm.ts";
import type { FastTextModel } from "../formats/fasttext-bin.ts";
import { fastTextVectors } from "../formats/fasttext-bin.ts";
import { type WordVectors, wordVectors } from "../vectors.ts";
import { blockLoop, pace } from "./block-loop.ts";
import type { Corpus } from "./corpus.ts";
import kernelWasm from "./kernel-wasm.ts";
import { trainingLayout } from "./layout.ts";
import { type TrainingOptions, type TrainingSettings, trainingSettings } from "./options.ts";
import { type CorpusMark, checkResume, corpusMark } from "./resume.ts";
import { inlineRunner, type Runner, type SpawnWorker, type TrainKernel, threadRunner } from "./workers.ts";

export interface TrainingProgress {
  /** Current epoch, from 1. */
  epoch: number;
  /** In-vocabulary words processed so far, over all epochs. */
  words: number;
  totalWords: number;
  wordsPerSecond: number;
  /** Mean of -log sigma over a sample of recent products; about 0.69 at the start. */
  loss: number;
  learningRate: number;
  /** Estimated seconds left. */
  eta: number;
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
  const settings = trainingSettings(options);
  checkNumber("train: threads", threads, { min: 1, max: 256, integer: true });
  const deterministic = options.deterministic ?? threads === 1;
  const module = wasmModule(kernelWasm, { shared: spawn !== undefined });
  if (!module) return fail({ where: "train", problem: "this host has no WebAssembly with SIMD", code: "missing" });
  const learners = deterministic || !spawn ? 1 : threads;
  const slotsOfRunner = spawn ? 2 : 1; // one block under way, one waiting
  const { length } = corpus.spool;
  // Long enough that messages cost nothing, short enough that the rate falls smoothly and threads end together.
  const blockLength = Math.max(256, Math.min(32768, Math.ceil((length * settings.epochs) / 800)));
  const perEpoch = Math.ceil(length / blockLength);
  const blocks = perEpoch * settings.epochs;
  const padded = Math.ceil(settings.dim / 4) * 4;
  const layout = trainingLayout({
    corpus,
    settings,
    slots: learners * slotsOfRunner,
    blockLength,
    scratchBytes: scratchBytes(padded),
    shared: spawn !== undefined,
  });
  const { memory } = layout;
  const kernel = wasmInstance<TrainKernel>(module, memory);
  if (kernel.scratchBytes(padded) !== scratchBytes(padded)) {
    fail({ where: "train", problem: "the kernel is from another version", code: "internal" });
  }
  const key = foldIn(randomKey(settings.seed), "word vectors");
  const seed = (what: string, n: number) => {
    const [a, b] = threefry(foldIn(key, what), n, Math.floor(n / 2 ** 32));
    return (BigInt(a) << 32n) | BigInt(b);
  };
  const inputs = new Float32Array(memory.buffer, layout.inputs, layout.inputRows * padded);
  const outputs = new Float32Array(memory.buffer, layout.outputs, layout.outputRows * padded);
  const fingerprint = corpusMark(corpus);
  let block = 0; // blocks done or under way
  let words = 0; // words of the vocabulary in them
  if (resume) {
    checkResume({ ...resume.settings }, { ...settings }, resume.corpus, fingerprint);
    inputs.set(resume.inputs);
    outputs.set(resume.outputs);
    ({ block, words } = resume);
  } else {
    // as gensim and fastText start; word2vec.c's half of it learns later, as outputs begin at 0 and both grow by each other
    const scale = 1 / settings.dim;
    kernel.fill(layout.inputs, layout.inputRows, settings.dim, padded, scale, seed("start", 0));
  }
  const totalWords = corpus.known * settings.epochs;
  const raw = new Int32Array(blockLength);

  /** Reads the next block into a slot as vocabulary rows; rare words go, ends of lines stay. */
  function load(slot: number): { count: number; words: number } {
    const at = (block % perEpoch) * blockLength;
    const read = corpus.spool.read(at, raw);
    if (read < Math.min(blockLength, length - at)) {
      fail({
        where: "train",
        expected: `${length} numbers in the spool`,
        received: `${at + read}`,
        hint: "the temporary file was changed while it was read",
        code: "file",
      });
    }
    const ids = new Int32Array(memory.buffer, layout.slots[slot]!.ids, blockLength);
    let count = 0;
    let known = 0;
    for (let i = 0; i < read; i++) {
      const id = raw[i]!;
      const row = id < 0 ? -1 : corpus.rowOf[id]!;
      if (row < 0 && id >= 0) continue;
      ids[count++] = row;
      if (row >= 0) known++;
    }
    return { count, words: known };
  }
  const rateAt = (read: number) => settings.learningRate * Math.max(1e-4, 1 - read / totalWords);

  async function* run({ signal, every = 0.5, settleEvery }: RunOptions = {}) {
    const runners: Runner[] = Array.from({ length: learners }, () =>
      spawn ? threadRunner(spawn, module!, memory) : inlineRunner(kernel, memory),
    );
    const began = performance.now();
    const before = words;
    let finished = words;
    let loss = Number.NaN;
    let lossSum = 0;
    let products = 0;
    const report = (settled: boolean): TrainingProgress => {
      if (products > 0 && !Number.isFinite(lossSum)) {
        fail({ where: "train", problem: "the loss is not finite", hint: "lower learningRate", code: "numeric" });
      }
      if (products > 0) loss = lossSum / products;
      lossSum = 0;
      products = 0;
      const { perSecond, eta } = pace(finished, before, totalWords, began);
      return {
        epoch: Math.min(settings.epochs, Math.floor(Math.max(0, block - 1) / perEpoch) + 1),
        words: finished,
        totalWords,
        wordsPerSecond: perSecond,
        loss,
        learningRate: rateAt(finished),
        eta,
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
        const { count, words: units } = load(slot);
        const { scratch, ids } = layout.slots[slot]!;
        const job = { config: layout.config, scratch, ids, count, rate: rateAt(words), seed: seed("block", block) };
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

  const unpad = (matrix: Float32Array, rows: number) => {
    const { dim } = settings;
    if (dim === padded) return matrix.slice(0, rows * dim);
    const out = new Float32Array(rows * dim);
    for (let r = 0; r < rows; r++) out.set(matrix.subarray(r * padded, r * padded + dim), r * dim);
    return out;
  };
  /** [words + bucket, dim]: n-grams that no word has keep zeros, so that they add nothing to an unknown word. */
  const fullInputs = () => {
    const size = corpus.words.length;
    const { dim, subwords } = settings;
    const out = new Float32Array((size + (subwords?.bucket ?? 0)) * dim);
    for (let r = 0; r < layout.inputRows; r++) {
      const to = r < size ? r : size + layout.buckets[r - size]!;
      out.set(inputs.subarray(r * padded, r * padded + dim), to * dim);
    }
    return out;
  };
  const fastText = (): FastTextModel => ({
    args: {
      dim: settings.dim,
      window: settings.window,
      epochs: settings.epochs,
      minCount: 1,
      negatives: settings.negatives,
      wordNgrams: 1,
      loss: settings.loss,
      model: settings.model,
      bucket: settings.subwords?.bucket ?? 0,
      minn: settings.subwords?.minn ?? 0,
      maxn: settings.subwords?.maxn ?? 0,
      lrUpdateRate: 100,
      sample: settings.sample,
    },
    words: corpus.words,
    counts: corpus.counts,
    labels: [],
    labelCounts: new Float64Array(0),
    tokens: corpus.tokens,
    input: fullInputs(),
    output: unpad(outputs, layout.outputRows),
  });
  const view = (): TrainingState => ({ settings, corpus: fingerprint, block, words, inputs, outputs });
  return {
    settings,
    run,
    fastText,
    vectors: () =>
      settings.subwords
        ? fastTextVectors(fastText())
        : wordVectors({
            words: corpus.words,
            matrix: unpad(inputs, corpus.words.length),
            dim: settings.dim,
            counts: corpus.counts,
          }),
    state: () => ({ ...view(), inputs: inputs.slice(), outputs: outputs.slice() }),
    stateView: view,
  };
}

/** Bytes of a slot's scratch; the kernel's `scratchBytes` says the same, but needs a memory first. */
function scratchBytes(padded: number): number {
  return 64 + 4 * (64 + 2 * 128) + 64 + 4 * padded * 4;
}

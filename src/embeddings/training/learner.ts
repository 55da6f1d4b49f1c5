// One model of word vectors in training: its memory and kernel, the blocks of the corpus that it learns from, and what
// becomes of the matrices.

import { fail } from "../../base/errors.ts";
import { foldIn, randomKey, threefry } from "../../base/random.ts";
import { wasmInstance, wasmModule } from "../../base/wasm.ts";
import { type FastTextModel, fastTextVectors } from "../formats/fasttext-bin.ts";
import { type WordVectors, wordVectors } from "../vectors.ts";
import type { Corpus } from "./corpus.ts";
import kernelWasm from "./kernel-wasm.ts";
import { trainingLayout } from "./layout.ts";
import type { TrainingSettings } from "./options.ts";
import {
  type BlockJob,
  inlineRunner,
  type Runner,
  type SpawnWorker,
  type TrainKernel,
  threadRunner,
} from "./workers.ts";

export interface LearnerOptions {
  corpus: Corpus;
  settings: TrainingSettings;
  /** Blocks that are loaded at the same time. */
  slots: number;
  /** Most ids of a block. */
  blockLength: number;
  spawn?: SpawnWorker;
}

export interface Learner {
  /** [rows, padded]: words, then n-grams. */
  readonly inputs: Float32Array;
  /** [words, padded]. */
  readonly outputs: Float32Array;
  /** Floats from one row to the next. */
  readonly padded: number;
  /** Sets the matrices to their initial values, or to saved ones. */
  start(saved?: { inputs: Float32Array; outputs: Float32Array }): void;
  /** Loads ids from a position of the corpus into a slot. `number` of the block decides its random numbers. */
  load(slot: number, block: { at: number; length: number; number: number; rate: number }): LoadedBlock;
  runner(): Runner;
  vectors(): WordVectors;
  fastText(): FastTextModel;
}

export interface LoadedBlock {
  job: BlockJob;
  /** Words of the vocabulary in it. */
  words: number;
}

export function learner({ corpus, settings, slots, blockLength, spawn }: LearnerOptions): Learner {
  const module = wasmModule(kernelWasm, { shared: spawn !== undefined });
  if (!module) return fail({ where: "train", problem: "this host has no WebAssembly with SIMD", code: "missing" });
  const padded = Math.ceil(settings.dim / 4) * 4;
  const layout = trainingLayout({
    corpus,
    settings,
    slots,
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
  const raw = new Int32Array(blockLength);

  /** Vocabulary rows of a part of the corpus; rare words go, ends of lines stay. */
  function read(slot: number, at: number, length: number): { count: number; words: number } {
    const found = corpus.spool.read(at, raw.subarray(0, length));
    if (found < length) {
      fail({
        where: "train",
        expected: `${corpus.spool.length} numbers in the spool`,
        received: `${at + found}`,
        hint: "the temporary file was changed while it was read",
        code: "file",
      });
    }
    const ids = new Int32Array(memory.buffer, layout.slots[slot]!.ids, blockLength);
    let count = 0;
    let words = 0;
    for (let i = 0; i < length; i++) {
      const id = raw[i]!;
      const row = id < 0 ? -1 : corpus.rowOf[id]!;
      if (row < 0 && id >= 0) continue;
      ids[count++] = row;
      if (row >= 0) words++;
    }
    return { count, words };
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
      ...(settings.subwords?.jamo ? { jamo: true } : {}),
    },
    words: corpus.words,
    counts: corpus.counts,
    labels: [],
    labelCounts: new Float64Array(0),
    tokens: corpus.tokens,
    input: fullInputs(),
    output: unpad(outputs, layout.outputRows),
  });
  return {
    inputs,
    outputs,
    padded,
    start(saved) {
      if (saved) {
        inputs.set(saved.inputs);
        outputs.set(saved.outputs);
        return;
      }
      // as gensim and fastText start; word2vec.c's half of it learns later, as outputs begin at 0 and both grow by each other
      kernel.fill(layout.inputs, layout.inputRows, settings.dim, padded, 1 / settings.dim, seed("start", 0));
    },
    load(slot, { at, length, number, rate }) {
      const { count, words } = read(slot, at, length);
      const { scratch, ids } = layout.slots[slot]!;
      return { words, job: { config: layout.config, scratch, ids, count, rate, seed: seed("block", number) } };
    },
    runner: () => (spawn ? threadRunner(spawn, module, memory) : inlineRunner(kernel, memory)),
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
  };
}

/** Bytes of a slot's scratch; the kernel's `scratchBytes` says the same, but needs a memory first. */
function scratchBytes(padded: number): number {
  return 64 + 4 * (64 + 2 * 128) + 64 + 4 * padded * 4;
}

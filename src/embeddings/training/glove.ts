// GloVe: vectors whose dot products approximate the logarithm of co-occurrence counts.

import { checkNumber, fail } from "../../base/errors.ts";
import { foldIn, random, randomKey } from "../../base/random.ts";
import { wasmInstance, wasmModule } from "../../base/wasm.ts";
import { type WordVectors, wordVectors } from "../vectors.ts";
import { blockLoop, pace } from "./block-loop.ts";
import { type Cooccurrences, countCooccurrences, recordLength } from "./cooccurrence.ts";
import type { Corpus } from "./corpus.ts";
import gloveWasm from "./glove-wasm.ts";
import { type CorpusMark, checkResume, corpusMark } from "./resume.ts";
import { memorySpool, type Spool } from "./spool.ts";
import type { RunOptions, TrainingProgress } from "./trainer.ts";
import { inlineRunner, type SpawnWorker, type TrainKernel, threadRunner } from "./workers.ts";

export interface GloveOptions {
  corpus: Corpus;
  /** Dimension of the vectors. Default: 100. */
  dim?: number;
  /** Context words on each side. Default: 10, as in the paper's comparisons. */
  window?: number;
  /** Passes over the pairs. Default: 25 (the authors use 50 below 300 dimensions, 100 above). */
  epochs?: number;
  /** Learning rate of AdaGrad. Default: 0.05. */
  learningRate?: number;
  /**
   * x_max: pairs with more co-occurrences get no more weight. Default: 10, for small corpora; the paper's 100 suits billions
   * of words.
   */
  xMax?: number;
  /** Exponent of the weight. Default: 0.75. */
  power?: number;
  seed?: number;
  threads?: number;
  /** Same seed, same vectors, whatever the number of threads. Default: true with one thread. */
  deterministic?: boolean;
  spawn?: SpawnWorker;
  /** Pairs in memory at once while counting and shuffling; the rest is spooled. Default: 2^24 (about 500 MB). */
  maxPairs?: number;
  /** Creates a spool for what does not fit. Default: in memory. */
  makeSpool?: () => Spool;
  /** State to resume from: the pairs are counted again, then training continues. The settings must be the same. */
  resume?: GloveState;
}

/** What `GloveOptions` sets, defaults filled in, as far as it must be the same to go on. */
export type GloveSettings = Required<
  Pick<GloveOptions, "dim" | "window" | "epochs" | "learningRate" | "xMax" | "power" | "seed" | "maxPairs">
>;

/** State to resume from: finished blocks, both matrices with their biases, and AdaGrad's sums of squares. */
export interface GloveState {
  settings: GloveSettings;
  corpus: CorpusMark;
  block: number;
  /** Pairs in those blocks. */
  done: number;
  /** Words, contexts, then the sums of both: [4, words, row], a row padded to a multiple of 4 and its bias after it. */
  matrices: Float32Array;
}

interface GloveKernel extends TrainKernel {
  ones(at: number, count: number): void;
}

export interface GloveTrainer {
  readonly settings: GloveSettings;
  /** Counts pairs, then trains; an aborted signal ends it after the running blocks. The last report is settled. */
  run(options?: RunOptions): AsyncGenerator<TrainingProgress>;
  /** The sum of word and context vectors, as the authors recommend. */
  vectors(): WordVectors;
  /** The current state, sharing the trainer's memory; exact at `settled` reports. */
  stateView(): GloveState;
}

const blockRecords = 8192;

export function gloveTrainer(options: GloveOptions): GloveTrainer {
  const { corpus, spawn, threads = 1, makeSpool = memorySpool, maxPairs = 1 << 24, seed = 1 } = options;
  const whole = (name: string, value: number, max: number) =>
    checkNumber(`train: ${name}`, value, { min: 1, max, integer: true });
  const dim = whole("dim", options.dim ?? 100, 4096);
  const window = whole("window", options.window ?? 10, 100);
  const epochs = whole("epochs", options.epochs ?? 25, 1e6);
  const rate = checkNumber("train: learningRate", options.learningRate ?? 0.05, { above: 0, max: 1 });
  const xMax = checkNumber("train: xMax", options.xMax ?? 10, { above: 0 });
  const power = checkNumber("train: power", options.power ?? 0.75, { min: 0, max: 1 });
  const deterministic = options.deterministic ?? threads === 1;
  const learners = deterministic || !spawn ? 1 : whole("threads", threads, 256);
  const shared = spawn !== undefined;
  const module = wasmModule(gloveWasm, { shared });
  if (!module) return fail({ where: "train", problem: "this host has no WebAssembly with SIMD", code: "missing" });

  // settings | slots | words, contexts | their sums of squares
  const slotsOfRunner = spawn ? 2 : 1;
  const size = corpus.words.length;
  const padded = Math.ceil(dim / 4) * 4;
  const row = padded + 4;
  const config = 65536;
  const slotBytes = 64 + blockRecords * recordLength * 4;
  const words = config + 64 + learners * slotsOfRunner * slotBytes;
  const matrixBytes = size * row * 4;
  const pages = Math.ceil((words + matrixBytes * 4) / 65536);
  if (pages > 65536) {
    fail({ where: "train", problem: "the matrices need more than 4 GiB", hint: "raise minCount, or lower dim" });
  }
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65536, shared });
  const kernel = wasmInstance<GloveKernel>(module, memory);
  const fields = new Uint32Array(memory.buffer, config, 4);
  fields.set([padded, words, words + matrixBytes, matrixBytes * 2]);
  new Float32Array(memory.buffer, config + 16, 2).set([xMax, power]);
  const key = foldIn(randomKey(seed), "glove");
  const settings: GloveSettings = { dim, window, epochs, learningRate: rate, xMax, power, seed, maxPairs };
  const mark = corpusMark(corpus);
  const matrices = new Float32Array(memory.buffer, words, size * row * 4);
  let block = 0; // blocks done or under way
  let done = 0; // pairs in them
  if (options.resume) {
    checkResume({ ...options.resume.settings }, { ...settings }, options.resume.corpus, mark);
    matrices.set(options.resume.matrices);
    ({ block, done } = options.resume);
  } else {
    kernel.fill(words, size * 2, dim, padded, 0.5 / dim, BigInt(foldIn(key, "start")[0]));
    kernel.ones(words + matrixBytes * 2, size * row * 2);
  }

  /** Counts, and says now and then how far it is. */
  async function* countedPairs(every: number, signal?: AbortSignal): AsyncGenerator<TrainingProgress, Cooccurrences> {
    const stop = new AbortController();
    const onAbort = () => stop.abort(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort);
    const began = performance.now();
    const total = corpus.known;
    let counted = 0;
    let ended = false;
    const pairs = countCooccurrences(corpus, {
      window,
      maxPairs,
      makeSpool,
      random: random(foldIn(key, "parts")),
      signal: stop.signal,
      progress(words) {
        counted = words;
      },
    });
    const end = pairs.then(
      () => {
        ended = true;
      },
      () => {
        ended = true; // told where it is awaited
      },
    );
    try {
      while (!ended) {
        let timer: ReturnType<typeof setTimeout> | undefined;
        const due = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, every * 1000);
        });
        await Promise.race([end, due]);
        clearTimeout(timer);
        const at = { stage: "counting", unit: "words", epoch: 0, epochs, loss: Number.NaN } as const;
        yield { ...at, ...pace(counted, 0, total, began), learningRate: rate, done: false, settled: false };
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      if (!ended) stop.abort();
    }
    return pairs;
  }

  async function* run({ signal, every = 0.5, settleEvery }: RunOptions = {}) {
    const pairs = yield* countedPairs(every, signal);
    const began = performance.now();
    const total = pairs.pairs * epochs;
    const before = done;
    let cost = 0;
    let costPairs = 0;
    let loss = Number.NaN;
    const blocks = shuffledBlocks(pairs, epochs, block, (epoch, part) => random(foldIn(key, "order", epoch, part)));
    let epoch = pairs.pairs > 0 ? Math.min(epochs, Math.floor(done / pairs.pairs) + 1) : 1;
    const loop = blockLoop({
      runners: Array.from({ length: learners }, () =>
        spawn ? threadRunner(spawn, module!, memory) : inlineRunner(kernel, memory),
      ),
      slotsOfRunner,
      signal,
      every,
      pauseEvery: settleEvery,
      next(slot) {
        const next = blocks.next();
        if (next.done) return undefined;
        const { records } = next.value;
        ({ epoch } = next.value);
        block++;
        const scratch = config + 64 + slot * slotBytes;
        new Int32Array(memory.buffer, scratch + 64, records.length).set(records);
        const job = { config, scratch, ids: scratch + 64, count: records.length, rate, seed: 0n };
        return { job, units: records.length / recordLength };
      },
      done(result, units) {
        done += units;
        cost += result.loss;
        costPairs += result.products;
      },
    });
    const report = (settled: boolean): TrainingProgress => {
      if (costPairs > 0 && !Number.isFinite(cost)) {
        fail({ where: "train", problem: "the loss is not finite", hint: "lower learningRate", code: "numeric" });
      }
      if (costPairs > 0) loss = cost / costPairs;
      cost = 0;
      costPairs = 0;
      const at = { stage: "training", unit: "pairs", epoch, epochs, learningRate: rate } as const;
      return { ...at, ...pace(done, before, total, began), loss, done: done >= total, settled };
    };
    try {
      for await (const settled of loop) yield report(settled);
      yield report(true);
    } finally {
      pairs.close();
    }
  }

  return {
    settings,
    run,
    stateView: () => ({ settings, corpus: mark, block, done, matrices }),
    vectors() {
      const matrix = new Float32Array(size * dim);
      const all = new Float32Array(memory.buffer, words, size * row * 2);
      for (let r = 0; r < size; r++) {
        for (let i = 0; i < dim; i++) matrix[r * dim + i] = all[r * row + i]! + all[(size + r) * row + i]!;
      }
      return wordVectors({ words: corpus.words, matrix, dim, counts: corpus.counts });
    },
  };
}

/**
 * All records, epoch after epoch: parts in turn, each read and shuffled anew, so that any block can be the first; `skip`
 * blocks are left out.
 */
function* shuffledBlocks(
  { parts }: Cooccurrences,
  epochs: number,
  skip: number,
  shuffler: (epoch: number, part: number) => { below(n: number): number },
): Generator<{ epoch: number; records: Int32Array }> {
  const blockLength = blockRecords * recordLength;
  let skipped = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const [p, part] of parts.entries()) {
      const blocks = Math.ceil(part.length / blockLength);
      if (skipped + blocks <= skip) {
        skipped += blocks;
        continue;
      }
      const held = new Int32Array(part.length);
      part.read(0, held);
      const count = held.length / recordLength;
      const { below } = shuffler(epoch, p);
      for (let i = count - 1; i > 0; i--) {
        const [a, b] = [i * recordLength, below(i + 1) * recordLength];
        for (let k = 0; k < recordLength; k++) {
          const kept = held[a + k]!;
          held[a + k] = held[b + k]!;
          held[b + k] = kept;
        }
      }
      for (let at = (skip - skipped) * blockLength; at < held.length; at += blockLength) {
        yield { epoch, records: held.subarray(at, Math.min(held.length, at + blockLength)) };
      }
      skipped = skip;
    }
  }
}

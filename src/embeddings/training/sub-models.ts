// Word vectors as the mean of sub-models: each learns from its own part of the corpus, and after every so many words their
// rows are averaged, those of frequent words more often (Ji et al., 2016, arXiv:1604.04661). The sub-models are part of the
// run. Whichever threads or ranks hold them, the vectors have the same bytes.

import { checkNumber, fail } from "../../base/errors.ts";
import type { Ranks } from "../../engine/ranks.ts";
import { oneRank, treeMean } from "../../engine/tree-mean.ts";
import { pace } from "./block-loop.ts";
import { type Learner, learner } from "./learner.ts";
import { type TrainingSettings, trainingSettings } from "./options.ts";
import { checkResume, corpusMark } from "./resume.ts";
import {
  finiteLoss,
  type RunOptions,
  type Trainer,
  type TrainerOptions,
  type TrainingProgress,
  type TrainingState,
} from "./trainer.ts";
import type { Runner } from "./workers.ts";

/** `learningRate`: by default, that of one model times the number of sub-models, at most 0.2, because the mean moves by only a fraction of what each learned. */
export interface SubModelOptions extends Omit<TrainerOptions, "threads" | "deterministic"> {
  /** How many; a power of two. Each is trained by one thread, and has its own matrices. */
  subModels: number;
  /** Words of the text that each learns from between two means. Default: 100,000, fewer for small texts. */
  syncEvery?: number;
  /** Processes that share the sub-models; their number divides that of the sub-models. */
  ranks?: Ranks;
}

/** The default learning rate is at most this; larger ones were not tried. */
const fastest = 0.2;
/** After so many means, all rows are averaged. */
const roundsOfCycle = 16;
/** Rows that are averaged after each round. Twice, four times ... as many after each second, fourth ... round. */
const frequentRows = 1024;

/**
 * A trainer like `embeddingTrainer`, with several sub-models. It pauses, and stops after a signal, only when all rows have been
 * averaged. All ranks call `run`, and get the same reports.
 */
export function subModelTrainer(options: SubModelOptions): Trainer {
  const { corpus, spawn, resume, subModels, ranks = oneRank } = options;
  checkSubModels(subModels, ranks.size);
  const { length } = corpus.spool;
  const plain = trainingSettings(options, corpus.known, resume?.settings);
  const total = Math.ceil((length * plain.epochs) / subModels);
  const syncEvery = checkNumber("train: syncEvery", options.syncEvery ?? Math.min(100_000, Math.ceil(total / 64)), {
    min: 1,
    integer: true,
  });
  const chosen = options.learningRate ?? resume?.settings.learningRate;
  const learningRate = chosen ?? Math.min(fastest, plain.learningRate * subModels);
  const settings: TrainingSettings = { ...plain, learningRate, subModels, syncEvery };
  const blockLength = Math.max(1, Math.min(32768, syncEvery, Math.max(256, Math.ceil(total / 800))));
  const perEpoch = Math.ceil(Math.ceil(length / subModels) / blockLength);
  const blocks = perEpoch * settings.epochs; // of each sub-model
  const perRound = Math.max(1, Math.round(syncEvery / blockLength));
  const rounds = Math.ceil(blocks / perRound);
  const first = (ranks.rank * subModels) / ranks.size;
  const models = Array.from({ length: subModels / ranks.size }, () =>
    learner({ corpus, settings, slots: 2, blockLength, spawn }),
  );
  const { inputs, outputs, padded, fastText, vectors } = models[0]!;
  const fingerprint = corpusMark(corpus);
  let round = 0;
  let words = 0;
  if (resume) {
    checkResume({ ...resume.settings }, { ...settings }, resume.corpus, fingerprint);
    ({ block: round, words } = resume);
  }
  for (const model of models) model.start(resume);
  const totalWords = corpus.known * settings.epochs;
  const rateAt = (block: number) => settings.learningRate * Math.max(1e-4, 1 - block / blocks);

  /** Blocks of a round, one after another; a block is loaded while the one before it is learned. */
  async function learn(model: Learner, runner: Runner, number: number): Promise<number[]> {
    const [from, to] = [0, 1].map((i) => Math.floor((length * (number + i)) / subModels)) as [number, number];
    const sums = [0, 0, 0]; // words, loss, products
    const add = async (running: Promise<{ loss: number; products: number }>) => {
      const { loss, products } = await running;
      sums[1]! += loss;
      sums[2]! += products;
    };
    let before = Promise.resolve();
    let slot = 0;
    for (let block = round * perRound; block < Math.min(blocks, (round + 1) * perRound); block++) {
      const at = from + (block % perEpoch) * blockLength;
      const size = Math.min(blockLength, to - at);
      if (size <= 0) continue;
      const loaded = model.load(slot, {
        at,
        length: size,
        number: number * blocks + block,
        rate: rateAt(block),
      });
      sums[0]! += loaded.words;
      const running = add(runner.run(loaded.job));
      running.catch(() => {}); // if the block before it fails, too, nobody waits for this one
      await before; // the other slot is free again
      before = running;
      slot = 1 - slot;
    }
    await before;
    return sums;
  }

  /** Replaces the first rows of a matrix in all sub-models by their mean. */
  async function average(matrix: (model: Learner) => Float32Array, rows: number): Promise<void> {
    const parts = models.map((model) => matrix(model).subarray(0, rows * padded));
    const mean = await treeMean(parts, subModels, ranks);
    for (const part of parts) part.set(mean.subarray(0, part.length));
  }

  async function* run({ signal, every = 0.5, settleEvery = Infinity }: RunOptions = {}) {
    const runners = models.map((model) => model.runner());
    const began = performance.now();
    const before = words;
    let [reported, settled] = [began, began];
    let [loss, lossSum, products] = [Number.NaN, 0, 0];
    const report = (settled: boolean): TrainingProgress => {
      if (products > 0) loss = finiteLoss(lossSum) / products;
      [lossSum, products] = [0, 0];
      const block = Math.min(blocks, round * perRound);
      return {
        ...pace(words, before, totalWords, began),
        stage: "training",
        unit: "words",
        epochs: settings.epochs,
        epoch: Math.min(settings.epochs, Math.floor(Math.max(0, block - 1) / perEpoch) + 1),
        loss,
        learningRate: rateAt(block),
        done: round >= rounds,
        settled,
      };
    };
    try {
      while (round < rounds) {
        const own = await Promise.all(models.map((model, i) => learn(model, runners[i]!, first + i)));
        round++;
        const whole = round === rounds || round % roundsOfCycle === 0 || settings.subwords !== undefined;
        const rows = whole ? Infinity : frequentRows * (round & -round);
        await average(({ inputs }) => inputs, Math.min(rows, inputs.length / padded));
        await average(({ outputs }) => outputs, Math.min(rows, outputs.length / padded));
        // Also tells each rank whether another one was asked to stop.
        const sums = await ranks.gather(new Uint8Array(Float64Array.from(own.flat()).buffer));
        for (const bytes of sums) {
          const all = new Float64Array(bytes.slice().buffer);
          for (let i = 0; i < all.length; i += 3) {
            words += all[i]!;
            lossSum += all[i + 1]!;
            products += all[i + 2]!;
          }
        }
        if (round === rounds || (whole && signal?.aborted)) break;
        const now = performance.now();
        if (whole && now - settled >= settleEvery * 1000) {
          yield report(true);
          settled = performance.now();
        } else if (now - reported >= every * 1000) {
          yield report(false);
          reported = now;
        }
      }
      yield report(true);
    } finally {
      for (const runner of runners) runner.close();
    }
  }

  const view = (): TrainingState => ({ settings, corpus: fingerprint, block: round, words, inputs, outputs });
  return {
    settings,
    run,
    fastText,
    vectors,
    state: () => ({ ...view(), inputs: inputs.slice(), outputs: outputs.slice() }),
    stateView: view,
  };
}

/** @throws UnrolledError where ranks cannot share the sub-models */
export function checkSubModels(subModels: number, ranks: number): void {
  checkNumber("train: subModels", subModels, { min: 1, max: 1024, integer: true });
  if (!Number.isInteger(Math.log2(subModels)) || subModels % ranks !== 0)
    fail({
      where: "train: subModels",
      expected: ranks > 1 ? `a power of two, at least ${ranks}, the number of ranks` : "a power of two",
      received: String(subModels),
    });
}

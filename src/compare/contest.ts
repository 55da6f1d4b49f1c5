// Trains several networks on the same data with the same budget: what is compared, whatever the data.
import { fail } from "../base/index.ts";
import type { Budget } from "../tasks/index.ts";
import { adamW, oneCycle, type Trainable, type TrainOptions, train } from "../train/index.ts";

/** What one kind of data brings to the comparison. */
export interface Contest {
  /** For people: rows, classes, the window. */
  readonly data: string;
  /** Times through the data where no budget is given. Absent where the data has no end. */
  readonly epochs?: number;
  readonly batchSize: number;
  /** The measures by their names, and their headings for people. */
  readonly measures: Readonly<Record<string, string>>;
  readonly networks: readonly Contestant[];
  /** What needs no training, such as the last value. */
  readonly others?: readonly Compared[];
  /** What the columns show, in a sentence or two. */
  readonly note?: string;
}

export type Measured = Readonly<Record<string, number>>;

/** Sizes of the networks, and what is held out. */
export interface ContestOptions {
  /** Units per layer, in each direction; 64 by default. */
  readonly hiddenSize?: number;
  /** 64 by default. */
  readonly embeddingSize?: number;
  /** 0.3 by default. */
  readonly dropout?: number;
  /** Tokens that the standard network reads, by default the median length; for series, steps that all networks read. */
  readonly window?: number;
  /** Fraction that is held out to measure on; 0.2 by default. */
  readonly valid?: number;
  /** Use only this many rows; all by default. */
  readonly rows?: number;
  /** 1337 by default. */
  readonly seed?: number;
  readonly threads?: number;
}

/** A contest's options with their defaults. */
export const settled = (given: ContestOptions) => ({
  ...given,
  hiddenSize: given.hiddenSize ?? 64,
  embeddingSize: given.embeddingSize ?? 64,
  dropout: given.dropout ?? 0.3,
  valid: given.valid ?? 0.2,
  seed: given.seed ?? 1337,
});

export interface Contestant {
  readonly name: string;
  /** Made when its turn comes. */
  make(): Runner;
}

interface Runner {
  readonly parameters: number;
  train(options: TrainOptions<never>): AsyncGenerator<{ step: number }, void, void>;
  measure(): Promise<Measured>;
}

/** A contestant, with the types of its model and its data tied. */
export function contestant<M extends Trainable<Data>, Data>(
  name: string,
  make: () => M,
  data: Data,
  measure: (model: M) => Promise<Measured>,
): Contestant {
  return {
    name,
    make() {
      const model = make();
      return {
        parameters: model.layout.count,
        train: (options) => train<Data>(model, data, options as TrainOptions<Data>),
        measure: () => measure(model),
      };
    },
  };
}

/** A network or a baseline, with what was measured. */
export interface Compared {
  readonly name: string;
  readonly measured: Measured;
  /** Absent for what was not trained. */
  readonly trained?: { readonly parameters: number; readonly steps: number; readonly seconds: number };
}

export interface CompareOptions extends Budget {
  /** Networks by the first words of their names (`standard`, `RNN`, `GRU`, ...); all by default. */
  readonly only?: readonly string[];
  /** By the number of rows by default. */
  readonly batchSize?: number;
  /** Peak of the one-cycle schedule; 0.004 by default. */
  readonly learningRate?: number;
  /** 1337 by default. */
  readonly seed?: number;
  readonly threads?: number;
  /** Ends the comparison quietly. */
  readonly signal?: AbortSignal;
}

/** How long each network trains: the budget that was given, the contest's epochs, or 1,000 steps where data has no end. */
export function budgetOf({ epochs: usual }: Contest, { steps, epochs, minutes }: Budget): Budget {
  if (minutes !== undefined) return { minutes };
  if (steps !== undefined) return { steps };
  return usual === undefined ? { steps: 1000 } : { epochs: epochs ?? usual };
}

/**
 * Trains the networks of a contest one after the other with the same budget, and measures each on the same held-out data; then
 * what needs no training.
 *
 * @throws UnrolledError where `only` names no network of the contest
 *
 * @example
 * ```ts
 * const contest = textContest(rows, { hiddenSize: 64 });
 * for await (const { name, measured } of compare(contest, { epochs: 5 })) console.log(name, measured.accuracy);
 * ```
 */
export async function* compare(contest: Contest, options: CompareOptions = {}): AsyncGenerator<Compared, void, void> {
  const { only, batchSize = contest.batchSize, learningRate = 0.004, seed = 1337, threads, signal } = options;
  const optimizer = adamW({ learningRate, weightDecay: 0.01 });
  const shared = { optimizer, schedule: oneCycle(), batchSize, ...budgetOf(contest, options), seed, threads, signal };
  for (const { name, make } of chosen(contest.networks, only)) {
    const runner = make();
    const began = performance.now();
    let steps = 0;
    for await (const { step } of runner.train(shared)) steps = step;
    if (signal?.aborted) break;
    const measured = await runner.measure();
    const seconds = (performance.now() - began) / 1000;
    yield { name, measured, trained: { parameters: runner.parameters, steps, seconds } };
  }
  yield* contest.others ?? [];
}

/** The networks whose names begin with these words. */
function chosen(networks: readonly Contestant[], only: readonly string[] | undefined): readonly Contestant[] {
  if (only === undefined) return networks;
  const word = ({ name }: Contestant) => name.split(" ")[0]!;
  const names = new Set(networks.map((one) => word(one).toLowerCase()));
  const strange = only.find((name) => !names.has(name.trim().toLowerCase()));
  if (strange !== undefined)
    fail({ where: "compare(only)", expected: networks.map(word).join(", "), received: strange });
  const wanted = only.map((name) => name.trim().toLowerCase());
  return networks.filter((one) => wanted.includes(word(one).toLowerCase()));
}

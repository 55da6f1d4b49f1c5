// A network on a toy problem (src/data/toys): a number from a sequence, a symbol at each step, or the next symbol. Samples
// are made as they are needed, so that none comes twice.
import { checkNumber, fail } from "../../base/index.ts";
import { type LanguageToy, type RegressionToy, type TaggingToy, toy } from "../../data/index.ts";
import type { Value } from "../../engine/index.ts";
import { floats, ints } from "../../engine/values.ts";
import { readerNetwork } from "../../networks/many-to-one.ts";
import { modelOf } from "../../networks/model.ts";
import {
  dense,
  embedding,
  type Layer,
  type LayerConfig,
  type Masks,
  meanSquaredError,
  type Parameters,
  sequenceCrossEntropy,
  under,
} from "../../nn/index.ts";
import { argMax, cast, equal, input, mul, reshape, sum, type Tensor, transpose } from "../../tensor/index.ts";
import type { Batch, Step, Trainable } from "../../train/index.ts";

export interface ToyModelOptions {
  /** `adding:600`, `copy:100`, `anbn:20`, `agreement:3`. */
  toy: string;
  /** What reads the sequence: `lstm({ hiddenSize: 128 })`, say. */
  encoder: Layer;
  /** Width of a symbol's row of numbers, for toys of symbols; 32 by default. */
  embeddingSize?: number;
  /** Of the samples; 1 by default. */
  toySeed?: number;
  /** Of the first values of the parameters. */
  seed?: number;
}

export interface ToyModelConfig {
  readonly toy: string;
  readonly toySeed: number;
  readonly encoder: LayerConfig;
  readonly embeddingSize: number;
}

/** Samples by number: `count` of them from `from` on. What is tested on must not be trained on. */
export interface ToySamples {
  readonly from: number;
  readonly count: number;
}

export interface ToyModel extends Trainable<ToySamples> {
  readonly task: "toy";
  readonly config: ToyModelConfig;
  readonly toy: RegressionToy | TaggingToy | LanguageToy;
  /** Symbolic: the inputs `inputs` and `lengths` [B]. Numbers [B, T, D] -> answers [B]; ids [B, T] -> logits [B, T, V]. */
  apply(parameters: Parameters, masks?: Masks): Tensor;
}

/**
 * Makes a model for a toy, with parameters drawn from `seed`.
 *
 * @throws UnrolledError for `dates`, which a translator learns
 *
 * @example
 * ```ts
 * const model = toyModel({ toy: "adding:100", encoder: gru({ hiddenSize: 64 }) });
 * ```
 */
export function toyModel(options: ToyModelOptions): ToyModel {
  const { encoder, embeddingSize = 32, toySeed = 1, seed = 1337 } = options;
  checkNumber("toyModel(embeddingSize)", embeddingSize, { min: 1, integer: true });
  const problem = toy(options.toy, { seed: toySeed });
  if (problem.kind === "pairs") {
    const hint = "a translator learns it: Tx and Ty differ";
    return fail({ where: "toyModel", expected: "adding, copy, anbn or agreement", received: problem.name, hint });
  }
  const network =
    problem.kind === "regression"
      ? numberNetwork(problem.inputSize, encoder, seed)
      : symbolNetwork(problem.vocabulary.size, encoder, embeddingSize, seed);
  return {
    task: "toy",
    config: { toy: problem.spec, toySeed, encoder: encoder.config, embeddingSize },
    toy: problem,
    ...network,
    batches: ({ from, count }, { batchSize }) => {
      const perEpoch = Math.max(1, Math.ceil(count / batchSize));
      return {
        kind: "toy",
        perEpoch,
        tokens: tokensOf(batchOf(problem, from, Math.min(batchSize, count)), count),
        start: { epoch: 0, batch: 0 },
        at({ epoch, batch = 0 }) {
          const first = batch * batchSize;
          const next = batch + 1 === perEpoch ? { epoch: epoch + 1, batch: 0 } : { epoch, batch: batch + 1 };
          return { ...batchOf(problem, from + first, Math.min(batchSize, count - first)), next };
        },
      };
    },
    evaluationBatches: toyEvaluation(problem),
  };
}

const batchOf = (problem: ToyModel["toy"], from: number, rows: number) =>
  toyBatch(
    problem,
    Array.from({ length: rows }, (_, i) => from + i),
  );

/** Evaluation batches of a toy, which may be another size of the one that a model was trained on. */
export const toyEvaluation =
  (problem: ToyModel["toy"]): ToyModel["evaluationBatches"] =>
  ({ from, count: all }, { batchSize = 100, share = 1 }) => {
    const count = Math.max(1, Math.round(share * all));
    return {
      kind: "toy",
      tokens: tokensOf(batchOf(problem, from, Math.min(batchSize, count)), count),
      *batches() {
        for (let done = 0; done < count; done += batchSize)
          yield batchOf(problem, from + done, Math.min(batchSize, count - done));
      },
    };
  };

/** Tokens of so many samples, if all are like those of a batch. */
const tokensOf = ({ tokens, rows }: Batch, count: number): number => (tokens / rows) * count;

type Network = Pick<ToyModel, "specs" | "layout" | "frozenLayout" | "parameters" | "frozen" | "trace" | "apply">;

/** Many-to-one: the last state gives the number. */
function numberNetwork(features: number, encoder: Layer, seed: number): Network {
  const network = readerNetwork("toyModel", features, 1, { encoder, pooling: "last" }, seed);
  const apply: ToyModel["apply"] = (all, masks) => reshape(network.apply(all, { masks }).outputs, ["B"]);
  return {
    ...network.weights,
    apply,
    trace: (_, all, masks): Step => ({ loss: meanSquaredError(apply(all, masks), input("targets", ["B"])) }),
  };
}

/** Many-to-many, Tx = Ty: a symbol from each state. */
function symbolNetwork(size: number, encoder: Layer, embeddingSize: number, seed: number): Network {
  const symbols = embedding({ embeddingSize }).build(size);
  const reader = encoder.build(embeddingSize);
  const output = dense({ outputSize: size }).build(reader.outputSize);
  const weights = modelOf({ embedding: symbols, encoder: reader, output }, seed);
  const timeFirst: ToyModel["apply"] = (all, masks) => {
    const ids = input("inputs", ["B", "T"], { dtype: "int" });
    const lengths = input("lengths", ["B"], { dtype: "int" });
    const x = symbols.apply(under(all, "embedding"), transpose(ids)).outputs; // [T, B, E]
    const states = reader.apply(under(all, "encoder"), x, { masks, lengths }).outputs;
    return output.apply(under(all, "output"), states).outputs; // [T, B, V]
  };
  return {
    ...weights,
    apply: (all, masks) => transpose(timeFirst(all, masks), [1, 0, 2]),
    trace(_: string, all: Parameters, masks?: Masks): Step {
      const rows = (name: string) => transpose(input(name, ["B", "T"], { dtype: "int" })); // [T, B]
      const [targets, counted, scored] = ["targets", "counted", "scored"].map(rows);
      const logits = timeFirst(all, masks); // [T, B, V]
      const places = cast(scored!, "float");
      const hits = cast(equal(argMax(logits), targets!), "float");
      return {
        loss: sequenceCrossEntropy(logits, targets!, { weights: cast(counted!, "float") }),
        totals: { right: sum(mul(hits, places)), scored: sum(places) },
      };
    },
  };
}

/** Feeds of the samples with these numbers. */
export function toyBatch(problem: ToyModel["toy"], numbers: readonly number[]) {
  return problem.kind === "regression" ? numberBatch(problem, numbers) : symbolBatch(problem, numbers);
}

function numberBatch(problem: RegressionToy, numbers: readonly number[]) {
  const samples = numbers.map((n) => problem.sample(n));
  const [rows, { T }] = [samples.length, samples[0]!];
  const D = problem.inputSize;
  const inputs = new Float32Array(rows * T * D);
  for (const [i, sample] of samples.entries()) inputs.set(sample.inputs, i * T * D);
  const targets = Float32Array.from(samples, ({ target }) => target);
  const feeds: Record<string, Value> = {
    inputs: floats(inputs, rows, T, D),
    lengths: ints(new Int32Array(rows).fill(T), rows),
    targets: floats(targets, rows),
  };
  return { feeds, rows, tokens: rows * T };
}

/** What is read and what is to be said. Of a sentence each symbol but the first is predicted from those before it. */
export function toySymbols(problem: TaggingToy | LanguageToy, n: number) {
  if (problem.kind === "tagging") return problem.sample(n);
  const { ids, scored } = problem.sample(n);
  return { ids: ids.subarray(0, -1), targets: ids.subarray(1), scored: scored.subarray(1) };
}

function symbolBatch(problem: TaggingToy | LanguageToy, numbers: readonly number[]) {
  const samples = numbers.map((n) => toySymbols(problem, n));
  const rows = samples.length;
  const lengths = Int32Array.from(samples, ({ ids }) => ids.length);
  const T = lengths.reduce((a, b) => Math.max(a, b), 0);
  const grid = (row: (sample: (typeof samples)[number]) => ArrayLike<number>): Value => {
    const data = new Int32Array(rows * T);
    for (const [i, sample] of samples.entries()) data.set(row(sample), i * T);
    return ints(data, rows, T);
  };
  const feeds: Record<string, Value> = {
    inputs: grid(({ ids }) => ids),
    targets: grid(({ targets }) => targets),
    scored: grid(({ scored }) => scored),
    counted: grid(({ ids }) => new Uint8Array(ids.length).fill(1)),
    lengths: ints(lengths, rows),
  };
  return { feeds, rows, tokens: lengths.reduce((a, b) => a + b, 0) };
}

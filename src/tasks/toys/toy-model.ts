// A network on a toy problem (src/data/toys): a number from a sequence, a symbol at each step, or the next symbol. Samples
// are made as they are needed, so that none comes twice.
import { checkNumber, fail } from "../../base/index.ts";
import { type LanguageToy, type RegressionToy, type TaggingToy, toy } from "../../data/index.ts";
import type { Value } from "../../engine/index.ts";
import {
  collect,
  dense,
  embedding,
  initialize,
  type Layer,
  type LayerConfig,
  type LayerFromConfigOptions,
  layerFromConfig,
  type Masks,
  meanSquaredError,
  type Parameters,
  parameterLayouts,
  sequenceCrossEntropy,
  under,
} from "../../nn/index.ts";
import { argMax, cast, equal, input, mul, reshape, sum, transpose } from "../../tensor/index.ts";
import type { Step, Trainable } from "../../train/index.ts";
import { manyToOneNetwork } from "../many-to-one/network.ts";

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
}

/** Makes a model for a toy, with parameters drawn from `seed`. @throws UnrolledError for `dates`, which a translator learns */
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
  const batchOf = (from: number, rows: number) =>
    problem.kind === "regression" ? numberBatch(problem, from, rows) : symbolBatch(problem, from, rows);
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
        start: { epoch: 0, batch: 0 },
        at({ epoch, batch = 0 }) {
          const first = batch * batchSize;
          const next = batch + 1 === perEpoch ? { epoch: epoch + 1, batch: 0 } : { epoch, batch: batch + 1 };
          return { ...batchOf(from + first, Math.min(batchSize, count - first)), next };
        },
      };
    },
    evaluationBatches: ({ from, count }, { batchSize = 100 }) => ({
      kind: "toy",
      *batches() {
        for (let done = 0; done < count; done += batchSize)
          yield batchOf(from + done, Math.min(batchSize, count - done));
      },
    }),
  };
}

/** The model that a saved configuration describes, with parameters still to be filled in. */
export function toyModelFromConfig(config: ToyModelConfig, options: LayerFromConfigOptions): ToyModel {
  return toyModel({ ...config, encoder: layerFromConfig(config.encoder, options) });
}

type Network = Pick<ToyModel, "specs" | "layout" | "frozenLayout" | "parameters" | "frozen" | "trace">;

/** Many-to-one: the last state gives the number. */
function numberNetwork(features: number, encoder: Layer, seed: number): Network {
  const network = manyToOneNetwork("toyModel", { features }, 1, { encoder, pooling: "last" }, seed);
  const { specs, layout, frozenLayout, parameters, frozen } = network;
  return {
    specs,
    layout,
    frozenLayout,
    parameters,
    frozen,
    trace(_, all, masks): Step {
      const x = input("inputs", ["B", "T", features]);
      const lengths = input("lengths", ["B"], { dtype: "int" });
      const { outputs } = network.apply(all, x, lengths, masks);
      return { loss: meanSquaredError(reshape(outputs, ["B"]), input("targets", ["B"])) };
    },
  };
}

/** Many-to-many, Tx = Ty: a symbol from each state. */
function symbolNetwork(size: number, encoder: Layer, embeddingSize: number, seed: number): Network {
  const symbols = embedding({ dim: embeddingSize }).build(size);
  const reader = encoder.build(embeddingSize);
  const output = dense({ outputSize: size }).build(reader.outputSize);
  const specs = collect({ embedding: symbols, encoder: reader, output });
  const { trainable, frozen } = parameterLayouts(specs);
  return {
    specs,
    layout: trainable,
    frozenLayout: frozen,
    parameters: initialize(specs, trainable, seed),
    frozen: initialize(specs, frozen, seed),
    trace(_: string, all: Parameters, masks?: Masks): Step {
      const rows = (name: string) => transpose(input(name, ["B", "T"], { dtype: "int" })); // [T, B]
      const [ids, targets, counted, scored] = ["inputs", "targets", "counted", "scored"].map(rows);
      const lengths = input("lengths", ["B"], { dtype: "int" });
      const x = symbols.apply(under(all, "embedding"), ids!).outputs;
      const states = reader.apply(under(all, "encoder"), x, { masks, lengths }).outputs;
      const logits = output.apply(under(all, "output"), states).outputs; // [T, B, V]
      const places = cast(scored!, "float");
      const hits = cast(equal(argMax(logits), targets!), "float");
      return {
        loss: sequenceCrossEntropy(logits, targets!, { weights: cast(counted!, "float") }),
        totals: { right: sum(mul(hits, places)), scored: sum(places) },
      };
    },
  };
}

function numberBatch(problem: RegressionToy, from: number, rows: number) {
  const samples = Array.from({ length: rows }, (_, i) => problem.sample(from + i));
  const { T } = samples[0]!;
  const D = problem.inputSize;
  const inputs = new Float32Array(rows * T * D);
  for (const [i, sample] of samples.entries()) inputs.set(sample.inputs, i * T * D);
  const feeds: Record<string, Value> = {
    inputs: { dtype: "float", shape: [rows, T, D], data: inputs },
    lengths: { dtype: "int", shape: [rows], data: new Int32Array(rows).fill(T) },
    targets: { dtype: "float", shape: [rows], data: Float32Array.from(samples, ({ target }) => target) },
  };
  return { feeds, rows, tokens: rows * T };
}

function symbolBatch(problem: TaggingToy | LanguageToy, from: number, rows: number) {
  // Of a sentence each symbol but the first is predicted from those before it.
  const samples = Array.from({ length: rows }, (_, i) => {
    if (problem.kind === "tagging") return problem.sample(from + i);
    const { ids, scored } = problem.sample(from + i);
    return { ids: ids.subarray(0, -1), targets: ids.subarray(1), scored: scored.subarray(1) };
  });
  const lengths = Int32Array.from(samples, ({ ids }) => ids.length);
  const T = lengths.reduce((a, b) => Math.max(a, b), 0);
  const grid = (row: (sample: (typeof samples)[number]) => ArrayLike<number>): Value => {
    const data = new Int32Array(rows * T);
    for (const [i, sample] of samples.entries()) data.set(row(sample), i * T);
    return { dtype: "int", shape: [rows, T], data };
  };
  const feeds: Record<string, Value> = {
    inputs: grid(({ ids }) => ids),
    targets: grid(({ targets }) => targets),
    scored: grid(({ scored }) => scored),
    counted: grid(({ ids }) => new Uint8Array(ids.length).fill(1)),
    lengths: { dtype: "int", shape: [rows], data: lengths },
  };
  return { feeds, rows, tokens: lengths.reduce((a, b) => a + b, 0) };
}

// A task of your own: reads a sequence of numbers and predicts one number. A model is a `Trainable`, so `train` and
// `evaluate` take it; a `Task` beside it makes it one that can be saved, loaded, used and exported like the built-in ones.

import { type BucketOptions, bucketBatches } from "../src/data/index.ts"; // "unrolled/data"
import { type Cell, gru, type Layer, type Recipe, type Task, type Trainable } from "../src/index.ts"; // "unrolled"
import {
  dense,
  type LayerConfig,
  layerFromConfig,
  meanSquaredError,
  type Parameters,
  parameterInputs,
  under,
} from "../src/nn/index.ts"; // "unrolled/nn"
import { batchPredictor, compileModel, graphOf, modelOf, predictWith } from "../src/tasks/index.ts"; // "unrolled/tasks"
import { input, reshape, type Tensor, transpose } from "../src/tensor/index.ts"; // "unrolled/tensor"

export interface Sums {
  readonly rows: readonly (readonly number[])[];
  readonly targets: readonly number[];
}

export interface SumModel extends Trainable<Sums> {
  readonly task: "sum";
  readonly config: { readonly encoder: LayerConfig };
  apply(parameters: Parameters): Tensor;
}

/** Feeds of rows: numbers [B, T, 1], padded with zeros, and lengths [B]. */
function feedsOf(rows: readonly (readonly number[])[]) {
  const [B, T] = [rows.length, Math.max(...rows.map(({ length }) => length))];
  const data = new Float32Array(B * T);
  for (const [b, row] of rows.entries()) data.set(row, b * T);
  return {
    inputs: { dtype: "float", shape: [B, T, 1], data },
    lengths: { dtype: "int", shape: [B], data: Int32Array.from(rows, ({ length }) => length) },
  } as const;
}

export function sumModel({ encoder, seed = 1 }: { encoder: Layer; seed?: number }): SumModel {
  const reader = encoder.build(1);
  const output = dense({ outputSize: 1 }).build(reader.outputSize);
  const weights = modelOf({ encoder: reader, output }, seed);
  const apply: SumModel["apply"] = (all) => {
    const x = transpose(input("inputs", ["B", "T", 1]), [1, 0, 2]); // [T, B, 1]
    const { final } = reader.apply(under(all, "encoder"), x, { lengths: input("lengths", ["B"], { dtype: "int" }) });
    return reshape(output.apply(under(all, "output"), final.h_l0!).outputs, ["B"]);
  };
  const batchOf = ({ rows, targets }: Sums, indices: Int32Array) => ({
    feeds: {
      ...feedsOf(Array.from(indices, (i) => rows[i]!)),
      targets: {
        dtype: "float",
        shape: [indices.length],
        data: Float32Array.from(indices, (i) => targets[i]!),
      } as const,
    },
    rows: indices.length,
    tokens: indices.length,
  });
  const ordered = ({ rows }: Sums, options: BucketOptions) =>
    bucketBatches(
      rows.map(({ length }) => length),
      options,
    );
  return {
    task: "sum",
    config: { encoder: encoder.config },
    ...weights,
    apply,
    trace: (_, all) => ({ loss: meanSquaredError(apply(all), input("targets", ["B"])) }),
    batches(data, { batchSize, seed: order }) {
      const source = ordered(data, { batchSize, seed: order });
      return {
        kind: "sums",
        perEpoch: source.perEpoch,
        start: { epoch: 0, batch: 0 },
        at({ epoch, batch = 0 }) {
          const { indices, next } = source.at({ epoch, batch });
          return { ...batchOf(data, indices), next: { ...next } };
        },
      };
    },
    evaluationBatches: (data, { batchSize = 64 }) => ({
      kind: "sums",
      *batches() {
        for (const { indices } of ordered(data, { batchSize, seed: 0, shuffle: false }).epoch())
          yield batchOf(data, indices);
      },
    }),
  };
}

export const sumTask: Task<SumModel, Sums, readonly number[], number, number> = {
  name: "sum",
  title: "sum model",
  assets: [],
  pack: ({ config }) => ({ config, assets: {} }),
  unpack({ config }, { cells }: { cells?: readonly Cell[] } = {}) {
    const { encoder } = config as SumModel["config"];
    return sumModel({ encoder: layerFromConfig(encoder, { cells }) });
  },
  recipe: (_, chosen = {}): Recipe => ({
    cell: "gru",
    hiddenSize: 16,
    numLayers: 1,
    dropout: 0,
    learningRate: 0.01,
    batchSize: 16,
    epochs: 20,
    ...chosen,
  }),
  options: ({ hiddenSize }) => ({ encoder: gru({ hiddenSize }) }),
  async predictor(model, options) {
    const session = await compileModel(model, sumTask.graphs(model).model!, options);
    return batchPredictor({
      read: (row: readonly number[]) => row,
      lengthOf: (row) => row.length,
      answer: async (rows) => [...(await session.run(feedsOf(rows))).sums!.data],
      release: () => session.release(),
    });
  },
  async report(model, { rows, targets }, options) {
    let [total, i] = [0, 0];
    for await (const value of predictSums(model, rows, options)) total += Math.abs(value - targets[i++]!);
    return total / rows.length; // mean absolute error
  },
  graphs: (model) => ({ model: graphOf({ sums: model.apply(parameterInputs(model.specs)) }) }),
};

/** The verb `predict` for it; the compiled model is kept until its weights change. */
export const predictSums = predictWith(sumTask.predictor);

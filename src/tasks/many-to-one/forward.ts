// Runs a many-to-one model on rows, without gradients: predictions in the order of the rows.
import { forwardPasses, runPasses } from "../../compile/passes/index.ts";
import { bucketBatches } from "../../data/index.ts";
import type { Engine, Value } from "../../engine/index.ts";
import { type ParameterSpec, type Parameters, parameterInputs } from "../../nn/index.ts";
import { type ParameterLayout, type Tensor, view } from "../../tensor/index.ts";

export interface ForwardOptions {
  engine?: Engine;
  threads?: number;
  /** Rows side by side; 64 by default. */
  batchSize?: number;
  signal?: AbortSignal;
}

interface Weights {
  readonly specs: readonly ParameterSpec[];
  readonly layout: ParameterLayout;
  readonly frozenLayout: ParameterLayout;
  parameters: Float32Array;
  readonly frozen: Float32Array;
}

/**
 * Compiles `outputs` with the model's parameters and runs it over rows in batches of like length.
 *
 * @param lengths of the rows, by which they are batched
 * @param feeds the inputs of some rows
 * @param take gets each row's results: `row`, and its part of each output (views, to be read at once)
 */
export async function forwardRows(
  model: Weights,
  outputs: (parameters: Parameters) => Readonly<Record<string, Tensor>>,
  lengths: ArrayLike<number>,
  feeds: (indices: Int32Array) => Readonly<Record<string, Value>>,
  take: (row: number, results: Readonly<Record<string, Float32Array>>) => void,
  { engine, threads, batchSize = 64, signal }: ForwardOptions & { engine: Engine },
): Promise<void> {
  if (lengths.length === 0) return;
  const constants = { ...values(model.parameters, model.layout), ...values(model.frozen, model.frozenLayout) };
  const program = { outputs: runPasses(outputs(parameterInputs(model.specs)), forwardPasses), constants };
  const executable = await engine.compile(program, { threads });
  try {
    for (const { indices } of bucketBatches(lengths, { batchSize, seed: 0, shuffle: false }).epoch()) {
      signal?.throwIfAborted();
      const results = Object.entries(await executable.run(feeds(indices)));
      indices.forEach((row, b) => {
        const own = results.map(([name, { data }]): [string, Float32Array] => {
          const width = data.length / indices.length;
          return [name, data.subarray(b * width, (b + 1) * width) as Float32Array];
        });
        take(row, Object.fromEntries(own));
      });
    }
  } finally {
    await executable.release();
  }
}

function values(flat: Float32Array, layout: ParameterLayout): Record<string, Value> {
  return Object.fromEntries(
    layout.slots.map((slot) => [slot.name, { dtype: "float", shape: slot.shape, data: view(flat, slot) }]),
  );
}

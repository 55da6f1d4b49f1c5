// Runs a graph over rows in batches of like length, without gradients: results in the order of the rows.
import type { Session, Value } from "../../engine/index.ts";
import { inOrder } from "../in-order.ts";
import { compileModel, type Weights } from "../model.ts";
import type { InferenceGraph, RunOptions } from "../task.ts";

export type ForwardOptions = RunOptions;

export interface Forward<Row, Result> {
  graph: Pick<InferenceGraph, "outputs">;
  /** By it rows are batched. */
  lengthOf(row: Row): number;
  /** The inputs of some rows. */
  feeds(rows: readonly Row[]): Readonly<Record<string, Value>>;
  /** A row and its part of each output: views, to be read at once. */
  take(row: Row, results: Readonly<Record<string, Float32Array>>): Result;
  /** For messages. */
  where: string;
}

/** Runs a model's graph over rows, 64 per batch by default. Compiled at the first batch, released at the end. */
export async function* forwardRows<Row, Result>(
  model: Weights,
  rows: Iterable<Row>,
  { graph, lengthOf, feeds, take, where }: Forward<Row, Result>,
  { engine, threads, batchSize = 64, signal }: ForwardOptions,
): AsyncGenerator<Result, void, void> {
  let executable: Session | undefined;
  const run = async (batch: readonly Row[]): Promise<Result[]> => {
    executable ??= await compileModel(model, graph, { engine, threads, where });
    const results = Object.entries(await executable.run(feeds(batch)));
    return batch.map((row, b) => {
      const own = results.map(([name, { data }]): [string, Float32Array] => {
        const width = data.length / batch.length;
        return [name, data.subarray(b * width, (b + 1) * width) as Float32Array];
      });
      return take(row, Object.fromEntries(own));
    });
  };
  try {
    yield* inOrder(rows, run, { lengthOf, size: { batchSize }, signal });
  } finally {
    await executable?.release();
  }
}

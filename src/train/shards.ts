// How many parts a batch is cut into.
import { checkNumber } from "../base/index.ts";
import { forwardPasses, runPasses } from "../compile/passes/index.ts";
import type { Engine } from "../engine/index.ts";
import { parameterInputs } from "../nn/index.ts";
import { insideBody, topological } from "../tensor/graph.ts";
import { isOp, type Tensor } from "../tensor/tensor.ts";
import type { Trainable } from "./trainable.ts";

/** Recurrent weights of this many floats (2 MiB) no longer fit the second-level cache of most cores. */
const manyWeights = 2 ** 19;

export interface ShardFacts {
  /** Rows of a batch. */
  rows: number;
  /** Threads that the run may use; undefined where the engine has none (a GPU). */
  threads: number | undefined;
  /** Floats of the largest weight matrix that a time loop reads; 0 by default. */
  recurrent?: number;
}

/**
 * Shards for a run that begins here: the largest power of two that is at most the number of threads and leaves each shard at
 * least 4 rows. Large recurrent weights gain more from threads inside their products, which need 16 rows per shard.
 * Batches from 16 rows on are cut in two at least; smaller ones, and those of an engine without threads, are not cut.
 * Measured on 2 and 16 cores (docs/decisions/0008-shards.md).
 */
export function shardsFor({ rows, threads, recurrent = 0 }: ShardFacts): number {
  checkNumber("shardsFor(rows)", rows, { min: 1 });
  if (threads === undefined || rows < 16) return 1;
  const least = recurrent >= manyWeights ? 16 : 4;
  return 2 ** Math.floor(Math.log2(Math.max(2, Math.min(rows / least, threads))));
}

/**
 * Shards for a run of a model on an engine that begins here. They follow from the engine's cores, not from a run's threads;
 * each rank has one at least.
 */
export const shardsOf = (model: Trainable<never>, kind: string, engine: Engine, rows: number): number =>
  Math.max(engine.ranks ?? 1, shardsFor({ rows, threads: engine.cores, recurrent: recurrentWeights(model, kind) }));

/** Floats of the largest weight matrix that a time loop of the model reads. */
export const recurrentWeights = (model: Pick<Trainable<never>, "specs" | "trace">, kind: string): number =>
  recurrentWeightsIn([model.trace(kind, parameterInputs(model.specs)).loss.total]);

/** Floats of the largest weight matrix that a time loop before these results reads. */
export function recurrentWeightsIn(outputs: readonly Tensor[]): number {
  const named = Object.fromEntries(outputs.map((tensor, i) => [String(i), tensor]));
  const live = Object.values(runPasses(named, forwardPasses)); // products of inputs alone leave the loop
  const sizes = topological(live).flatMap((tensor) => {
    if (!isOp(tensor, "scan")) return [];
    const { captured } = insideBody(tensor.attrs.body, tensor.attrs.body.next);
    return captured.flatMap(({ shape: [rows, columns, ...more] }) =>
      typeof rows === "number" && typeof columns === "number" && more.length === 0 ? [rows * columns] : [],
    );
  });
  return Math.max(0, ...sizes);
}

// How threads are spent on a program with shards: workers that each take neighboring shards, and threads inside the
// operations of each worker. The number of shards is part of the program; this split changes no sum between shards.
import { fail } from "../../base/index.ts";
import type { Program } from "../engine.ts";

export interface ThreadSplit {
  /** Workers, the calling thread included; a power of two that divides the number of shards. */
  readonly workers: number;
  /** Threads inside the operations of each worker. */
  readonly threads: number;
}

/**
 * @param threads all that this process may use
 * @param workers of this process; set by the caller, or chosen here
 * @param ranks processes that share the shards. With several of them each worker has one thread: which of two ways ONNX
 *   Runtime adds rows to a table depends on that, and bits must not depend on how many cores a rank has
 */
export function splitThreads(
  { shards }: Pick<Program, "shards">,
  { threads, workers, ranks = 1 }: { threads: number; workers?: number; ranks?: number },
): ThreadSplit {
  const all = shards?.count ?? 1;
  if (all % ranks !== 0)
    fail({
      where: "compile(ranks)",
      expected: `a power of two that divides ${all} shards`,
      received: String(ranks),
      hint: "the number of shards is part of a run: choose it with --shards when the run begins",
    });
  const count = all / ranks;
  if (workers !== undefined && (!Number.isInteger(workers) || workers < 1 || count % workers !== 0))
    fail({
      where: "compile(workers)",
      expected: `a power of two that divides ${count} shards`,
      received: String(workers),
    });
  const chosen = workers ?? Math.min(count, powerOfTwoBelow(threads));
  return { workers: chosen, threads: ranks > 1 ? 1 : Math.max(1, Math.floor(threads / chosen)) };
}

/** The largest power of two that is at most `n`. */
export const powerOfTwoBelow = (n: number): number => 2 ** Math.floor(Math.log2(Math.max(1, n)));

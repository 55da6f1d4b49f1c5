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

/** @param threads all that may be used @param workers set by the caller, or chosen here */
export function splitThreads(
  { shards }: Pick<Program, "shards">,
  { threads, workers }: { threads: number; workers?: number },
): ThreadSplit {
  const count = shards?.count ?? 1;
  if (workers !== undefined && (!Number.isInteger(workers) || workers < 1 || count % workers !== 0))
    fail({
      where: "compile(workers)",
      expected: `a power of two that divides ${count} shards`,
      received: String(workers),
    });
  const chosen = workers ?? Math.min(count, powerOfTwoBelow(threads));
  return { workers: chosen, threads: Math.max(1, Math.floor(threads / chosen)) };
}

/** The largest power of two that is at most `n`. */
export const powerOfTwoBelow = (n: number): number => 2 ** Math.floor(Math.log2(Math.max(1, n)));

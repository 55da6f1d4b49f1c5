// How many parts a batch is cut into.
import { checkNumber } from "../base/index.ts";

/**
 * Shards for a run that begins here: the largest power of two that leaves each shard at least 8 rows (products of fewer
 * columns waste most of a SIMD panel) and is at most the number of threads, but 2 on one thread. Batches under 16 rows are not
 * cut, nor are those of an engine without threads (a GPU).
 *
 * @param rows of a batch
 * @param threads that the run may use; undefined where the engine has none
 */
export function shardsFor({ rows, threads }: { rows: number; threads: number | undefined }): number {
  checkNumber("shardsFor(rows)", rows, { min: 1 });
  if (threads === undefined) return 1;
  const most = Math.max(1, Math.min(rows / 8, Math.max(2, threads)));
  return 2 ** Math.floor(Math.log2(most));
}

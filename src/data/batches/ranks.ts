// Which rows of a batch belong to which process of several. The batch is the same whatever their number.
import { checkNumber, fail } from "../../base/index.ts";

export interface RankOptions {
  /** This process, from 0. Default 0. */
  rank?: number;
  /** Number of processes that share each batch. Default 1. */
  world?: number;
}

/** The rows [start, end) of a batch of `rows` that are this rank's: contiguous, and as even as can be. */
export function rankRows(where: string, rows: number, { rank = 0, world = 1 }: RankOptions) {
  checkNumber(`${where}: world`, world, { min: 1, integer: true });
  checkNumber(`${where}: rank`, rank, { min: 0, max: world - 1, integer: true });
  if (rows < world) fail({ where, expected: `at least one row for each of ${world} ranks`, received: String(rows) });
  return { start: Math.floor((rank * rows) / world), end: Math.floor(((rank + 1) * rows) / world) };
}

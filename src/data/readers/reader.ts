// What every format of rows offers beside reading a whole text: going through lines one by one, and reading any one row
// again from its own lines. So a file may stay on disk, with an index of where its rows begin.
import type { ReadWarning } from "./lines.ts";

export interface RowReader<Row> {
  /**
   * All rows of a file in order; each is given as soon as its last line is read, with the number of its first. Once, from
   * the file's first line on: the reader learns from it what the rows have in common.
   *
   * @throws UnrolledError with `file:line`
   */
  rows(lines: Iterable<string>): Generator<Row & { line: number }>;
  /** One row again, from its lines (others may follow), after `rows` has been through the file. */
  row(lines: Iterable<string>): Row;
  /** What was left out so far. */
  warnings(): ReadWarning[];
}

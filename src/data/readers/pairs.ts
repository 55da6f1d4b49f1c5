// Pairs of texts, source and target: two parallel files, or columns of one. What a translator trains on; also
// summaries with their articles, questions with their answers, or commands with their actions.
import { fail } from "../../base/index.ts";
import { linesOf, type ReadOptions, type ReadWarning, warningLog } from "./lines.ts";

export interface TextPair {
  source: string;
  target: string;
  /** Its line, from 1. */
  line: number;
}

export interface PairData {
  pairs: TextPair[];
  source: string;
  warnings: ReadWarning[];
}

export interface PairOptions extends ReadOptions {
  /** The source's column, from 0, where the rows have several. Default 0. */
  sourceColumn?: number;
  /** The target's column. Default 1; further columns (an attribution) are not read. */
  targetColumn?: number;
  /** The first row holds names. Default: where it is `source target`, `src tgt`, or two language codes. */
  header?: boolean;
}

/**
 * Reads rows of source TAB target. Rows with an empty side are left out and counted.
 *
 * @throws UnrolledError with `file:line` where a row lacks a column
 */
export function readPairs(text: string | Iterable<string>, options: PairOptions = {}): PairData {
  const { source: name = "pairs", sourceColumn = 0, targetColumn = 1 } = options;
  const log = pairLog();
  let line = 0;
  for (const row of linesOf(text)) {
    line++;
    if (row.trim() === "") {
      log.warnings.add("an empty row was left out", line);
      continue;
    }
    const cells = row.split("\t");
    if (line === 1 && (options.header ?? isPairHeader(cells))) continue;
    const [source, target] = [cells[sourceColumn], cells[targetColumn]];
    if (source === undefined || target === undefined) {
      fail({
        where: `${name}:${line}`,
        expected: `at least ${Math.max(sourceColumn, targetColumn) + 1} columns separated by tabs`,
        received: `${cells.length} in ${JSON.stringify(row.slice(0, 60))}`,
        code: "data",
      });
    }
    log.add(source, target, line);
  }
  return { pairs: log.pairs, source: name, warnings: log.warnings.list() };
}

/**
 * Reads two files whose lines belong together. Pairs with an empty side are left out and counted.
 *
 * @throws UnrolledError where the files differ in lines
 */
export function readParallel(
  source: string | Iterable<string>,
  target: string | Iterable<string>,
  { names = ["source", "target"] }: { names?: readonly [string, string] } = {},
): PairData {
  const left = [...linesOf(source)];
  const right = [...linesOf(target)];
  if (left.length !== right.length) {
    fail({
      where: `${names[0]} and ${names[1]}`,
      expected: "as many lines in both",
      received: `${left.length} and ${right.length}`,
      hint: "line n of one belongs to line n of the other",
      code: "data",
    });
  }
  const log = pairLog();
  left.forEach((text, i) => {
    log.add(text, right[i]!, i + 1);
  });
  return { pairs: log.pairs, source: names.join(" and "), warnings: log.warnings.list() };
}

/** Column names that say that the row is no pair itself. */
export function isPairHeader(cells: readonly string[]): boolean {
  const names = cells.map((cell) => cell.trim().toLowerCase());
  const known = /^(source|src|input|text|article|document|question|target|tgt|output|summary|translation|answer)$/;
  const [a = "", b = ""] = names;
  return (known.test(a) && known.test(b)) || (a !== b && /^[a-z]{2}$/.test(a) && /^[a-z]{2}$/.test(b));
}

function pairLog() {
  const pairs: TextPair[] = [];
  const warnings = warningLog();
  return {
    pairs,
    warnings,
    add(source: string, target: string, line: number) {
      const pair = { source: source.trim(), target: target.trim(), line };
      if (pair.source && pair.target) pairs.push(pair);
      else warnings.add("a pair with an empty side was left out", line);
    },
  };
}

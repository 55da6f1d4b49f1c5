// Pairs of texts, source and target: two parallel files, or columns of one. What a translator trains on; also
// summaries with their articles, questions with their answers, or commands with their actions.
import { fail } from "../../base/index.ts";
import { fieldOf, jsonRecognized, type RowFormat } from "./format.ts";
import { linesOf, type ReadOptions, type ReadWarning, warningLog } from "./lines.ts";
import { isPairHeader } from "./pair-header.ts";
import type { RowReader } from "./reader.ts";
import { describeColumn, describeTable, tableFormat, tableIn } from "./recognize-table.ts";
import { excelSeparator, jsonRows, type TableRow, tableRows } from "./tables.ts";

export interface TextPair {
  source: string;
  target: string;
  /** All right targets, where there are several; `target` is the first. */
  references?: string[];
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
  /** Between the cells: a tab by default, and quotation marks are letters. With any other, cells may be quoted as in CSV. */
  separator?: string;
  /** The first row holds names. Default: where it is `source target`, `src tgt`, or two language codes. */
  header?: boolean;
}

/**
 * Reads rows of source TAB target. Rows with an empty side are left out and counted.
 *
 * @throws UnrolledError with `file:line` where a row lacks a column
 *
 * @example
 * ```ts
 * const { pairs } = readPairs(await readText("en-fr.tsv"));
 * ```
 */
export function readPairs(text: string | Iterable<string>, options: PairOptions = {}): PairData {
  return pairData(tablePairReader(options), linesOf(text), options.source ?? "pairs");
}

/** The same pair by pair, so that files may stay on disk. */
export function tablePairReader(options: PairOptions = {}): RowReader<TextPair> {
  const { source: name = "pairs", sourceColumn = 0, targetColumn = 1, separator = "\t" } = options;
  const style = { source: name, separator, quotes: true };
  let begun = false;
  return pairReader(name, function* (lines, onEmpty) {
    const rows = separator === "\t" ? tabRows(lines, onEmpty) : tableRows(lines, { ...style, onEmpty });
    for (const { cells, line } of rows) {
      const first = !begun;
      begun = true;
      if (first && (options.header ?? isPairHeader(cells))) continue;
      const [source, target] = [cells[sourceColumn], cells[targetColumn]];
      if (source === undefined || target === undefined) {
        fail({
          where: `${name}:${line}`,
          expected: `at least ${Math.max(sourceColumn, targetColumn) + 1} columns separated by tabs`,
          received: `${cells.length} in ${JSON.stringify(cells.join(separator).slice(0, 60))}`,
          code: "data",
        });
      }
      yield { source, target, line };
    }
  });
}

/** Cells between tabs; rows may differ in their number. */
function* tabRows(lines: Iterable<string>, onEmpty: (line: number) => void): Generator<TableRow> {
  let line = 0;
  for (const row of lines) {
    line++;
    if (row.trim() === "") onEmpty(line);
    else if (line > 1 || excelSeparator(row) === undefined) yield { cells: row.split("\t"), line };
  }
}

/**
 * Reads one JSON object a line. A field may be a list: of the sentences of a source, or of several right targets, of which the
 * first is to be learned and all count as references. Pairs with an empty side are left out and counted.
 *
 * @throws UnrolledError with `file:line` where a row is no object or lacks a field
 */
export function jsonPairReader({
  source: name = "jsonl",
  columns = { source: "source", target: "target" },
}: ReadOptions & { columns?: { source: string; target: string } }): RowReader<TextPair> {
  return pairReader(name, function* (lines) {
    for (const { value, line } of jsonRows(lines, name)) {
      const field = (side: "source" | "target"): string => {
        const found = value[columns[side]];
        if (found === undefined) {
          const received = Object.keys(value).join(", ") || "no fields";
          fail({ where: `${name}:${line}`, expected: `a field "${columns[side]}"`, received, code: "data" });
        }
        if (Array.isArray(found)) return side === "source" ? found.join(" ") : String(found[0] ?? "");
        return found === null ? "" : String(found);
      };
      const given = value[columns.target];
      const references = Array.isArray(given) ? given.map((text) => String(text ?? "").trim()).filter(Boolean) : [];
      yield {
        source: field("source"),
        target: references[0] ?? field("target"),
        ...(references.length > 1 ? { references } : {}),
        line,
      };
    }
  });
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

function pairLog() {
  const pairs: TextPair[] = [];
  const warnings = warningLog();
  return {
    pairs,
    warnings,
    add(source: string, target: string, line: number) {
      const pair = trimmed(source, target);
      if (pair.source && pair.target) pairs.push({ ...pair, line });
      else warnings.add(emptySide, line);
    },
  };
}

/** What is said of a pair that is left out. */
export const emptySide = "a pair with an empty side was left out";
const trimmed = (source: string, target: string) => ({ source: source.trim(), target: target.trim() });

/** A reader of whatever `cut` makes pairs of; it leaves out those with an empty side. */
export function pairReader(
  name: string,
  cut: (lines: Iterable<string>, onEmpty: (line: number) => void) => Iterable<TextPair>,
): RowReader<TextPair> {
  const warnings = warningLog();
  const onEmpty = (line: number) => warnings.add("an empty row was left out", line);
  return {
    *rows(lines) {
      for (const { source, target, ...rest } of cut(lines, onEmpty)) {
        const { line } = rest;
        const pair = trimmed(source, target);
        if (pair.source && pair.target) yield { ...pair, ...rest };
        else warnings.add(emptySide, line);
      }
    },
    row(lines) {
      for (const { source, target, ...rest } of cut(lines, () => {})) return { ...trimmed(source, target), ...rest };
      return fail({ where: name, problem: "a row is gone: the file changed", code: "file" });
    },
    warnings: warnings.list,
  };
}

/** All pairs of a reader. */
export function pairData(reader: RowReader<TextPair>, lines: Iterable<string>, source: string): PairData {
  return { pairs: [...reader.rows(lines)], source, warnings: reader.warnings() };
}

/** Two columns of texts. */
export const pairTable: RowFormat<RowReader<TextPair>> = {
  kinds: ["pairs"],
  names: ["tsv", "csv"],
  reader({ source, recognized: { separator, header, columns = {} }, sourceColumn, targetColumn }) {
    const place = (column: string | number | undefined, otherwise: number) =>
      typeof column === "number" ? column : otherwise;
    return tablePairReader({
      source,
      separator,
      header,
      sourceColumn: place(sourceColumn ?? columns.source, 0),
      targetColumn: place(targetColumn ?? columns.target, 1),
    });
  },
  recognize(sample) {
    const table = tableIn(sample);
    if (table?.role !== "pairs") return undefined;
    const { separator, header } = table;
    const [source, target] = isPairHeader(table.rows[0]!) ? [0, 1] : table.pair!;
    const message = `pairs of texts: ${describeColumn(table, source)} and ${describeColumn(table, target)}; ${describeTable(table)}`;
    return { kind: "pairs", format: tableFormat(table), separator, header, columns: { source, target }, message };
  },
};

/** JSON objects with two texts. */
export const pairJsonl: RowFormat<RowReader<TextPair>> = {
  kinds: ["pairs"],
  names: ["jsonl"],
  reader({ source, recognized: { columns = {} }, sourceColumn, targetColumn }) {
    const names = {
      source: String(sourceColumn ?? columns.source ?? "source"),
      target: String(targetColumn ?? columns.target ?? "target"),
    };
    return jsonPairReader({ source, columns: names });
  },
  recognize(sample) {
    const source = fieldOf(sample.records, /^(source|src|input|prompt|article|document|question|en)$/i);
    const target = fieldOf(sample.records, /^(target|tgt|output|completion|response|summary|answer|de|fr|ko)$/i);
    if (source === undefined || target === undefined) return undefined;
    return jsonRecognized(sample, "pairs", "pairs of texts", { source, target });
  },
};

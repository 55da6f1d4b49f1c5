// Texts with labels (or with numbers), from any of the forms in which people keep them.
import { fail } from "../../base/index.ts";
import type { RowsOrList } from "../rows.ts";
import { isNumber } from "../series/numbers.ts";
import { linesOf, type ReadOptions, type ReadWarning, warningLog } from "./lines.ts";
import type { RowReader } from "./reader.ts";
import type { Recognized } from "./recognize.ts";
import { columnOf, jsonRows, tableRows } from "./tables.ts";

export interface LabeledText {
  text: string;
  /** As it stands in the file; a number's digits where the task is regression. */
  label: string;
  /** From 1. */
  line?: number;
}

export interface LabeledData {
  /** In memory, or on disk. */
  rows: RowsOrList<LabeledText>;
  /** The file's name, for messages. */
  source?: string;
  warnings?: readonly ReadWarning[];
}

export interface LabeledOptions extends ReadOptions {
  /** What `recognize` says of the file: its format, header and columns. */
  recognized: Pick<Recognized, "format" | "separator" | "header" | "columns">;
  /** Keep rows without text, which are read as one unknown token: for test sets, where each row counts. Default false. */
  keepEmpty?: boolean;
  /** Labels are numbers. */
  numeric?: boolean;
}

/**
 * Reads texts with labels: TSV, CSV, JSONL or lines that begin with their label. Rows without a label are left out and
 * counted, and so are rows without text unless `keepEmpty`.
 *
 * @throws UnrolledError with `file:line` for a wrong number of columns, a row that is no JSON object, a label that is no
 *   number where one is needed; with the file alone where no row is left
 *
 * @example
 * ```ts
 * const data = readLabeled(await readText("reviews.tsv"), { source: "reviews.tsv" });
 * ```
 */
export function readLabeled(text: string, options: LabeledOptions): Required<LabeledData> & { rows: LabeledText[] } {
  const reader = labeledReader(options);
  const rows = [...reader.rows(linesOf(text))];
  return { rows, source: options.source ?? "labeled", warnings: reader.warnings() };
}

/** The same row by row, for files that stay on disk. */
export function labeledReader(options: LabeledOptions): RowReader<LabeledText> {
  const { source = "labeled", keepEmpty = false, numeric = false } = options;
  const warnings = warningLog();
  const cut = rowCutter({ ...options, source, onEmpty: (line) => warnings.add("an empty row was left out", line) });
  const isText = (text: string) => text.trim() !== "" || keepEmpty;
  return {
    *rows(lines) {
      let count = 0;
      for (const { text: raw, label, line } of cut(lines)) {
        const text = raw.trim();
        if (label === "") warnings.add("no label, left out", line);
        else if (!isText(text)) warnings.add("no text, left out", line);
        else {
          if (text === "") warnings.add("no text, read as one unknown token", line);
          if (numeric && !isNumber(label))
            fail({ where: `${source}:${line}`, expected: "a number", received: JSON.stringify(label), code: "data" });
          count++;
          yield { text, label, line };
        }
      }
      if (count === 0) fail({ where: source, expected: "rows of text and label", received: "none", code: "data" });
    },
    row(lines) {
      for (const { text, label } of cut(lines)) return { text: text.trim(), label };
      return fail({ where: source, problem: "a row is gone: the file changed", code: "file" });
    },
    warnings: warnings.list,
  };
}

interface RawRow {
  text: string;
  label: string;
  line: number;
}

/** Cuts rows by the file's format. Called again, it goes on with the columns and without a header. */
function rowCutter(
  options: LabeledOptions & { source: string; onEmpty(line: number): void },
): (lines: Iterable<string>) => Iterable<RawRow> {
  const { source, recognized, onEmpty } = options;
  const { format, separator, header, columns = {} } = recognized;
  if (format === "jsonl") return (lines) => jsonTexts(lines, source, columns);
  if (format === "label-first") return (lines) => labelFirst(lines, onEmpty);
  if (format !== "tsv" && format !== "csv") {
    const expected = "texts with labels: TSV, CSV, JSONL, or a label before each line's text";
    fail({ where: source, expected, received: format, code: "data" });
  }
  const tabs = separator === "\t" || (separator === undefined && format === "tsv");
  let found: { width: number; text: number; label: number } | undefined;
  return function* (lines) {
    const style = { source, separator: separator ?? (tabs ? "\t" : ","), quotes: !tabs, onEmpty, width: found?.width };
    for (const row of tableRows(lines, style)) {
      if (!found) {
        const table = { header: header ? row.cells.map((name) => name.trim()) : undefined, rows: [row], source };
        const [text, label] = [columnOf(table, columns.text ?? 0), columnOf(table, columns.label ?? -1)];
        found = { width: row.cells.length, text, label };
        if (header) continue;
      }
      yield { text: row.cells[found.text]!, label: row.cells[found.label]!.trim(), line: row.line };
    }
  };
}

function* jsonTexts(
  lines: Iterable<string>,
  source: string,
  { text: textName = "text", label: labelName = "label" }: NonNullable<Recognized["columns"]>,
): Generator<RawRow> {
  for (const { value, line } of jsonRows(lines, source)) {
    const field = (name: string) => {
      const found = value[name];
      if (found === undefined) {
        const received = Object.keys(value).join(", ") || "no fields";
        fail({ where: `${source}:${line}`, expected: `a field "${name}"`, received, code: "data" });
      }
      return found === null ? "" : String(found);
    };
    yield { text: field(String(textName)), label: field(String(labelName)), line };
  }
}

function* labelFirst(lines: Iterable<string>, onEmpty: (line: number) => void): Generator<RawRow> {
  let line = 0;
  for (const row of lines) {
    line++;
    const found = /^\s*(\S+)\s*(.*)$/s.exec(row);
    if (found) yield { text: found[2]!, label: found[1]!.replace("__label__", ""), line };
    else onEmpty(line);
  }
}

// Texts with labels (or with numbers), from any of the forms in which people keep them.
import { fail } from "../../base/index.ts";
import type { RowsOrList } from "../rows.ts";
import { isNumber } from "../series/numbers.ts";
import {
  type Column,
  type FormatOptions,
  fieldOf,
  jsonRecognized,
  labelName,
  type Recognized,
  type RowFormat,
  textField,
} from "./format.ts";
import { linesOf, type ReadWarning, warningLog } from "./lines.ts";
import type { RowReader } from "./reader.ts";
import { describeColumn, describeTable, tableFormat, tableIn } from "./recognize-table.ts";
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

export type LabeledOptions = Pick<
  FormatOptions,
  "source" | "recognized" | "textColumn" | "labelColumn" | "keepEmpty" | "numeric"
>;

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

/** The same row by row, so that files may stay on disk. */
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

interface Columns {
  text: Column | undefined;
  label: Column | undefined;
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
  const { format, separator, header } = recognized;
  const columns: Columns = {
    text: options.textColumn ?? recognized.columns?.text,
    label: options.labelColumn ?? recognized.columns?.label,
  };
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
  { text: textField = "text", label: labelField = "label" }: Columns,
): Generator<RawRow> {
  for (const { value, line } of jsonRows(lines, source)) {
    const field = (name: string) => {
      const found = value[name];
      if (found === undefined) {
        const received = Object.keys(value).join(", ") || "no fields";
        fail({ where: `${source}:${line}`, expected: `a field "${name}"`, received, code: "data" });
      }
      if (Array.isArray(found) && found.length > 1) {
        const hint = "a classifier gives each text one label";
        fail({
          where: `${source}:${line}`,
          expected: `one "${name}"`,
          received: JSON.stringify(found),
          hint,
          code: "data",
        });
      }
      const one: unknown = Array.isArray(found) ? found[0] : found;
      return one === null || one === undefined ? "" : String(one);
    };
    yield { text: field(String(textField)), label: field(String(labelField)).trim(), line };
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

const kinds = ["classification", "regression"] as const;

/** A table with a column of texts and one of labels. */
export const labeledTable: RowFormat<RowReader<LabeledText>> = {
  kinds,
  names: ["tsv", "csv"],
  reader: labeledReader,
  recognize(sample) {
    const table = tableIn(sample);
    if (table?.role !== "labeled") return undefined;
    const { text, label, real, separator, header } = table;
    const what = `${real ? "texts with numbers" : classesOf(table.classes)}: text in ${describeColumn(table, text!)}, label in ${describeColumn(table, label!)}`;
    return {
      kind: real ? "regression" : "classification",
      format: tableFormat(table),
      separator,
      header,
      columns: { text: text!, label: label! },
      message: `${what}; ${describeTable(table)}`,
    };
  },
};

/** The classes that the beginning of a file shows; a file that is sorted by label shows one. */
function classesOf(classes: readonly string[]): string {
  if (classes.length < 2) return "texts with labels";
  return `texts of ${classes.length} classes (${classes.slice(0, 6).join(", ")}${classes.length > 6 ? ", ..." : ""})`;
}

/** JSON objects with a text and a label; Doccano's lists of one label too. */
export const labeledJsonl: RowFormat<RowReader<LabeledText>> = {
  kinds,
  names: ["jsonl"],
  reader: labeledReader,
  recognize(sample) {
    const text = textField(sample.records);
    const label = fieldOf(sample.records, labelName);
    if (text === undefined || label === undefined || text === label) return undefined;
    const values = sample.records.map((record) => record[label]);
    if (values.some((value) => Array.isArray(value) && value.some((item) => typeof item !== "string")))
      return undefined;
    const real = values.some((value) => typeof value === "number" && !Number.isInteger(value));
    const what = real ? "texts with numbers" : "texts with labels";
    return jsonRecognized(sample, real ? "regression" : "classification", what, { text, label });
  },
};

/** `0 a long string of words` and fastText's `__label__x a long string`. */
export const labelFirstLines: RowFormat<RowReader<LabeledText>> = {
  kinds,
  names: ["label-first"],
  reader: labeledReader,
  recognize({ filled }): Recognized | undefined {
    const labels = filled.map((line) => /^(\S+)(?=\s|$)/.exec(line)?.[1]);
    const classes = new Set(labels);
    const share = (pattern: RegExp) => filled.filter((line) => pattern.test(line)).length / filled.length;
    if (filled.length === 0 || share(/^\S+\s+\S/) < 0.99) return undefined; // a few texts may be empty
    const marked = labels.every((label) => label?.startsWith("__label__"));
    const digits = labels.every((label) => label !== undefined && /^-?\d$/.test(label));
    const several = classes.size > 1 && filled.length >= 4 * classes.size;
    // A file that is sorted by label begins with many lines of one.
    const sorted = classes.size === 1 && filled.length >= 20 && share(/^\S+\s.*\p{L}/u) >= 0.99;
    if (!(marked || (digits && (several || sorted)))) return undefined;
    const names = [...classes].map((label) => label!.replace("__label__", "")).sort();
    const message = `${classesOf(names)}: each line begins with its label`;
    return { kind: "classification", format: "label-first", separator: " ", message };
  },
};

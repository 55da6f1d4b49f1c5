// Texts with labels (or with numbers), from any of the forms in which people keep them.
import { fail } from "../../base/index.ts";
import { linesOf, type ReadOptions, type ReadWarning, warningLog } from "./lines.ts";
import type { Recognised } from "./recognise.ts";
import { isNumber } from "./series.ts";
import { columnOf, readCsv, readJsonl, readTsv } from "./tables.ts";

export interface LabelledText {
  text: string;
  /** As it stands in the file; a number's digits where the task is regression. */
  label: string;
  /** From 1. */
  line?: number;
}

export interface LabelledData {
  rows: readonly LabelledText[];
  /** The file's name, for messages. */
  source?: string;
  warnings?: readonly ReadWarning[];
}

export interface LabelledOptions extends ReadOptions {
  /** What `recognise` says of the file: its format, header and columns. */
  recognised: Pick<Recognised, "format" | "separator" | "header" | "columns">;
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
 */
export function readLabelled(text: string, options: LabelledOptions): Required<LabelledData> {
  const { source = "labelled", keepEmpty = false, numeric = false } = options;
  const warnings = warningLog();
  const rows: (LabelledText & { line: number })[] = [];
  for (const { text: raw, label, line } of rowsOf(text, { ...options, source })) {
    const trimmed = raw.trim();
    if (label === "") warnings.add("no label, left out", line);
    else if (trimmed === "" && !keepEmpty) warnings.add("no text, left out", line);
    else {
      if (trimmed === "") warnings.add("no text, read as one unknown token", line);
      if (numeric && !isNumber(label)) {
        fail({ where: `${source}:${line}`, expected: "a number", received: JSON.stringify(label), code: "data" });
      }
      rows.push({ text: trimmed, label, line });
    }
  }
  if (rows.length === 0) fail({ where: source, expected: "rows of text and label", received: "none", code: "data" });
  return { rows, source, warnings: warnings.list() };
}

function* rowsOf(
  text: string,
  { source, recognised }: LabelledOptions & { source: string },
): Generator<{ text: string; label: string; line: number }> {
  const { format, separator, header, columns = {} } = recognised;
  if (format === "jsonl") {
    const { text: textName = "text", label: labelName = "label" } = columns;
    for (const { value, line } of readJsonl(text, { source })) {
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
  } else if (format === "label-first") {
    let line = 0;
    for (const row of linesOf(text)) {
      line++;
      if (row.trim() === "") continue;
      const found = /^\s*(\S+)\s*(.*)$/s.exec(row)!;
      yield { text: found[2]!, label: found[1]!.replace("__label__", ""), line };
    }
  } else if (format === "tsv" || format === "csv") {
    const read = separator === "\t" || (separator === undefined && format === "tsv") ? readTsv : readCsv;
    const table = read(text, { source, header, ...(separator ? { separator } : {}) });
    const [textColumn, labelColumn] = [columnOf(table, columns.text ?? 0), columnOf(table, columns.label ?? -1)];
    for (const { cells, line } of table.rows) {
      yield { text: cells[textColumn]!, label: cells[labelColumn]!.trim(), line };
    }
  } else {
    const expected = "texts with labels: TSV, CSV, JSONL, or a label before each line's text";
    fail({ where: source, expected, received: format, code: "data" });
  }
}

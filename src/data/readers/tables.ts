// Rows of cells: TSV, CSV with the quoting of RFC 4180, and JSONL. Text in, rows with their line numbers out.
import { fail } from "../../base/index.ts";
import { isNumber } from "../series/numbers.ts";
import { linesOf, type ReadOptions } from "./lines.ts";

export interface TableOptions extends ReadOptions {
  /** Whether the first row names the columns. Default `auto`: see {@link Table.header}. */
  header?: boolean | "auto";
  /** Default: a tab for TSV, a comma for CSV. */
  separator?: string;
  /** Whether `"` quotes a cell. Default: true for CSV, false for TSV, where a quotation mark is a letter like any other. */
  quotes?: boolean;
}

export interface TableRow {
  cells: string[];
  /** Where the row begins, from 1. */
  line: number;
}

export interface Table {
  /**
   * The names of the columns, or undefined. `auto` takes the first row for names where they are short, unlike, not
   * numbers, and either one stands over a column of numbers, or one is a usual name (text, label, source, ...).
   */
  header: string[] | undefined;
  /** All with the same number of cells. Empty lines are left out. */
  rows: TableRow[];
  /** The file's name, for messages. */
  source: string;
}

/**
 * Reads tab-separated rows.
 * @throws UnrolledError with `file:line` where a row has another number of cells than the first
 */
export function readTsv(text: string | Iterable<string>, options: TableOptions = {}): Table {
  return readTable(text, { source: "tsv", separator: "\t", quotes: false, ...options });
}

/**
 * Reads comma-separated rows; a quoted cell may hold separators, line breaks (as LF) and quotes written twice.
 * @throws UnrolledError with `file:line` where a row has another number of cells than the first, or a quote does not close
 */
export function readCsv(text: string | Iterable<string>, options: TableOptions = {}): Table {
  return readTable(text, { source: "csv", separator: ",", quotes: true, ...options });
}

function readTable(text: string | Iterable<string>, { header = "auto", ...options }: TableOptions & RowOptions): Table {
  const rows = [...tableRows(linesOf(text), options)];
  const named = header === "auto" ? looksLikeHeader(rows) : header;
  return {
    header: named ? rows.shift()?.cells.map((name) => name.trim()) : undefined,
    rows,
    source: options.source,
  };
}

/** How rows are cut; `width`: the cells that each must have, else as many as the first. */
export interface RowOptions {
  source: string;
  /** `auto`: the one of tab, `;` and `,` that the first row has. Excel's line `sep=;` is obeyed in any case. */
  separator: string;
  quotes?: boolean;
  width?: number;
  /** What a line begins with that is no row. */
  comment?: string;
  /** Called with the line of each empty row, which is left out. */
  onEmpty?(line: number): void;
  onSeparator?(separator: string): void;
}

/** A tab, else a semicolon, else a comma. */
const separatorOf = (row: string): string => (row.includes("\t") ? "\t" : row.includes(";") ? ";" : ",");

/** Excel's first line `sep=;`: the separator in it. */
export const excelSeparator = (line: string): string | undefined =>
  /^"?sep=([,;|\t])"?$/i.exec(line.trimEnd() || line)?.[1];

/** Rows as they come, the header among them. @throws UnrolledError with `file:line` */
export function* tableRows(lines: Iterable<string>, options: RowOptions): Generator<TableRow> {
  const { source, quotes = false, comment, onEmpty, onSeparator } = options;
  let { width, separator } = options;
  let line = 0;
  let open: { text: string; line: number } | undefined; // a row whose last quote has not closed yet
  for (const part of lines) {
    line++;
    if (!open && part.trim() === "" && (part === "" || quotes)) {
      onEmpty?.(line);
      continue;
    }
    if (!open && comment !== undefined && part.startsWith(comment)) continue;
    if (line === 1) {
      const given = excelSeparator(part);
      if (given !== undefined) {
        separator = given;
        onSeparator?.(separator);
        continue;
      }
    }
    if (separator === "auto") {
      separator = separatorOf(part);
      onSeparator?.(separator);
    }
    const row = open ? { text: `${open.text}\n${part}`, line: open.line } : { text: part, line };
    if (quotes && isOpen(part, open !== undefined)) {
      open = row;
      continue;
    }
    open = undefined;
    const where = `${source}:${row.line}`;
    const cells =
      quotes && row.text.includes('"') ? quotedCells(row.text, separator, where) : row.text.split(separator);
    width ??= cells.length;
    if (cells.length !== width) {
      fail({
        where,
        expected: `${width} cells as in the first row`,
        received: String(cells.length),
        hint: quotes
          ? `a cell that holds ${separator === "\t" ? "a tab" : JSON.stringify(separator)} must be in quotes`
          : "quotes are ordinary characters in TSV: convert the file to CSV if its cells are quoted (in the library, quotes: true)",
        code: "data",
      });
    }
    yield { cells, line: row.line };
  }
  if (open) fail({ where: `${source}:${open.line}`, problem: "a quote that begins here does not close", code: "data" });
}

/** Whether a quote is open at the end of a line: each `"` opens or closes, and the doubled ones cancel out. */
function isOpen(line: string, before: boolean): boolean {
  let open = before;
  for (let i = line.indexOf('"'); i >= 0; i = line.indexOf('"', i + 1)) open = !open;
  return open;
}

function quotedCells(text: string, separator: string, where: string): string[] {
  const cells: string[] = [];
  for (let i = 0; ; ) {
    if (text[i] !== '"') {
      const end = text.indexOf(separator, i);
      const cell = text.slice(i, end < 0 ? undefined : end);
      if (cell.includes('"')) {
        fail({
          where,
          problem: `a quote inside the cell ${JSON.stringify(cell.slice(0, 40))} that does not begin with one`,
          hint: 'put the cell in quotes and double the quotes inside it, as in "a ""b"" c" (in the library, quotes: false reads quotes as text)',
          code: "data",
        });
      }
      cells.push(cell);
      if (end < 0) return cells;
      i = end + separator.length;
      continue;
    }
    let end = i + 1;
    while (text[end] !== '"' || text[end + 1] === '"') end += text[end] === '"' ? 2 : 1;
    cells.push(text.slice(i + 1, end).replaceAll('""', '"'));
    i = end + 1;
    if (i === text.length) return cells;
    if (!text.startsWith(separator, i)) {
      const after = JSON.stringify(text.slice(i, i + 20));
      fail({ where, expected: "a separator after a closing quote", received: after, code: "data" });
    }
    i += separator.length;
  }
}

const usualNames = new Set(
  (
    "id index text sentence document review comment content title body tokens words label labels class category tag tags " +
    "sentiment rating score source target src tgt input output premise hypothesis question answer date time value name"
  ).split(" "),
);

function looksLikeHeader([first, ...rest]: readonly TableRow[]): boolean {
  if (!first || rest.length === 0) return false;
  const names = first.cells.map((cell) => cell.trim().toLowerCase());
  const plausible = names.every((name) => name !== "" && name.length <= 40 && !isNumber(name));
  if (!plausible || new Set(names).size < names.length) return false;
  const sample = rest.slice(0, 100);
  const overNumbers = names.some((_, column) => sample.every(({ cells }) => isNumber(cells[column]!)));
  return overNumbers || names.some((name) => usualNames.has(name));
}

/**
 * The place of a column, given by name or by number (from 0; negative counts from the last).
 * @throws UnrolledError that lists the columns there are
 */
export function columnOf({ header, rows, source }: Table, column: string | number): number {
  const width = header?.length ?? rows[0]?.cells.length ?? 0;
  if (typeof column === "number") {
    const place = column < 0 ? width + column : column;
    if (Number.isInteger(place) && place >= 0 && place < width) return place;
  } else {
    const place = header?.indexOf(column) ?? -1;
    if (place >= 0) return place;
  }
  return fail({
    where: source,
    expected: typeof column === "number" ? `a column ${place1(column)}` : `a column named "${column}"`,
    received: header ? header.map((name) => `"${name}"`).join(", ") : `${width} columns without names`,
    code: "data",
  });
}

/** As people count columns: from 1. */
const place1 = (column: number) => (column < 0 ? `${column}, counted from the last,` : `${column + 1}`);

/** An object of a JSONL file. */
export interface JsonRow {
  value: Record<string, unknown>;
  /** From 1. */
  line: number;
}

/**
 * Reads one JSON object a line; empty lines are left out.
 * @throws UnrolledError with `file:line` where a line is something else
 */
export function readJsonl(text: string | Iterable<string>, { source = "jsonl" }: ReadOptions = {}): JsonRow[] {
  return [...jsonRows(linesOf(text), source)];
}

/** Objects as they come. @throws UnrolledError with `file:line` */
export function* jsonRows(lines: Iterable<string>, source: string): Generator<JsonRow> {
  let line = 0;
  for (const part of lines) {
    line++;
    if (part.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(part);
    } catch {
      value = undefined;
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      const received = JSON.stringify(part.length > 60 ? `${part.slice(0, 60)}...` : part);
      const hint = "JSONL has one whole object a line: correct this line, or delete it";
      fail({ where: `${source}:${line}`, expected: "a JSON object", received, hint, code: "data" });
    }
    yield { value: value as Record<string, unknown>, line };
  }
}

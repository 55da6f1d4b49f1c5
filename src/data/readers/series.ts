// Series of numbers: columns of a CSV file, one row a time step.
import { fail } from "../../base/index.ts";
import { linesOf, type ReadOptions, type ReadWarning, warningLog } from "./lines.ts";

export interface SeriesOptions extends ReadOptions {
  /** The columns to read, by name or place from 0. Default: all that hold numbers. */
  columns?: readonly (string | number)[];
  /** Default: the one of tab, `;` and `,` that cuts the first rows alike. */
  separator?: "," | ";" | "\t";
}

export interface SeriesData {
  /** The columns' names: from the header, or `column 1` and so on. */
  names: string[];
  /** One series a column, in time order. */
  series: Float64Array[];
  /** Time steps. */
  length: number;
  source: string;
  warnings: ReadWarning[];
}

/**
 * Reads numeric columns. A missing value (empty, `NA`, `NaN`, `?`) takes the one before it and is counted. With `;`
 * between columns a comma is a decimal point.
 *
 * @throws UnrolledError with `file:line` for a wrong number of columns or a cell that is no number
 */
export function readSeries(text: string | Iterable<string>, options: SeriesOptions = {}): SeriesData {
  const { source = "series" } = options;
  const warnings = warningLog();
  const rows: { cells: string[]; line: number }[] = [];
  let separator = options.separator;
  let line = 0;
  for (const row of linesOf(text)) {
    line++;
    if (row.trim() === "") warnings.add("an empty row was left out", line);
    if (row.trim() === "" || row.startsWith("#")) continue;
    separator ??= row.includes("\t") ? "\t" : row.includes(";") ? ";" : ",";
    const cells = row.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
    const width = rows[0]?.cells.length ?? cells.length;
    if (cells.length !== width) {
      fail({ where: `${source}:${line}`, expected: `${width} columns`, received: String(cells.length), code: "data" });
    }
    rows.push({ cells, line });
  }
  if (rows.length === 0) fail({ where: source, expected: "rows of numbers", received: "an empty file", code: "data" });
  const commas = separator === ";";
  const first = rows[0]!.cells;
  const header = first.some((cell) => !isNumber(cell, commas) && !isMissing(cell) && !isTime(cell));
  const body = header ? rows.slice(1) : rows;
  const allNames = first.map((cell, i) => (header && cell ? cell : `column ${i + 1}`));
  const chosen = options.columns
    ? options.columns.map((column) => columnOf(column, allNames, source))
    : numericColumns(body, first.length, commas);
  if (chosen.length === 0 || body.length === 0) {
    fail({ where: source, expected: "a column of numbers", received: `columns ${allNames.join(", ")}`, code: "data" });
  }
  const series = chosen.map((column) => {
    const values = new Float64Array(body.length);
    body.forEach(({ cells, line: at }, t) => {
      const cell = cells[column]!;
      if (isMissing(cell)) {
        values[t] = t > 0 ? values[t - 1]! : nextNumber(body, column, commas);
        warnings.add(`a missing value in "${allNames[column]}" took its neighbor's`, at);
      } else if (isNumber(cell, commas)) values[t] = toNumber(cell, commas);
      else {
        const received = JSON.stringify(cell);
        fail({ where: `${source}:${at}`, expected: `a number in "${allNames[column]}"`, received, code: "data" });
      }
    });
    return values;
  });
  const names = chosen.map((column) => allNames[column]!);
  return { names, series, length: body.length, source, warnings: warnings.list() };
}

/** How to bring a series to mean 0 and deviation 1, and back. */
export interface Normalization {
  mean: number;
  deviation: number;
  apply(values: ArrayLike<number>): Float64Array;
  undo(values: ArrayLike<number>): Float64Array;
}

/** Takes mean and deviation from the training part alone; a constant series keeps deviation 1. */
export function normalization(training: ArrayLike<number>): Normalization {
  const n = Math.max(1, training.length);
  let mean = 0;
  for (let i = 0; i < training.length; i++) mean += training[i]! / n;
  let variance = 0;
  for (let i = 0; i < training.length; i++) variance += (training[i]! - mean) ** 2 / n;
  const deviation = Math.sqrt(variance) || 1;
  return {
    mean,
    deviation,
    apply: (values) => Float64Array.from(values, (value) => (value - mean) / deviation),
    undo: (values) => Float64Array.from(values, (value) => value * deviation + mean),
  };
}

/** Whether a cell is a finite number, in English or (with `commas`) in continental writing. */
export function isNumber(cell: string, commas = false): boolean {
  const decimal = commas ? /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i : /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  return decimal.test(cell.trim()) && Number.isFinite(toNumber(cell.trim(), commas));
}

const toNumber = (cell: string, commas: boolean) => Number(commas ? cell.replace(",", ".") : cell);
/** Whether a cell says that there is no number. */
export const isMissing = (cell: string) => /^(|na|n\/a|nan|null|none|\?|-)$/i.test(cell);
const isTime = (cell: string) => /^\d{1,4}[-/.:]\d{1,2}([-/.:]\d{1,4})?([ T].*)?$/.test(cell);

type Rows = readonly { cells: string[] }[];

/** Columns whose first filled cells are numbers; one that counts the rows (1, 2, 3 ...) is an index and left out. */
function numericColumns(rows: Rows, width: number, commas: boolean): number[] {
  const sample = rows.slice(0, 100);
  const numeric = Array.from({ length: width }, (_, i) => i).filter((column) => {
    const filled = sample.map(({ cells }) => cells[column]!).filter((cell) => !isMissing(cell));
    return filled.length > 0 && filled.every((cell) => isNumber(cell, commas));
  });
  const counts = (column: number) =>
    sample.length > 2 && sample.every(({ cells }, t) => Number(cells[column]) === Number(sample[0]!.cells[column]) + t);
  return numeric.length > 1 ? numeric.filter((column) => column > 0 || !counts(column)) : numeric;
}

function nextNumber(rows: Rows, column: number, commas: boolean): number {
  const cell = rows.map(({ cells }) => cells[column]!).find((text) => isNumber(text, commas));
  return cell === undefined ? 0 : toNumber(cell, commas);
}

function columnOf(column: string | number, names: readonly string[], source: string): number {
  const at = typeof column === "number" ? column : names.indexOf(column);
  if (names[at] !== undefined) return at;
  return fail({ where: source, expected: `one of the columns ${names.join(", ")}`, received: String(column) });
}

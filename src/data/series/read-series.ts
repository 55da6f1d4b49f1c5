// Series of numbers: columns of a CSV or TSV file, one row a time step, perhaps with dates.
import { fail } from "../../base/index.ts";
import { linesOf, type ReadOptions, type ReadWarning, warningLog } from "../readers/lines.ts";
import { type TableRow, tableRows } from "../readers/tables.ts";
import { type DateStyle, dateStyle, findGaps, isoDate, parseDate, timeStep } from "./dates.ts";
import { growingNumbers } from "./growing.ts";
import { isMissing, type NumberStyle, numberStyle, parseNumber } from "./numbers.ts";

export interface SeriesOptions extends ReadOptions {
  /** The columns to read, by name or by place from 0. Default: all that hold numbers. */
  columns?: readonly (string | number)[];
  /** A column, by name, that must be among those read; it then comes first. */
  target?: string;
  /** Default: the one of tab, `;` and `,` that the first row has. */
  separator?: "," | ";" | "\t";
  /** The first row holds names. Default: where it holds a cell that is neither number nor date. */
  header?: boolean;
}

export interface SeriesData {
  /** The columns' names: from the header, or `column 1` and so on. */
  names: string[];
  /** One series a column, in time order. */
  series: Float64Array[];
  /** Time steps. */
  length: number;
  /** Milliseconds since 1970 (UTC) of each time step, where a column of dates was found; they go up. */
  dates?: Float64Array;
  source: string;
  /** What was done that the user should know: columns left out, rows reversed, how dates were read. */
  notes: string[];
  warnings: ReadWarning[];
}

/** Rows by which the columns are told apart. */
const sampleSize = 400;

/**
 * Reads numeric columns; columns of texts and empty ones are left out with a note. A missing value (empty, `NA`, `NaN`, `?`)
 * takes the value before it and is counted. Thousands separators and decimal commas are read off each column. Where a column
 * holds dates, rows that are newest first or out of order are put in time order, and gaps are reported.
 *
 * @throws UnrolledError with `file:line` for a row with another number of columns, or a cell that is no number
 *
 * @example
 * ```ts
 * const series = readSeries(await readText("sales.csv"), { source: "sales.csv" });
 * ```
 */
export function readSeries(text: string | Iterable<string>, options: SeriesOptions = {}): SeriesData {
  const { source = "series" } = options;
  const warnings = warningLog();
  let separator = options.separator ?? "";
  const rows = tableRows(linesOf(text), {
    source,
    separator: options.separator ?? "auto",
    quotes: true,
    comment: "#",
    onSeparator: (found) => {
      separator = found;
    },
    onEmpty: (line) => warnings.add("an empty row was left out", line),
  });
  const sample: TableRow[] = [];
  for (let next = rows.next(); !next.done; next = rows.next()) {
    sample.push(next.value);
    if (sample.length > sampleSize) break;
  }
  if (sample.length === 0)
    fail({ where: source, expected: "rows of numbers", received: "an empty file", code: "data" });
  const layout = layoutOf(sample, options, separator);
  const { names, chosen, notes } = layout;
  if (layout.header) sample.shift();
  const columns = chosen.map(() => growingNumbers());
  const dated = layout.date === undefined ? undefined : dateColumn(layout.date, source);
  const take = ({ cells, line }: TableRow) => {
    if (dated && !dated.add(cells[dated.place]!, line)) warnings.add(noDate, line);
    chosen.forEach(({ place, style }, i) => {
      const cell = cells[place]!;
      const value = isMissing(cell) ? Number.NaN : parseNumber(cell, style);
      if (Number.isNaN(value)) {
        if (isMissing(cell)) warnings.add(`a missing value in "${names[place]}" took its neighbor's`, line);
        else {
          const [expected, received] = [`a number in "${names[place]}"`, JSON.stringify(cell)];
          fail({ where: `${source}:${line}`, expected, received, code: "data" });
        }
      }
      columns[i]!.push(value);
    });
  };
  sample.forEach(take);
  for (let next = rows.next(); !next.done; next = rows.next()) take(next.value);
  const length = columns[0]?.length() ?? 0;
  if (chosen.length === 0 || length === 0)
    fail({ where: source, expected: "a column of numbers", received: `columns ${names.join(", ")}`, code: "data" });
  let series = columns.map((column) => column.list());
  const dates = dated?.dates(notes);
  const order = dates && timeOrder(dates, notes);
  if (order) series = series.map((values) => values.map((_, t) => values[order[t]!]!));
  const sorted = order && dates ? dates.map((_, t) => dates[order[t]!]!) : dates;
  series.forEach(fillMissing);
  if (sorted) notes.push(...gapNotes(sorted));
  return {
    names: chosen.map(({ place }) => names[place]!),
    series,
    length,
    ...(sorted ? { dates: sorted } : {}),
    source,
    notes,
    warnings: warnings.list(),
  };
}

const noDate = "no date; the rows are kept in the file's order";

interface Layout {
  header: boolean;
  names: string[];
  chosen: { place: number; style: NumberStyle }[];
  date?: { place: number; name: string; style: DateStyle };
  notes: string[];
}

/** What the columns are, from the first rows. */
function layoutOf(sample: readonly TableRow[], options: SeriesOptions, separator: string): Layout {
  const { source = "series", columns, target } = options;
  const decimalComma = separator === ";";
  const first = sample[0]!.cells;
  const header = options.header ?? isHeader(sample, decimalComma);
  const body = (header ? sample.slice(1) : sample).map(({ cells }) => cells);
  const names = first.map((cell, i) => (header && cell.trim() ? cell.trim() : `column ${i + 1}`));
  const notes: string[] = [];
  const cellsOf = (place: number) => body.map((cells) => cells[place]!);
  const found = first.map((_, place) => describeColumn(cellsOf(place), decimalComma));
  const dates = found.flatMap(({ date }, place) => (date ? [{ place, name: names[place]!, style: date }] : []));
  const date = dates[0];
  const at = (column: string | number): number => {
    const place = typeof column === "number" ? column : names.indexOf(column);
    if (names[place] !== undefined) return place;
    const expected = `one of the columns ${names.join(", ")}`;
    return fail({ where: source, expected, received: String(column), code: "data" });
  };
  let places = columns?.map(at);
  if (!places) {
    const numeric = found.flatMap(({ kind }, place) => (kind === "number" ? [place] : []));
    // A column that only counts the rows is an index.
    places = numeric.length > 1 ? numeric.filter((place) => place > 0 || !countsRows(cellsOf(place))) : numeric;
    const list = (kind: string) => found.flatMap((one, place) => (one.kind === kind ? [`"${names[place]}"`] : []));
    const [texts, empty] = [list("text"), list("empty")];
    if (texts.length > 0) notes.push(`not numbers, left out: ${texts.join(", ")}`);
    if (empty.length > 0) notes.push(`empty, left out: ${empty.join(", ")}`);
  }
  if (target !== undefined) {
    const place = at(target);
    if (found[place]!.kind !== "number") {
      const numbers = places.map((one) => names[one]).join(", ");
      const received = `"${target}", which holds ${{ text: "texts", empty: "nothing", date: "dates" }[found[place]!.kind as "text"]}`;
      fail({ where: source, expected: `a column of numbers to forecast (${numbers})`, received, code: "data" });
    }
    places = [place, ...places.filter((one) => one !== place)];
  }
  const chosen = places.map((place) => ({ place, style: found[place]!.style ?? { decimal: "." } }));
  return { header, names, chosen, ...(date ? { date } : {}), notes };
}

interface ColumnKind {
  kind: "number" | "date" | "text" | "empty";
  style?: NumberStyle;
  date?: DateStyle;
}

function describeColumn(cells: readonly string[], decimalComma: boolean): ColumnKind {
  const filled = cells.filter((cell) => !isMissing(cell));
  if (filled.length === 0) return { kind: "empty" };
  const style = numberStyle(filled, { decimalComma });
  const numbers = filled.filter((cell) => !Number.isNaN(parseNumber(cell, style))).length;
  // 20240131 is a number and a date: a date where all are, one after another.
  const compact = numbers === filled.length && filled.every((cell) => /^(19|20)\d{6}$/.test(cell.trim()));
  const date = numbers < filled.length || compact ? dateStyle(filled) : undefined;
  if (date) return { kind: "date", date };
  const enough = filled.length < 50 ? filled.length * 0.5 : filled.length * 0.95;
  return numbers > 0 && numbers >= enough ? { kind: "number", style } : { kind: "text" };
}

/** Whether the first row holds names: some cell is neither number nor date, while the cells below it are. */
function isHeader(sample: readonly TableRow[], decimalComma: boolean): boolean {
  const isValue = (cell: string) =>
    isMissing(cell) ||
    !Number.isNaN(parseNumber(cell, numberStyle([cell], { decimalComma }))) ||
    dateStyle([cell]) !== undefined;
  return sample[0]!.cells.some((cell, place) => {
    if (isValue(cell)) return false;
    const below = sample.slice(1, 50).filter(({ cells }) => isValue(cells[place]!)).length;
    return below > 0 || sample[0]!.cells.every((one) => !isValue(one));
  });
}

function countsRows(cells: readonly string[]): boolean {
  const first = Number(cells[0]);
  return cells.length > 2 && cells.every((cell, t) => cell.trim() !== "" && Number(cell) === first + t);
}

/** Dates as they come: under both readings where day and month are not told apart, so that later rows may decide. */
function dateColumn({ place, name, style }: { place: number; name: string; style: DateStyle }, source: string) {
  const orders =
    style.order === "ymd" ? (["ymd"] as const) : ([style.order, style.order === "dmy" ? "mdy" : "dmy"] as const);
  const columns = orders.map(() => growingNumbers());
  const faults = orders.map(() => 0);
  return {
    place,
    add(cell: string, line: number): boolean {
      const dates = orders.map((order) => parseDate(cell, { order }));
      if (dates.every(Number.isNaN) && !isMissing(cell))
        fail({
          where: `${source}:${line}`,
          expected: `a date in "${name}"`,
          received: JSON.stringify(cell),
          code: "data",
        });
      dates.forEach((date, i) => {
        columns[i]!.push(date);
        if (Number.isNaN(date)) faults[i]!++;
      });
      return !dates.every(Number.isNaN);
    },
    dates(notes: string[]): Float64Array | undefined {
      const best = (faults[1] ?? Infinity) < faults[0]! ? 1 : 0;
      const order = orders[best]!;
      const written = { dmy: "day first", mdy: "month first", ymd: "" }[order];
      const doubtful = !style.certain && faults.every((count) => count === faults[0]);
      if (written)
        notes.push(
          `dates in "${name}" are read ${written}${doubtful ? ", which is a guess: write them as 2024-12-31 to be sure" : ""}`,
        );
      const all = columns[best]!.list();
      return all.some(Number.isNaN) ? undefined : all;
    },
  };
}

/** The order of rows in time, where the file's is another. */
function timeOrder(dates: Float64Array, notes: string[]): Int32Array | undefined {
  let [up, down] = [0, 0];
  for (let t = 1; t < dates.length; t++) {
    if (dates[t]! > dates[t - 1]!) up++;
    else if (dates[t]! < dates[t - 1]!) down++;
  }
  if (down === 0) return undefined;
  const n = dates.length;
  if (up === 0) {
    notes.push("the file is newest first: read from its end");
    return Int32Array.from({ length: n }, (_, t) => n - 1 - t);
  }
  notes.push(`${Math.min(up, down)} rows are out of order: sorted by date`);
  // Rows of one date keep their order, in a file that is newest first the reverse of it.
  const sign = down > up ? -1 : 1;
  return Int32Array.from({ length: n }, (_, t) => t).sort((a, b) => dates[a]! - dates[b]! || sign * (a - b));
}

/** Gaps and dates that occur twice. */
function gapNotes(dates: Float64Array): string[] {
  const notes: string[] = [];
  const gaps = timeStep(dates) ? findGaps(dates) : [];
  if (gaps.length > 0) {
    const some = gaps.slice(0, 3).map((i) => `between ${isoDate(dates[i]!)} and ${isoDate(dates[i + 1]!)}`);
    notes.push(
      `${gaps.length} ${gaps.length === 1 ? "gap" : "gaps"} in the dates, ${some.join(", ")}${gaps.length > 3 ? ", ..." : ""}: each row is taken for one time step all the same`,
    );
  }
  let twice = 0;
  for (let t = 1; t < dates.length; t++) if (dates[t] === dates[t - 1]) twice++;
  if (twice > 0)
    notes.push(`${twice} rows have the date of the row before: several series in one file must be split first`);
  return notes;
}

/** A missing value takes the one before it; at the beginning, the first there is. */
function fillMissing(values: Float64Array): void {
  let last = values.find((value) => !Number.isNaN(value)) ?? 0;
  values.forEach((value, t) => {
    if (Number.isNaN(value)) values[t] = last;
    else last = value;
  });
}

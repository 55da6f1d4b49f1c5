// Recognizing tables: the separator, whether there is a header, and what each column holds.
import { dateStyle } from "../series/dates.ts";
import { isMissing, isNumber, numberStyle, parseNumber } from "../series/numbers.ts";
import { labelName, type Sample, textName } from "./format.ts";
import { isPairHeader } from "./pair-header.ts";

export interface Table {
  separator: "\t" | "," | ";" | "|";
  rows: string[][];
}

/** What a table is for: the one question that its formats share. */
export type TableRole = "pairs" | "series" | "labeled";

export interface TableColumns extends Table {
  header: boolean;
  role: TableRole | undefined;
  text?: number;
  label?: number;
  /** The first two columns of texts: a third may be an attribution. */
  pair?: readonly [source: number, target: number];
  /** The label's values in the sample, sorted. */
  classes: string[];
  /** The label is a number with a fraction or with many values: a rating to be regressed. */
  real: boolean;
  /** Columns of numbers. */
  numeric: number[];
}

const tables = new WeakMap<Sample, TableColumns | null>();

/** The sample as a table, with what its columns hold; undefined where it is none. Computed once. */
export function tableIn(sample: Sample): TableColumns | undefined {
  let found = tables.get(sample);
  if (found === undefined) {
    const table = tableOf(sample);
    found = table ? findColumns(table) : null;
    tables.set(sample, found);
  }
  return found ?? undefined;
}

/** Cuts rows by the separator that cuts nearly all of them alike, into two cells or more. */
function tableOf({ filled, extension, separator: given }: Sample): Table | undefined {
  if (filled.length === 0) return undefined;
  const order = given
    ? [given as Table["separator"]]
    : extension === "csv"
      ? ([",", ";", "\t", "|"] as const)
      : (["\t", ";", ","] as const);
  const named = extension === "csv" || extension === "tsv" || given !== undefined;
  // A file that is called a table is one also where many rows are faulty: the reader names the first such line.
  const least = named ? 0.5 : 0.95;
  let best: (Table & { share: number }) | undefined;
  for (const separator of order) {
    // Prose has commas too: without the name .csv, only numbers or quotes are taken for a comma's table.
    if (separator !== "\t" && !named && !filled.slice(0, 50).every(mostlyNumbers(separator))) continue;
    const cut = (some: readonly string[]) =>
      separator === "\t" ? some.map((line) => line.split("\t")) : some.map((line) => cutRow(line, separator));
    // Quotes are mere letters in some files, and hold line breaks in others.
    const ways = separator === "\t" ? [cut(filled)] : [cut(filled), cut(closed(filled))];
    for (const all of ways) {
      const rows = alike(all);
      // The names' row has the separator as often as the others: "1,5;2" under "a;b" is cut by semicolons.
      const share = rows.length / Math.max(1, all.length) + (rows[0] === all[0] ? 0.2 : 0);
      if (rows.length >= all.length * least && (rows[0]?.length ?? 0) > 1 && share > (best?.share ?? 0))
        best = { separator, rows, share };
    }
  }
  return best && { separator: best.separator, rows: best.rows };
}

/** The rows of the usual width. */
function alike(rows: readonly string[][]): string[][] {
  const width = mode(rows.map((row) => row.length));
  return rows.filter((row) => row.length === width);
}

const indexName = /^(id|index|no|nr|key|unnamed.*)?$/i;
/** Names of labels whose numbers are classes rather than ratings. */
const className = /^(labels?|class|category|sentiment|tag|intent|y)$/i;

/** Finds what the columns are, by their names first, by their values else. */
function findColumns({ separator, rows }: Table): TableColumns {
  const first = rows[0]!;
  const named = first.some((cell) => textName.test(cell.trim()) || labelName.test(cell.trim()));
  const columns = Array.from(first, (_, i) => i);
  const decimalComma = separator === ";";
  const valueBelow = (i: number) =>
    rows.length > 1 &&
    rows.slice(1, 20).some((row) => !isMissing(row[i]!)) &&
    rows.slice(1, 20).every((row) => isMissing(row[i]!) || !Number.isNaN(parseNumber(row[i]!, numberStyle([row[i]!]))));
  const blank = (cell: string) => cell.trim() === "";
  const header =
    named ||
    columns.some((i) => valueBelow(i) && !isNumber(first[i]!, true) && !blank(first[i]!)) ||
    namesLabels(first, rows.slice(1));
  const body = header ? rows.slice(1) : rows;
  const names = columns.map((i) => (header ? first[i]!.trim() : ""));
  const found = columns.map((i) =>
    describe(
      body.map((row) => row[i]!.trim()),
      i,
      decimalComma,
    ),
  );
  const index = (i: number) => header && indexName.test(names[i]!);
  const texts = found.filter(({ kind, i }) => kind === "text" && !index(i)).sort((a, b) => b.length - a.length);
  const textByName = texts.find(({ i }) => textName.test(names[i]!));
  const labelByName = found.find(
    ({ i, kind }) => i !== textByName?.i && labelName.test(names[i]!) && (kind !== "empty" || body.length === 0),
  );
  const text =
    textByName ??
    texts.find(({ i, few }) => i !== labelByName?.i && !few) ??
    texts.find(({ i, words, length }) => i !== labelByName?.i && (words >= 2 || length >= 15));
  const label =
    labelByName ??
    (text &&
      found.find(
        ({ i, few, words, kind }) =>
          i !== text.i && !index(i) && few && (kind === "number" || (kind === "text" && words < 3)),
      ));
  const [source, target] = texts
    .filter(({ few }) => !few)
    .map(({ i }) => i)
    .sort((a, b) => a - b);
  // Texts and their dates, and nothing else: "march 24, 2064" becomes 2064-03-24.
  const toDate = found.length === 2 && source === 0 && found[1]!.kind === "date" && !found[1]!.few;
  const to = toDate ? 1 : target;
  const pair = source !== undefined && to !== undefined ? ([source, to] as const) : undefined;
  const numeric = found.filter(({ kind, i }) => kind === "number" && !index(i)).map(({ i }) => i);
  const dated = found.some(({ kind }) => kind === "date");
  const isClass = label !== undefined && className.test(names[label.i]!);
  const most = isClass ? Math.max(20, Math.min(200, body.length / 5)) : 20;
  const real = label?.kind === "number" && (!label.whole || label.values.size > most);
  const labeled = text !== undefined && label !== undefined;
  // "text, target" may also be texts with classes.
  const second = found[1];
  const classes = second !== undefined && (second.kind === "number" || (second.few && body.length >= 20));
  const role: TableRole | undefined =
    isPairHeader(first) && !classes
      ? "pairs"
      : numeric.length > 0 && (!text || (dated && !(textByName && labelByName) && text.words < 4))
        ? "series"
        : labeled
          ? "labeled"
          : pair && separator === "\t"
            ? "pairs"
            : undefined;
  return {
    separator,
    rows,
    header: header || isPairHeader(first),
    role,
    ...(text ? { text: text.i } : {}),
    ...(label ? { label: label.i } : {}),
    ...(pair ? { pair } : {}),
    classes: label ? [...label.values].filter(Boolean).sort() : [],
    real,
    numeric,
  };
}

/**
 * Whether the first row names the columns in words of any language: all are short, and one stands over a column of few
 * values that come again and again, and is none of them.
 */
function namesLabels(first: readonly string[], body: readonly string[][]): boolean {
  const names = first.map((cell) => cell.trim());
  const short = names.every((name) => name !== "" && name.length <= 30 && name.split(/\s+/).length <= 3);
  if (!short || new Set(names).size < names.length || body.length < 16) return false;
  return names.some((name, i) => {
    const counts = new Map<string, number>();
    for (const row of body) counts.set(row[i]!.trim(), (counts.get(row[i]!.trim()) ?? 0) + 1);
    const single = [...counts.values()].filter((count) => count === 1).length;
    return !counts.has(name) && counts.size <= body.length / 8 && single <= body.length / 100;
  });
}

function describe(values: readonly string[], i: number, decimalComma: boolean) {
  const filled = values.filter((value) => !isMissing(value));
  const distinct = new Set(values);
  const style = numberStyle(filled.slice(0, 500), { decimalComma });
  const numbers = filled.filter((value) => !Number.isNaN(parseNumber(value, style)));
  // A slip among many numbers is reported when it is read.
  const numeric = numbers.length > 0 && numbers.length >= filled.length * (values.length < 50 ? 1 : 0.95);
  const compact = numeric && filled.length > 2 && filled.every((value) => /^(19|20)\d{6}$/.test(value));
  const date = (!numeric || compact) && filled.length > 0 && dateStyle(filled.slice(0, 200)) !== undefined;
  const whole = numeric && numbers.every((value) => Number.isInteger(parseNumber(value, style)));
  const n = Math.max(1, filled.length);
  const words = filled.reduce((sum, value) => sum + value.split(/\s+/).length, 0) / n;
  const length = filled.reduce((sum, value) => sum + value.length, 0) / n;
  const few = distinct.size >= 1 && distinct.size <= Math.max(2, Math.min(60, values.length / 3));
  const kind = filled.length === 0 && values.length > 0 ? "empty" : date ? "date" : numeric ? "number" : "text";
  return { i, kind, values: distinct, whole, words, length, few } as const;
}

const mostlyNumbers = (separator: string) => (line: string, at: number) => {
  const cells = cutRow(line, separator);
  if (cells.length < 2) return false;
  const isValue = (cell: string) => cell.trim() === "" || isNumber(cell, separator === ";");
  return at === 0 || cells.filter(isValue).length >= cells.length - 1;
};

/** Rows of CSV: a line in which a quote stays open goes on in the next. The last one may be cut off with the sample. */
function closed(lines: readonly string[]): readonly string[] {
  const rows: string[] = [];
  let open = false;
  for (const line of lines) {
    if (open) rows[rows.length - 1] += `\n${line}`;
    else rows.push(line);
    if ((line.split('"').length - 1) % 2 === 1) open = !open;
  }
  return open ? rows.slice(0, -1) : rows;
}

/** One row of CSV; a quoted cell may hold the separator and line breaks. */
function cutRow(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator);
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const sign = line[i]!;
    if (sign === '"') {
      if (quoted && line[i + 1] === '"') cell += line[++i];
      else quoted = !quoted;
    } else if (sign === separator && !quoted) {
      cells.push(cell);
      cell = "";
    } else cell += sign;
  }
  return [...cells, cell];
}

function mode(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

/** For people: `tab-separated with a header`. */
export function describeTable({ separator, header }: TableColumns): string {
  const written = { "\t": "tab-separated", ";": "semicolon-separated", ",": "comma-separated", "|": "separated by |" };
  return `${written[separator]} with${header ? "" : "out"} a header`;
}

/** For people: `"document" (column 2)`. */
export const describeColumn = ({ header, rows }: TableColumns, column: number): string =>
  header ? `"${rows[0]![column]!.trim()}" (column ${column + 1})` : `column ${column + 1}`;

export const tableFormat = ({ separator }: Table): "tsv" | "csv" => (separator === "\t" ? "tsv" : "csv");

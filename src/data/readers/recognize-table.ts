// Recognizing tables: which separator, whether there is a header, which column is text, label or number.
import { isMissing, isNumber } from "../series/numbers.ts";

export interface Table {
  separator: "\t" | "," | ";";
  rows: string[][];
}

export interface TableColumns {
  header: boolean;
  /** The column of texts: the longest that is not a label. */
  text?: number;
  /** The first two columns of texts, where there are two: the third may be an attribution. */
  pair?: readonly [source: number, target: number];
  label?: number;
  /** The label's values, sorted. */
  classes: string[];
  /** The label is a number with a fraction or with many values: a rating to be regressed. */
  real: boolean;
  numeric: number[];
}

/** Cuts rows by the separator that cuts 95 % of them alike, into two cells or more. */
export function tableOf(lines: readonly string[], extension: string): Table | undefined {
  const order = extension === "csv" ? ([",", ";", "\t"] as const) : (["\t", ";", ","] as const);
  for (const separator of order) {
    // Prose has commas too: without the name .csv, only numbers or quotes are taken for a comma's table.
    if (separator !== "\t" && extension !== "csv" && !lines.slice(0, 50).every(mostlyNumbers(separator))) continue;
    const cut = (some: readonly string[]) =>
      separator === "\t" ? some.map((line) => line.split("\t")) : some.map((line) => cutRow(line, separator));
    // Quotes are mere letters in some files, and hold line breaks in others.
    const rows = alike(cut(lines)) ?? (separator === "\t" ? undefined : alike(cut(closed(lines))));
    if (rows) return { separator, rows };
  }
  return undefined;
}

/** The rows of the usual width, where 95 % are. */
function alike(rows: readonly string[][]): string[][] | undefined {
  const width = mode(rows.map((row) => row.length));
  const like = rows.filter((row) => row.length === width);
  return width > 1 && like.length >= rows.length * 0.95 ? like : undefined;
}

const textName = /^(text|sentence|document|review|comment|content|body|message|phrase|utterance|tweet|title)$/i;
const labelName = /^(label|labels|class|category|sentiment|rating|stars|score|target|tag|intent|y)$/i;
const indexName = /^(id|index|no|nr|key|unnamed.*)?$/i;

/** Finds what the columns are, by their names first, by their values else. */
export function findColumns({ rows }: Table): TableColumns {
  const first = rows[0]!;
  const named = first.some((cell) => textName.test(cell.trim()) || labelName.test(cell.trim()));
  const width = first.length;
  const columns = Array.from({ length: width }, (_, i) => i);
  const numbersBelow = (i: number) =>
    rows.length > 1 && rows.slice(1, 20).every((row) => isMissing(row[i]!.trim()) || isNumber(row[i]!));
  const header = named || columns.some((i) => numbersBelow(i) && !isNumber(first[i]!) && !blank(first[i]!));
  const body = header ? rows.slice(1) : rows;
  const names = columns.map((i) => (header ? first[i]!.trim() : ""));
  const describe = columns.map((i) => {
    const values = body.map((row) => row[i]!.trim());
    const distinct = new Set(values);
    // A slip among many numbers is told of when it is read.
    const numbers = values.filter((value) => isMissing(value) || isNumber(value)).length;
    const numeric =
      values.some((value) => isNumber(value)) && numbers >= values.length * (values.length < 50 ? 1 : 0.95);
    const whole = values.length > 0 && values.every((value) => !isNumber(value) || /^-?\d+$/.test(value));
    const words = values.reduce((sum, value) => sum + value.split(/\s+/).length, 0) / Math.max(1, values.length);
    const time = values.length > 0 && values.every((value) => /^\d{1,4}[-/.:]\d{1,2}/.test(value) && !isNumber(value));
    const length = values.reduce((sum, value) => sum + value.length, 0) / Math.max(1, values.length);
    const few = distinct.size >= 1 && distinct.size <= Math.max(2, Math.min(60, body.length / 3));
    return { i, values: distinct, numeric, whole, words, time, length, few };
  });
  const index = (i: number) => header && indexName.test(names[i]!);
  const texts = describe
    .filter(({ numeric, time, i }) => !numeric && !time && !index(i))
    .sort((a, b) => b.length - a.length);
  const textByName = texts.find(({ i }) => textName.test(names[i]!));
  const labelByName = describe.find(({ i }) => i !== textByName?.i && labelName.test(names[i]!));
  const text =
    textByName ??
    texts.find(({ i, few }) => i !== labelByName?.i && !few) ??
    texts.find(({ i }) => i !== labelByName?.i);
  const label =
    labelByName ??
    (text && describe.find(({ i, few, words, numeric }) => i !== text.i && !index(i) && few && (numeric || words < 3)));
  const [source, target] = texts
    .filter(({ few }) => !few)
    .map(({ i }) => i)
    .sort((a, b) => a - b);
  const numeric = describe.filter((column) => column.numeric && !index(column.i)).map(({ i }) => i);
  const real = Boolean(label?.numeric && (!label.whole || label.values.size > 20));
  const classes = label ? [...label.values].sort() : [];
  return {
    header,
    ...(text && !(text.few && text.words < 2 && numeric.length > 0 && !label) ? { text: text.i } : {}),
    ...(source !== undefined && target !== undefined ? { pair: [source, target] as const } : {}),
    ...(label ? { label: label.i } : {}),
    classes,
    real,
    numeric,
  };
}

const blank = (cell: string) => cell.trim() === "";

const mostlyNumbers = (separator: string) => (line: string, at: number) => {
  const cells = line.split(separator);
  if (cells.length < 2) return false;
  return (
    at === 0 || cells.filter((cell) => isNumber(cell, separator === ";") || blank(cell)).length >= cells.length - 1
  );
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

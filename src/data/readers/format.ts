// What a data format is: how a file of it is recognized, and how it is read. Each format stands in one file and in one line
// of formats.ts.
import { linesOf, type ReadOptions } from "./lines.ts";
import type { RowReader } from "./reader.ts";
import { excelSeparator } from "./tables.ts";

/** What can be trained on a file. */
export type DataKind = "classification" | "regression" | "tagging" | "pairs" | "series" | "text" | "music";

/** The formats. A further one adds its name in its own file: `declare module "./format.ts" { interface FormatNames { ... } }`. */
export interface FormatNames {
  tsv: true;
  csv: true;
  jsonl: true;
  json: true;
  "label-first": true;
  conll: true;
  conllu: true;
  scan: true;
  abc: true;
  midi: true;
  chorales: true;
  text: true;
  lines: true;
  tokens: true; // a folder of them: src/node/tokens
}
export type DataFormat = keyof FormatNames;

export interface Recognized {
  kind: DataKind;
  format: DataFormat;
  /** Between the cells, where the format has any. */
  separator?: "\t" | "," | ";" | "|" | " ";
  /** The first row holds the columns' names. */
  header?: boolean;
  /** Which column is what, by place from 0 (tables, CoNLL) or by name (JSONL). */
  columns?: { [role in "text" | "label" | "source" | "target" | "token" | "tag"]?: number | string };
  /** For people: "tags, one token a line (CoNLL): IOB2, 1,975 spans of 6 types". */
  message: string;
}

/** The beginning of a file, as the formats look at it. */
export interface Sample {
  text: string;
  /** Whole lines; none where the text is JSON, whose first rows are `records`, or Markdown. */
  lines: readonly string[];
  /** Those that are not blank. */
  filled: readonly string[];
  records: readonly Record<string, unknown>[];
  /** The file's, in small letters, without `.gz` or `.zst`. */
  extension: string;
  /** This is all of the file. */
  whole: boolean;
  /** The separator in Excel's first line, `sep=;`. */
  separator?: string;
}

/** Column of a table: its name, or its place from 0 (negative: from the last). */
export type Column = string | number;

/** How to read a file; each format takes what concerns it. */
export interface FormatOptions extends ReadOptions {
  recognized: Pick<Recognized, "format" | "separator" | "header" | "columns">;
  /** Texts with labels, pairs: in place of the columns that were recognized. */
  textColumn?: Column;
  labelColumn?: Column;
  sourceColumn?: Column;
  targetColumn?: Column;
  /** Texts with labels: keep rows without text, read as one unknown token; for test sets, where each row counts. */
  keepEmpty?: boolean;
  /** Labels are numbers. */
  numeric?: boolean;
  /** CoNLL: from 0; negative counts from the last. CoNLL-U: a column's name. */
  tokenColumn?: number;
  tagColumn?: Column;
  /** Series: those to read, and the one to forecast. */
  columns?: readonly Column[];
  target?: string;
}

/** Rows that can be read one by one. */
export interface RowFormat<Reader extends RowReader<object>> {
  readonly kinds: readonly DataKind[];
  readonly names: readonly DataFormat[];
  recognize(sample: Sample): Recognized | undefined;
  reader(options: FormatOptions): Reader;
}

/** A file that is read as a whole. */
export interface WholeFormat<Content> {
  readonly kinds: readonly DataKind[];
  readonly names: readonly DataFormat[];
  recognize(sample: Sample): Recognized | undefined;
  read(bytes: Uint8Array, options: FormatOptions): Content;
}

const sampleLength = 200_000;

/** Takes a sample of the beginning of a file (200,000 characters). */
export function sampleOf(content: string | Uint8Array, fileName: string): Sample {
  const bytes = typeof content === "string" ? undefined : content;
  const text = bytes ? new TextDecoder().decode(bytes.subarray(0, sampleLength * 2)) : (content as string);
  const whole = text.length <= sampleLength && (!bytes || bytes.length <= sampleLength * 2);
  const lines = [...linesOf(text.slice(0, sampleLength))];
  if (!whole) lines.pop(); // may be cut
  const separator = excelSeparator(lines[0] ?? "");
  if (separator !== undefined) lines.shift();
  const extension = /\.([a-z0-9]+)$/i.exec(fileName.replace(/\.(gz|zst)$/i, ""))?.[1]?.toLowerCase() ?? "";
  const start = text.trimStart()[0];
  const filled = lines.filter((line) => line.trim() !== "");
  const records =
    start === "{"
      ? filled
          .slice(0, 200)
          .map(parseObject)
          .filter((value) => value !== undefined)
      : [];
  const structured = start === "{" || start === "[" || extension === "md" || text.startsWith("MThd");
  return {
    text,
    lines: structured ? [] : lines,
    filled: structured ? [] : filled,
    records,
    extension,
    whole,
    ...(separator === undefined ? {} : { separator }),
  };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Finds a field of JSON rows by its name, among all names that occur in the first rows. */
export function fieldOf(records: Sample["records"], pattern: RegExp): string | undefined {
  return fieldNames(records).find((name) => pattern.test(name));
}

export const fieldNames = (records: Sample["records"]): string[] => [...new Set(records.flatMap(Object.keys))];

/** The field of JSON rows that holds their text; Doccano has called it "data". */
export const textField = (records: Sample["records"]): string | undefined =>
  fieldOf(records, textName) ?? fieldOf(records, /^data$/);

/** What is recognized of JSON rows. */
export function jsonRecognized(
  { records }: Sample,
  kind: DataKind,
  what: string,
  columns: Recognized["columns"] = {},
): Recognized {
  const message = `${what}: one JSON object a line, fields ${fieldNames(records).join(", ")}`;
  return { kind, format: "jsonl", columns, message };
}

/** A name of a field or column that holds texts. */
export const textName =
  /^(text|sentence|document|review|comment|content|body|message|phrase|utterance|tweet|title|subject|description)$/i;
/** A name of a field or column that holds labels or ratings. */
export const labelName = /^(labels?|class|category|sentiment|rating|stars|score|target|tag|intent|y)$/i;

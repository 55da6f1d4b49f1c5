// Says what a file is: which task it is for, in which format, and in one sentence why.

import { isNumber } from "../series/numbers.ts";
import { detectScheme } from "../tags/schemes.ts";
import { readConll } from "./conll.ts";
import { linesOf } from "./lines.ts";
import { isPairHeader } from "./pairs.ts";
import { findColumns, tableOf } from "./recognize-table.ts";

/** What can be trained on a file. */
export type DataKind = "classification" | "regression" | "tagging" | "pairs" | "series" | "text" | "music";

export type DataFormat =
  | "tsv"
  | "csv"
  | "jsonl"
  | "label-first"
  | "conll"
  | "conllu"
  | "scan"
  | "abc"
  | "midi"
  | "chorales"
  | "text"
  | "lines";

export interface Recognized {
  kind: DataKind;
  format: DataFormat;
  /** Between the cells, where the format has any. */
  separator?: "\t" | "," | ";" | " ";
  /** The first row holds the columns' names. */
  header?: boolean;
  /** Which column is what, by place from 0 (tables) or by name (JSONL). */
  columns?: { [role in "text" | "label" | "source" | "target"]?: number | string };
  /** For people: "tags, one token a line (conll): IOB2, 1,975 spans of 6 types". */
  message: string;
}

const sampleLength = 200_000;

/**
 * Recognizes a file from its beginning (200,000 characters) and, where that leaves a doubt, its name.
 * Text that is nothing else is plain text; this never throws.
 */
export function recognize(content: string | Uint8Array, fileName = ""): Recognized {
  const bytes = typeof content === "string" ? undefined : content;
  if (isMidi(content)) return { kind: "music", format: "midi", message: "music: a MIDI file" };
  const text = bytes ? new TextDecoder().decode(bytes.subarray(0, sampleLength * 2)) : (content as string);
  const whole = text.length <= sampleLength && (!bytes || bytes.length <= sampleLength * 2);
  const lines = [...linesOf(text.slice(0, sampleLength))];
  if (!whole) lines.pop(); // may be cut
  const filled = lines.filter((line) => line.trim() !== "");
  const extension = /\.([a-z0-9]+)$/i.exec(fileName.replace(/\.gz$/i, ""))?.[1]?.toLowerCase() ?? "";
  const plain = (): Recognized => plainText(filled);
  const structured = json(text, filled, extension);
  if (structured || filled.length === 0 || extension === "md") return structured ?? plain();
  return (
    abc(lines) ??
    scan(filled) ??
    conllu(filled) ??
    conll(lines, extension, whole) ??
    numbers(filled) ??
    table(filled, extension) ??
    labelFirst(filled) ??
    plain()
  );
}

function isMidi(content: string | Uint8Array): boolean {
  return typeof content === "string"
    ? content.startsWith("MThd")
    : String.fromCharCode(...content.subarray(0, 4)) === "MThd";
}

function json(text: string, lines: readonly string[], extension: string): Recognized | undefined {
  const start = text.trimStart()[0];
  if (start !== "{" && start !== "[") return undefined;
  // Time steps: lists of numbers within lists within lists, perhaps under train, valid and test.
  if (/^\s*(\{\s*"\w+"\s*:\s*)?\[\s*\[\s*\[\s*(\d|\])/.test(text)) {
    return { kind: "music", format: "chorales", message: "music: time steps of sounding pitches (chorale JSON)" };
  }
  const record = parseObject(lines[0] ?? "");
  if (!record) return undefined;
  const names = Object.keys(record);
  const find = (pattern: RegExp) => names.find((name) => pattern.test(name));
  const fields = `the fields are ${names.join(", ")}`;
  const found = (kind: DataKind, what: string, columns: Recognized["columns"] = {}): Recognized => ({
    kind,
    format: "jsonl",
    columns,
    message: `${what}: one JSON object a line, ${fields}`,
  });
  if (Array.isArray(record.tokens)) return found("tagging", "tags of tokens");
  const textName = find(/^(text|sentence|document|review|content)$/i);
  if (textName && names.some((name) => Array.isArray(record[name]) && /^(spans|entities|labels?)$/.test(name))) {
    return found("tagging", "spans in texts", { text: textName });
  }
  const source = find(/^(source|src|input|article|document|question|en)$/i);
  const target = find(/^(target|tgt|output|summary|answer|de|fr|ko)$/i);
  if (source && target) return found("pairs", "pairs of texts", { source, target });
  const label = find(/^(label|class|category|sentiment|rating|stars|score|target)$/i);
  if (textName && label) {
    const values = lines.map((line) => parseObject(line)?.[label]);
    const real = values.some((value) => typeof value === "number" && !Number.isInteger(value));
    return found(real ? "regression" : "classification", real ? "texts with numbers" : "texts with labels", {
      text: textName,
      label,
    });
  }
  if (textName) return found("text", "texts", { text: textName });
  return extension === "jsonl" ? found("text", "JSON rows of no known form") : undefined;
}

function abc(lines: readonly string[]): Recognized | undefined {
  const tunes = lines.filter((line) => /^X:\s*\d+/.test(line)).length;
  if (tunes === 0 || !lines.some((line) => /^K:/.test(line))) return undefined;
  return { kind: "music", format: "abc", message: `music: ABC notation, ${tunes} or more tunes` };
}

function scan(lines: readonly string[]): Recognized | undefined {
  if (!lines.slice(0, 20).every((line) => /^IN:.*OUT:/.test(line))) return undefined;
  return { kind: "pairs", format: "scan", message: "pairs of texts: commands and actions (SCAN)" };
}

function conllu(lines: readonly string[]): Recognized | undefined {
  const rows = lines.filter((line) => !line.startsWith("#")).slice(0, 50);
  if (rows.length === 0 || !rows.every((row) => /^\d+([-.]\d+)?\t/.test(row) && row.split("\t").length === 10)) {
    return undefined;
  }
  return { kind: "tagging", format: "conllu", message: "tags, one word a line (CoNLL-U): parts of speech" };
}

/** Blocks of rows between empty lines, where the last column has few values. */
function conll(lines: readonly string[], extension: string, whole: boolean): Recognized | undefined {
  const ending = lines.findLastIndex((line) => line.trim() === "");
  const blocks = lines.slice(0, ending < 0 ? lines.length : ending);
  if (ending < 0 && extension !== "conll") return undefined;
  let data: ReturnType<typeof readConll>;
  try {
    data = readConll(usualRows(blocks));
  } catch {
    return undefined;
  }
  const { sentences, characters } = data;
  // A token has no spaces within; rows of texts and labels have, and empty lines between them are mere slips.
  const texts = sentences.flatMap(({ tokens }) => tokens).filter((token) => /\S\s+\S/.test(token));
  if (texts.length * 10 > sentences.reduce((sum, { tokens }) => sum + tokens.length, 0)) return undefined;
  const tags = sentences.flatMap((sentence) => sentence.tags);
  const distinct = new Set(tags).size;
  if (tags.length < 2 || distinct > Math.max(3, tags.length / 3)) return undefined;
  const { scheme, message } = detectScheme(sentences.map((sentence) => sentence.tags));
  // Without spans, prose of two words a line would look alike: ask for sentences of several tokens.
  if (scheme === "none" && extension !== "conll" && tags.length < sentences.length * 2) return undefined;
  const what = scheme === "none" ? `${distinct} tags` : message;
  const part = whole ? "" : ", in its beginning";
  const unit = characters ? "character" : "token";
  return { kind: "tagging", format: "conll", message: `tags, one ${unit} a line (CoNLL): ${what}${part}` };
}

/** Without the few rows of another number of columns: who reads the file tells of them, with their lines. */
function usualRows(lines: readonly string[]): readonly string[] {
  const widthOf = (line: string) => line.split(line.includes("\t") ? "\t" : / +/).length;
  const filled = lines.filter((line) => line.trim() !== "" && !line.startsWith("#") && !line.startsWith("-DOCSTART-"));
  const counts = new Map<number, number>();
  for (const line of filled) counts.set(widthOf(line), (counts.get(widthOf(line)) ?? 0) + 1);
  const [usual] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
  if (usual === undefined || counts.get(usual)! < filled.length * 0.95) return lines;
  return lines.filter(
    (line) => line.trim() === "" || line.startsWith("#") || (widthOf(line) === usual && !/\t(\t|$)/.test(line)),
  );
}

function table(lines: readonly string[], extension: string): Recognized | undefined {
  const found = tableOf(lines, extension);
  if (!found) return undefined;
  const { separator, rows } = found;
  const format = separator === "\t" ? "tsv" : "csv";
  const written =
    separator === "\t" ? "tab-separated" : separator === ";" ? "separated by semicolons" : "comma-separated";
  if (isPairHeader(rows[0]!)) {
    const message = `pairs of texts: ${rows[0]!.slice(0, 2).join(" and ")}, ${written} with a header`;
    return { kind: "pairs", format, separator, header: true, columns: { source: 0, target: 1 }, message };
  }
  const { header, text, label, classes, real, numeric, pair } = findColumns(found);
  const tail = `${written} with${header ? "" : "out"} a header`;
  const name = (column: number) => (header ? `"${rows[0]![column]}" (column ${column + 1})` : `column ${column + 1}`);
  if (numeric.length > 0 && text === undefined) {
    const message = `series of numbers: ${numeric.length === 1 ? "column" : "columns"} ${numeric.map((i) => (header ? rows[0]![i] : i + 1)).join(", ")}; ${tail}`;
    return { kind: "series", format, separator, header, message };
  }
  if (text !== undefined && label !== undefined) {
    const kind = real ? "regression" : "classification";
    const what = real
      ? "texts with numbers"
      : `texts of ${classes.length} classes (${classes.slice(0, 6).join(", ")}${classes.length > 6 ? ", ..." : ""})`;
    const message = `${what}: text in ${name(text)}, label in ${name(label)}; ${tail}`;
    return { kind, format, separator, header, columns: { text, label }, message };
  }
  if (pair && separator === "\t") {
    const [source, target] = pair;
    const message = `pairs of texts: ${name(source)} and ${name(target)}; ${tail}`;
    return { kind: "pairs", format, separator, header, columns: { source, target }, message };
  }
  return undefined;
}

/** One number a line, perhaps under a name. */
function numbers(lines: readonly string[]): Recognized | undefined {
  const [first = "", ...others] = lines;
  if (others.length < 2 || !others.every((line) => isNumber(line))) return undefined;
  const header = !isNumber(first);
  const message = `series of numbers: ${header ? `column ${first.trim()}` : "one a line"}; with${header ? "" : "out"} a header`;
  return { kind: "series", format: "csv", separator: ",", header, message };
}

/** `0 a long string of words` and fastText's `__label__x a long string`. */
function labelFirst(lines: readonly string[]): Recognized | undefined {
  const labels = lines.map((line) => /^(\S+)\s+\S/.exec(line)?.[1]);
  const classes = new Set(labels);
  const marked = labels.every((label) => label?.startsWith("__label__"));
  const digits = labels.every((label) => label !== undefined && /^-?\d$/.test(label));
  if (classes.size < 2 || !(marked || (digits && lines.length >= 4 * classes.size))) return undefined;
  const names = [...classes].map((label) => label!.replace("__label__", "")).sort();
  const message = `texts of ${names.length} classes (${names.slice(0, 6).join(", ")}): each line begins with its label`;
  return { kind: "classification", format: "label-first", separator: " ", message };
}

function plainText(lines: readonly string[]): Recognized {
  const words = lines.reduce((sum, line) => sum + line.trim().split(/\s+/).length, 0);
  if (lines.length >= 20 && words <= lines.length * 1.2) {
    return { kind: "text", format: "lines", message: "plain text: a list, one word a line" };
  }
  return { kind: "text", format: "text", message: "plain text" };
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

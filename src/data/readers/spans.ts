// Text with spans marked by character offsets, one JSON object a line: `{"text": ..., "spans": [{"start","end","label"}]}`,
// and the same with tokens, `{"tokens": [...], "tags": [...]}`.
import { fail } from "../../base/index.ts";
import { spansToTags, type TagScheme, type TagSpan } from "../tags/schemes.ts";
import { jsonRecognized, type RowFormat, textField } from "./format.ts";
import { linesOf, type ReadOptions, warningLog } from "./lines.ts";
import {
  joinTokens,
  type Range,
  type TaggedData,
  type TaggedReader,
  type TaggedSentence,
  taggedReader,
} from "./tagged.ts";

/** A labeled piece of a text, `[start, end)` in UTF-16 units: `text.slice(start, end)`. */
export interface TextSpan {
  start: number;
  end: number;
  label: string;
}

/**
 * How a file counts characters. `codePoint`: as Python and Rust's `char` do, where 😀 is one. `utf16`: as JavaScript,
 * Java and C# do, where it is two. Texts without such characters are the same in both.
 */
export type OffsetUnit = "codePoint" | "utf16";

export interface TaggedJsonlOptions extends ReadOptions {
  /** Default `codePoint`, for such files mostly come from Python; a row's own `"offsets"` goes before. */
  offsets?: OffsetUnit;
  /** How the text of rows without tokens is cut. Default `words`: runs of letters, marks and digits; other signs alone. */
  tokens?: "words" | "characters" | ((text: string) => Range[]);
  /** The scheme that spans are written in. Default IOB2. */
  scheme?: TagScheme;
}

/** Code-point offset -> UTF-16 offset, and back. Offsets past the end stay past the end. */
export function offsetMap(text: string): { toUtf16(codePoints: number): number; toCodePoints(units: number): number } {
  if (!/[\ud800-\udfff]/.test(text)) return { toUtf16: (n) => n, toCodePoints: (n) => n };
  const starts: number[] = [];
  for (let at = 0; at < text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) starts.push(at);
  starts.push(text.length);
  const points = new Int32Array(text.length + 1);
  starts.forEach((start, n) => {
    points.fill(n, start);
  });
  const last = starts.length - 1;
  return {
    toUtf16: (n) => (n <= last ? (starts[n] ?? n) : text.length + n - last),
    toCodePoints: (units) => (units <= text.length ? (points[units] ?? units) : last + units - text.length),
  };
}

/** Cuts a text into words: runs of letters, marks and digits (with inner apostrophes); every other sign alone. */
export function wordRanges(text: string): Range[] {
  return [...text.matchAll(/[\p{L}\p{M}\p{N}_]+(?:['’][\p{L}\p{M}]+)*|[^\s]/gu)].map(
    (match): Range => [match.index, match.index + match[0].length],
  );
}

/** Cuts a text into code points, spaces among them. */
export function characterRanges(text: string): Range[] {
  return [...text.matchAll(/[\s\S]/gu)].map((match): Range => [match.index, match.index + match[0].length]);
}

/** Spans of characters -> spans of tokens. A span that cuts through a token takes the whole of it and counts as moved. */
export function textSpansToTagSpans(
  spans: readonly TextSpan[],
  offsets: readonly Range[],
): { spans: TagSpan[]; moved: TextSpan[]; lost: TextSpan[] } {
  const found: TagSpan[] = [];
  const moved: TextSpan[] = [];
  const lost: TextSpan[] = [];
  let free = 0;
  for (const span of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    let start = free;
    while (start < offsets.length && offsets[start]![1] <= span.start) start++;
    let end = start;
    while (end < offsets.length && offsets[end]![0] < span.end) end++;
    if (end === start) {
      lost.push(span); // nothing but white space, or under an earlier span
      continue;
    }
    if (offsets[start]![0] !== span.start || offsets[end - 1]![1] !== span.end) moved.push(span);
    found.push({ start, end, type: span.label });
    free = end;
  }
  return { spans: found, moved, lost };
}

/** Spans of tokens -> spans of characters: what `predict` gives. */
export function tagSpansToTextSpans(spans: readonly TagSpan[], offsets: readonly Range[]): TextSpan[] {
  return spans.map(({ start, end, type }) => ({ start: offsets[start]![0], end: offsets[end - 1]![1], label: type }));
}

/**
 * Reads `{tokens, tags}` or `{text, spans}` rows. Field names `ner_tags`, `pos`, `labels` serve for tags, `entities` and
 * `label` for spans, and a span may be `[start, end, label]`.
 *
 * @throws UnrolledError with `file:line` where a row is no JSON object, tokens and tags differ in number, or a span lies
 *   outside its text or does not hold the `text` it says it holds
 *
 * @example
 * ```ts
 * const { sentences } = readTaggedJsonl(await readText("entities.jsonl"));
 * ```
 */
export function readTaggedJsonl(text: string | Iterable<string>, options: TaggedJsonlOptions = {}): TaggedData {
  const { source = "jsonl" } = options;
  const reader = taggedJsonlReader(options);
  const sentences = [...reader.rows(linesOf(text))];
  return { sentences, source, characters: reader.characters(), warnings: reader.warnings() };
}

/** The same sentence by sentence, so that files may stay on disk. */
export function taggedJsonlReader(options: TaggedJsonlOptions = {}): TaggedReader {
  const { source = "jsonl", tokens: cut = "words" } = options;
  const ranges = typeof cut === "function" ? cut : cut === "words" ? wordRanges : characterRanges;
  const warnings = warningLog();
  function* sentencesOf(lines: Iterable<string>): Generator<TaggedSentence> {
    let line = 0;
    for (const row of lines) {
      line++;
      if (row.trim() === "") continue;
      const where = `${source}:${line}`;
      const record = parseRow(row, where);
      const sentence = Array.isArray(record.tokens) ? tokenRow(record, where) : spanRow(record, where, line);
      if (sentence.tokens.length === 0) warnings.add("a row without tokens was left out", line);
      else yield { ...sentence, line };
    }
  }
  return taggedReader(source, sentencesOf, warnings, () => cut === "characters");

  function spanRow(record: Row, where: string, line: number): Omit<TaggedSentence, "line"> {
    const body = record[textField([record]) ?? "text"];
    const list = record.spans ?? record.entities ?? record.label ?? record.labels;
    if (typeof body !== "string" || !Array.isArray(list)) {
      fail({
        where,
        expected: '"tokens" and "tags", or "text" and "spans"',
        received: `the fields ${Object.keys(record).join(", ") || "none"}`,
        code: "data",
      });
    }
    const unit = record.offsets === "utf16" || record.offsets === "codePoint" ? record.offsets : options.offsets;
    const spans = list.map((item) => textSpan(item, body, unit ?? "codePoint", where));
    const offsets = ranges(body);
    const { spans: found, moved, lost } = textSpansToTagSpans(spans, offsets);
    for (const _ of moved) warnings.add("a span was widened to whole tokens", line);
    for (const _ of lost) warnings.add("a span was left out: no token of its own", line);
    const tokens = offsets.map(([start, end]) => body.slice(start, end));
    return { tokens, tags: spansToTags(found, tokens.length, options.scheme), text: body, offsets };
  }
}

type Row = Record<string, unknown>;

function parseRow(row: string, where: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(row);
  } catch {
    fail({ where, expected: "a JSON object", received: row.slice(0, 60), code: "data" });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Row;
  return fail({ where, expected: "a JSON object", received: row.slice(0, 60), code: "data" });
}

function tokenRow(record: Row, where: string): Omit<TaggedSentence, "line"> {
  const tokens = record.tokens as unknown[];
  const tags = record.tags ?? record.ner_tags ?? record.pos ?? record.labels;
  if (!Array.isArray(tags)) {
    fail({ where, expected: '"tags"', received: `the fields ${Object.keys(record).join(", ")}`, code: "data" });
  }
  if (tokens.length !== tags.length) {
    fail({ where, expected: `${tokens.length} tags, one a token`, received: String(tags.length), code: "data" });
  }
  const bad = [...tokens, ...tags].find((item) => typeof item !== "string");
  if (bad !== undefined) {
    const hint = "tags must be names, not numbers";
    fail({ where, expected: "strings", received: JSON.stringify(bad), hint, code: "data" });
  }
  const words = tokens as string[];
  return { tokens: words, tags: tags as string[], ...joinTokens(words, words.includes(" ") ? "" : " ") };
}

function textSpan(item: unknown, body: string, unit: OffsetUnit, where: string): TextSpan {
  const span = (Array.isArray(item) ? { start: item[0], end: item[1], label: item[2] } : item) as Row;
  const label = span?.label ?? span?.type;
  const start = span?.start ?? span?.start_offset; // the latter are Doccano's names
  const end = span?.end ?? span?.end_offset;
  if (typeof start !== "number" || typeof end !== "number" || typeof label !== "string") {
    fail({ where, expected: "a span {start, end, label}", received: JSON.stringify(item), code: "data" });
  }
  const { toUtf16 } = offsetMap(body);
  const result = unit === "codePoint" ? { start: toUtf16(start), end: toUtf16(end), label } : { start, end, label };
  if (!(result.start >= 0 && result.start < result.end && result.end <= body.length)) {
    const length = unit === "codePoint" ? [...body].length : body.length;
    fail({ where, expected: `a span within 0 and ${length}`, received: `${start} to ${end}`, code: "data" });
  }
  const held = body.slice(result.start, result.end);
  if (typeof span.text === "string" && span.text !== held) {
    const hint = `offsets were read as ${unit}; if they count the other unit, add "offsets": "${unit === "utf16" ? "codePoint" : "utf16"}" to each row`;
    const received = JSON.stringify(held);
    fail({ where, expected: `${JSON.stringify(span.text)} at ${start}`, received, hint, code: "data" });
  }
  return result;
}

/** JSON objects of tokens with tags, or of a text with spans: spaCy's, Doccano's and most others' export. */
export const taggedJsonl: RowFormat<TaggedReader> = {
  kinds: ["tagging"],
  names: ["jsonl"],
  reader: taggedJsonlReader,
  recognize(sample) {
    const { records } = sample;
    if (records.some(({ tokens }) => Array.isArray(tokens))) return jsonRecognized(sample, "tagging", "tags of tokens");
    const text = textField(records);
    if (text === undefined) return undefined;
    const lists = records.flatMap((record) =>
      Object.entries(record).filter(([name, value]) => /^(spans|entities|labels?)$/.test(name) && Array.isArray(value)),
    );
    const spans = lists.some(([name, value]) =>
      /^(spans|entities)$/.test(name) ? true : (value as unknown[]).some((item) => typeof item === "object"),
    );
    return spans ? jsonRecognized(sample, "tagging", "spans in texts", { text }) : undefined;
  },
};

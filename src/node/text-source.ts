// Text of one file or many, piece by piece, so that a corpus need not be in memory as one string.
import { fail } from "../base/index.ts";
import { type Column, columnOf, type Recognized, rowReader, tableRows } from "../data/index.ts";
import { fileLines } from "./file-lines.ts";
import type { Source } from "./source.ts";

export interface TextFiles {
  /** Bytes of UTF-8. */
  readonly size: number;
  /** The text in pieces of whole lines, about 64 KiB each; a line break stands between two files. Any number of times. */
  pieces(): Generator<string>;
  /** All of it. @throws RangeError where it is longer than a string can be, 512 MiB */
  whole(): string;
}

/** Small enough for the young generation, so that pieces that were read do not pile up. */
const pieceSize = 1 << 16;

/**
 * The text of some files; of JSON rows, the text fields.
 * @param column of tables and JSON rows, to read in place of the one that was recognized
 */
export function textFiles(sources: readonly Source[], first: Recognized, column?: Column): TextFiles {
  const textsOf = textReader(first, column);
  function* pieces(): Generator<string> {
    for (const [i, source] of sources.entries()) {
      let last = "\n";
      for (const piece of textsOf(source)) {
        if (piece === "") continue;
        last = piece;
        yield piece;
      }
      if (i + 1 < sources.length && !last.endsWith("\n")) yield "\n";
    }
  }
  return {
    size: sources.reduce((sum, { size }) => sum + size, 0),
    pieces,
    whole: () => [...pieces()].join(""),
  };
}

/** Pieces that end after a line break, or where there is none, before a space, or where there is none, between characters. */
function* plainPieces({ size, read }: Source): Generator<string> {
  const decoder = new TextDecoder(); // it holds back a character that a piece cuts, and drops a byte order mark
  for (let from = 0; from < size; ) {
    const to = Math.min(size, from + pieceSize);
    const bytes = read(from, to);
    const end =
      to === size ? bytes.length : bytes.lastIndexOf(10) + 1 || Math.max(0, bytes.lastIndexOf(32)) || bytes.length;
    from += end;
    yield decoder.decode(bytes.subarray(0, end), { stream: from < size });
  }
}

/** What reads the text of a file. */
function textReader(first: Recognized, column?: Column): (source: Source) => Iterable<string> {
  if (column === undefined) return first.format === "jsonl" ? (source) => jsonTexts(source, first) : plainPieces;
  return (source) => {
    const format = first.format === "jsonl" ? "jsonl" : tableFormat(source.path, first);
    if (format === "jsonl") return jsonTexts(source, { ...first, columns: { text: column } });
    if (format) return tableTexts(source, format, column);
    return fail({
      where: source.path,
      expected: "CSV, TSV or JSONL with a column of texts",
      received: "plain text",
      code: "data",
    });
  };
}

const tableFormat = (path: string, { format }: Recognized): "csv" | "tsv" | "jsonl" | undefined => {
  if (format === "csv" || format === "tsv") return format;
  return /\.(csv|tsv|jsonl)(\.gz|\.zst)?$/i.exec(path)?.[1]?.toLowerCase() as "csv" | "tsv" | "jsonl" | undefined;
};

function* jsonTexts(source: Source, recognized: Recognized): Generator<string> {
  const reader = rowReader("text", { source: source.path, recognized: { ...recognized, format: "jsonl" } });
  for (const { text } of reader.rows(lines(source))) yield withBreak(text);
}

function* tableTexts(source: Source, format: "csv" | "tsv", column: Column): Generator<string> {
  const options = { source: source.path, separator: format === "csv" ? "auto" : "\t", quotes: format === "csv" };
  let place: number | undefined;
  for (const row of tableRows(lines(source), options)) {
    if (place === undefined) {
      // Only a column by name needs a header.
      const header = typeof column === "string" ? row.cells.map((cell) => cell.trim()) : undefined;
      place = columnOf({ header, rows: [row], source: source.path }, column);
      if (header) continue;
    }
    const text = row.cells[place]!;
    if (text.trim() !== "") yield withBreak(text);
  }
}

function* lines(source: Source): Generator<string> {
  for (const { text } of fileLines(source)) yield text;
}

const withBreak = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);

// Text of one file or many, piece by piece, so that a corpus need not be in memory as one string.
import type { Recognized } from "../data/index.ts";
import { rowReader } from "../data/index.ts";
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

/** The text of some files; of JSON rows, the text fields. */
export function textFiles(sources: readonly Source[], first: Recognized): TextFiles {
  function* pieces(): Generator<string> {
    for (const [i, source] of sources.entries()) {
      let last = "\n";
      for (const piece of first.format === "jsonl" ? jsonTexts(source, first) : plainPieces(source)) {
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

/** Pieces that end after a line break, or where there is none, between characters. */
function* plainPieces({ size, read }: Source): Generator<string> {
  const decoder = new TextDecoder(); // it holds back a character that a piece cuts, and drops a byte order mark
  for (let from = 0; from < size; ) {
    const to = Math.min(size, from + pieceSize);
    const bytes = read(from, to);
    const end = to === size ? bytes.length : bytes.lastIndexOf(10) + 1 || bytes.length;
    from += end;
    yield decoder.decode(bytes.subarray(0, end), { stream: from < size });
  }
}

function* jsonTexts(source: Source, recognized: Recognized): Generator<string> {
  const reader = rowReader("text", { source: source.path, recognized });
  function* lines(): Generator<string> {
    for (const { text } of fileLines(source)) yield text;
  }
  for (const { text } of reader.rows(lines())) yield text.endsWith("\n") ? text : `${text}\n`;
}

// Rows that stay in their file: one pass finds where each begins (four bytes a row), and then they are read by place.
import { fail } from "../base/index.ts";
import {
  emptySide,
  inBlocks,
  linesOf,
  type ReadWarning,
  type RowReader,
  type Rows,
  type TextPair,
  warningLog,
  withoutRows,
} from "../data/index.ts";
import { fileLines } from "./file-lines.ts";
import { openSource, type SourceOptions } from "./source.ts";
import type { WindowedFile } from "./windowed-file.ts";

export interface FileRows<Row> extends Rows<Row> {
  readonly warnings: ReadWarning[];
  close(): void;
}

/**
 * Opens a file as rows, after one pass through it, which checks every row.
 *
 * @throws UnrolledError with `file:line` for a row at fault
 */
export async function openRows<Row extends object>(
  path: string,
  reader: RowReader<Row>,
  options: SourceOptions = {},
): Promise<FileRows<Row>> {
  return sourceRows(await openSource(path, options), reader);
}

/** The rows of a source, which is closed with them. */
export function sourceRows<Row extends object>(file: WindowedFile, reader: RowReader<Row>): FileRows<Row> {
  try {
    const index = rowIndex(file.size);
    // Where the lines begin that have been read since the last row.
    let starts: number[] = [];
    let first = 1;
    function* lines() {
      for (const { text, offset } of fileLines(file)) {
        starts.push(offset);
        yield text;
      }
    }
    for (const { line } of reader.rows(lines())) {
      index.add(starts[line - first]!, line);
      starts = starts.slice(line - first + 1);
      first = line + 1;
    }
    return rowsAt(file, reader, index);
  } catch (error) {
    file.close();
    throw error;
  }
}

function rowsAt<Row extends object>(file: WindowedFile, reader: RowReader<Row>, index: RowIndex): FileRows<Row> {
  const one = (place: number): Row => {
    const [from, to] = index.range(place);
    // The mark keeps a row's own first letter from being taken for one.
    const row = reader.row(linesOf(`\ufeff${file.read(from, to).toString("utf8")}`));
    // Only a message asks for the line, and it has to be counted.
    Object.defineProperty(row, "line", { get: () => index.line(place, file), enumerable: true, configurable: true });
    return row;
  };
  const length = index.length();
  const read = (places: ArrayLike<number>): Row[] => {
    // In the order of the file, so that each window is read once.
    const order = Int32Array.from(places, (_, i) => i).sort((a, b) => places[a]! - places[b]!);
    const rows = new Array<Row>(places.length);
    for (const i of order) rows[i] = one(places[i]!);
    return rows;
  };
  return {
    length,
    read,
    [Symbol.iterator]: () => inBlocks({ length, read }),
    warnings: reader.warnings(),
    close: file.close,
  };
}

/** Two files whose lines belong together. Pairs with an empty side are left out and counted. */
export async function openParallel(
  paths: readonly [string, string],
): Promise<{ pairs: Rows<TextPair>; source: string; warnings: ReadWarning[] }> {
  const left = await openRows(paths[0], lineReader());
  const right = await openRows(paths[1], lineReader());
  const source = paths.join(" and ");
  if (left.length !== right.length)
    fail({
      where: source,
      expected: "as many lines in both",
      received: `${left.length} and ${right.length}`,
      hint: "line n of one belongs to line n of the other",
      code: "data",
    });
  const read = (places: ArrayLike<number>): TextPair[] => {
    const targets = right.read(places);
    return left
      .read(places)
      .map(({ text }, i) => ({ source: text.trim(), target: targets[i]!.text.trim(), line: places[i]! + 1 }));
  };
  const all: Rows<TextPair> = {
    length: left.length,
    read,
    [Symbol.iterator]: () => inBlocks({ length: left.length, read }),
  };
  const warnings = warningLog();
  const empty: number[] = [];
  for (const pair of all) {
    if (pair.source && pair.target) continue;
    warnings.add(emptySide, pair.line);
    empty.push(pair.line - 1);
  }
  const pairs = withoutRows(all, Int32Array.from(empty));
  return { pairs: pairs as Rows<TextPair>, source, warnings: warnings.list() };
}

/** Every line a row, empty ones too. */
function lineReader(): RowReader<{ text: string }> {
  return {
    *rows(lines) {
      let line = 0;
      for (const text of lines) yield { text, line: ++line };
    },
    row(lines) {
      for (const text of lines) return { text };
      return { text: "" };
    },
    warnings: () => [],
  };
}

interface RowIndex {
  /** A row that begins at this byte, in this line. */
  add(offset: number, line: number): void;
  length(): number;
  /** From its first byte to the first of the next row: what was left out between them is not read. */
  range(place: number): readonly [from: number, to: number];
  line(place: number, file: WindowedFile): number;
}

const block = 1024;

/** Offsets as four bytes from the beginning of their block of 1,024 rows. */
function rowIndex(size: number): RowIndex {
  let offsets = new Uint32Array(4096);
  const bases: number[] = [];
  const lines: number[] = [];
  let count = 0;
  const at = (place: number) => (place < count ? bases[Math.floor(place / block)]! + offsets[place]! : size);
  return {
    add(offset, line) {
      if (count % block === 0) {
        bases.push(offset);
        lines.push(line);
      }
      if (count === offsets.length) {
        const wider = new Uint32Array(Math.ceil(count * 1.5));
        wider.set(offsets);
        offsets = wider;
      }
      const relative = offset - bases.at(-1)!;
      if (relative >= 2 ** 32) fail({ where: `line ${line}`, problem: "rows of over 4 MiB on average", code: "data" });
      offsets[count++] = relative;
    },
    length: () => count,
    range: (place) => [at(place), at(place + 1)],
    line(place, file) {
      const number = Math.floor(place / block);
      const before = file.read(bases[number]!, at(place)).toString("latin1");
      return lines[number]! + [...linesOf(before)].length;
    },
  };
}

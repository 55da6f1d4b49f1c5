// Rows that stay in their file: one pass finds where each begins (four bytes a row), and then they are read by place.
import { fail } from "../base/index.ts";
import { inBlocks, linesOf, type ReadWarning, type RowReader, type Rows } from "../data/index.ts";
import { fileLines } from "./file-lines.ts";
import { openWindowed, type WindowedFile, type WindowOptions } from "./windowed-file.ts";

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
  options: WindowOptions = {},
): Promise<FileRows<Row>> {
  const file = await openWindowed(path, options);
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

// Lines of a text, and the report that every reader makes of what it left out.

/** Lines without their ends (LF, CRLF or CR) and without a byte order mark; an end after the last line adds none. */
export function* linesOf(text: string | Iterable<string>): Generator<string> {
  if (typeof text !== "string") {
    yield* text;
    return;
  }
  let from = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (from < text.length) {
    let to = from;
    for (; to < text.length; to++) {
      const unit = text.charCodeAt(to);
      if (unit === 10 || unit === 13) break;
    }
    yield text.slice(from, to);
    from = to + (text.charCodeAt(to) === 13 && text.charCodeAt(to + 1) === 10 ? 2 : 1);
  }
}

/** What every reader is told. */
export interface ReadOptions {
  /** The file's name, for messages such as `train.conll:1042`. Default: the format's name. */
  source?: string;
}

/** Something a reader met and went on from: counted, never silent. */
export interface ReadWarning {
  /** A sentence without a number, for example "empty source or target". */
  problem: string;
  count: number;
  /** Lines (from 1) of the first few cases. */
  lines: number[];
}

/** Gathers warnings of one kind under one count. */
export function warningLog() {
  const log = new Map<string, ReadWarning>();
  return {
    add(problem: string, line: number) {
      const warning = log.get(problem) ?? { problem, count: 0, lines: [] };
      warning.count++;
      if (warning.lines.length < 5) warning.lines.push(line);
      log.set(problem, warning);
    },
    list: (): ReadWarning[] => [...log.values()],
  };
}

/** One line for people: `train.tsv: 3 rows: empty source or target (lines 4, 9, 11)`. */
export function describeWarning(source: string, { problem, count, lines }: ReadWarning): string {
  const more = count > lines.length ? ", ..." : "";
  return `${source}: ${count} ${count === 1 ? "case" : "cases"}: ${problem} (line${lines.length > 1 ? "s" : ""} ${lines.join(", ")}${more})`;
}

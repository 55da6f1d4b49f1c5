// SCAN (Lake and Baroni 2018): `IN: jump twice OUT: I_JUMP I_JUMP`, one command a line.
import { fail } from "../../base/index.ts";
import type { RowFormat } from "./format.ts";
import { linesOf, type ReadOptions } from "./lines.ts";
import { type PairData, pairData, pairReader, type TextPair } from "./pairs.ts";
import type { RowReader } from "./reader.ts";

/** Reads commands and actions as pairs. @throws UnrolledError with `file:line` where a line has another form */
export function readScan(text: string | Iterable<string>, { source = "scan" }: ReadOptions = {}): PairData {
  return pairData(scanReader({ source }), linesOf(text), source);
}

/** The same pair by pair, so that files may stay on disk. */
export function scanReader({ source = "scan" }: ReadOptions = {}): RowReader<TextPair> {
  return pairReader(source, function* (lines, onEmpty) {
    let line = 0;
    for (const row of lines) {
      line++;
      if (row.trim() === "") {
        onEmpty(line);
        continue;
      }
      const match = /^IN:\s*(.+?)\s*OUT:\s*(.+?)\s*$/.exec(row);
      if (!match) {
        const received = JSON.stringify(row.slice(0, 60));
        fail({ where: `${source}:${line}`, expected: "IN: ... OUT: ...", received, code: "data" });
      }
      yield { source: match[1]!, target: match[2]!, line };
    }
  });
}

export const scanLines: RowFormat<RowReader<TextPair>> = {
  kinds: ["pairs"],
  names: ["scan"],
  reader: scanReader,
  recognize({ filled }) {
    if (filled.length === 0 || !filled.slice(0, 20).every((line) => /^IN:.*OUT:/.test(line))) return undefined;
    return { kind: "pairs", format: "scan", message: "pairs of texts: commands and actions (SCAN)" };
  },
};

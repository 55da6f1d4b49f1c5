// SCAN (Lake and Baroni 2018): `IN: jump twice OUT: I_JUMP I_JUMP`, one command a line.
import { fail } from "../../base/index.ts";
import { linesOf, type ReadOptions } from "./lines.ts";
import type { PairData, TextPair } from "./pairs.ts";

/** Reads commands and actions as pairs. @throws UnrolledError with `file:line` where a line has another form */
export function readScan(text: string | Iterable<string>, { source = "scan" }: ReadOptions = {}): PairData {
  const pairs: TextPair[] = [];
  let line = 0;
  for (const row of linesOf(text)) {
    line++;
    if (row.trim() === "") continue;
    const match = /^IN:\s*(.+?)\s*OUT:\s*(.+?)\s*$/.exec(row);
    if (!match) {
      const received = JSON.stringify(row.slice(0, 60));
      fail({ where: `${source}:${line}`, expected: "IN: ... OUT: ...", received, code: "data" });
    }
    pairs.push({ source: match[1]!, target: match[2]!, line });
  }
  return { pairs, source, warnings: [] };
}

// What a command shows: one object that writes text for people or, with `--json`, events for programs. docs/json.md lists
// the events.

import { clean, type Progress, progress, type TableOptions, table } from "../terminal/index.ts";
import type { Host } from "./host.ts";

export interface Output {
  readonly json: boolean;
  readonly host: Host;
  /** A line of JSON with its event's name; nothing where people read. */
  event(name: EventName, data?: object): void;
  /** A line for people, with colors; text from elsewhere in it must be clean. Nothing with `--json`. */
  line(text?: string): void;
  /** `data   train.tsv: 150,000 rows`, for people; cleaned. */
  fact(name: string, text: string): void;
  /** A table for people; its cells are cleaned. */
  table(rows: readonly (readonly string[])[], options?: TableOptions): void;
  /** Progress of long work, for people. @param quiet nothing without a terminal. */
  bar(options?: { quiet?: boolean; write?: (text: string) => void }): Progress;
  /** On standard error, in either case; cleaned. */
  warn(text: string): void;
}

/** Each `event` of `--json`. */
export const eventNames = [
  "recognized",
  "vectors",
  "context",
  "start",
  "step",
  "estimate",
  "validation",
  "checkpoint",
  "restart",
  "stopped",
  "settled",
  "end",
  "report",
  "prediction",
  "sample",
  "comparison",
  "summary",
  "inspection",
  "export",
  "import",
  "tokenized",
  "stage",
  "serving",
  "written",
  "neighbor",
  "similarity",
  "odd-one-out",
  "bias",
  "error",
] as const;
export type EventName = (typeof eventNames)[number];

/** Width of the names in a run's header. */
const nameWidth = 6;

export function output(host: Host, json = false): Output {
  return {
    json,
    host,
    event(name, data = {}) {
      if (json) host.out(`${JSON.stringify({ event: name, ...data })}\n`);
    },
    line(text = "") {
      if (!json) host.out(`${text}\n`);
    },
    fact(name, text) {
      if (!json) host.out(`${host.colors.dim(name.padEnd(nameWidth))} ${clean(text)}\n`);
    },
    table(rows, options = {}) {
      if (!json) host.out(table(rows, { colors: host.colors, ...options }));
    },
    bar({ quiet = false, write = host.out } = {}) {
      const { isTTY, columns, colors } = host;
      return progress({ write, isTTY, silent: json || (quiet && !isTTY), columns, colors });
    },
    warn(text) {
      host.err(`warning: ${clean(text)}\n`);
    },
  };
}

// Where a command writes and what it knows of its surroundings; tests hand in one of their own.
import { type Colors, colors } from "./terminal/index.ts";

export interface Host {
  /** Results, for people or, with `--json`, for programs. */
  out(text: string): void;
  /** Faults and warnings. */
  err(text: string): void;
  /** Whether a person looks at what `out` writes. */
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Width of the terminal now. */
  columns(): number;
  readonly colors: Colors;
  /** What the process ends with if no error is thrown: 0, or 128 + the signal that stopped it. */
  exitCode: number;
}

/** The host of a real process. */
export function processHost(): Host {
  const { stdout, stderr, env } = process;
  const isTTY = Boolean(stdout.isTTY);
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isTTY,
    env,
    columns: () => stdout.columns ?? 80,
    colors: colors({ isTTY, env }),
    exitCode: 0,
  };
}

/** One JSON object on a line of its own. Numbers that JSON has no word for become null. */
export function writeJson(host: Host, object: object): void {
  host.out(`${JSON.stringify(object)}\n`);
}

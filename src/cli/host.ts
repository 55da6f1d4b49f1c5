// Where a command writes and what it finds around it; tests pass their own.
import { launchOf } from "../node/mpi/launch.ts";
import { type Colors, clean, colors } from "../terminal/index.ts";

export interface Host {
  /** Results: text for people or, with `--json`, events for programs. */
  out(text: string): void;
  /** Errors and warnings. */
  err(text: string): void;
  /** Whether `out` writes to a terminal. */
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Current width of the terminal. */
  columns(): number;
  readonly colors: Colors;
  /** Exit code where no error is thrown: 0, or 128 + the number of the signal that stopped the command. */
  exitCode: number;
}

/** The host of a real process. Of the ranks of an MPI job, rank 0 alone prints. */
export function processHost(): Host {
  const { stdout, stderr, env } = process;
  const launch = launchOf(env);
  const isTTY = Boolean(stdout.isTTY) && !launch; // some launchers put a terminal without a width before each rank
  const quiet = (launch?.rank ?? 0) > 0;
  return {
    out: (text) => void (quiet || stdout.write(text)),
    err: (text) => void (quiet || stderr.write(text)),
    isTTY,
    env,
    columns: () => stdout.columns ?? 80,
    colors: colors({ isTTY, env }),
    exitCode: 0,
  };
}

/** A command line that runs this program, safe to print: `npx unrolled sample models/names`. */
export const command = (...words: readonly string[]): string =>
  ["npx unrolled", ...words.map((word) => quoted(clean(word)))].join(" ");

/** A word of a shell command. */
export const quoted = (word: string): string =>
  /^[\w./@:+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

// Progress of long work: a bar that redraws in place on a terminal, a plain line every ten seconds in a log, nothing with
// `--json`.
import { type Colors, plainColors } from "./color.ts";
import { formatCount, formatDuration } from "./format.ts";
import { displayWidth, truncate } from "./width.ts";

/** Where the work is. */
export interface ProgressUpdate {
  /** "step 412/1,000". */
  at: string;
  loss?: number;
  /** What is going on besides: "validating". */
  note?: string;
  /** What is processed per second, and its unit: "tokens". */
  perSecond?: number;
  unit?: string;
  secondsLeft?: number;
  /** Share that is done; no bar where it is not known. */
  done?: number;
}

export interface ProgressOptions {
  write(text: string): void;
  /** A bar if true, plain lines if not. */
  isTTY: boolean;
  /** Writes nothing: for `--json`. */
  silent?: boolean;
  /** Columns of the terminal; a function, since windows are resized. 80 by default. */
  columns?: () => number;
  colors?: Colors;
  /** False draws with ASCII only. */
  unicode?: boolean;
  /** Milliseconds, from any start. */
  now?: () => number;
}

export interface Progress {
  /** Updates the figures; redraws if it is time to. */
  update(at: ProgressUpdate): void;
  /** Writes lines above the bar, without a final newline: a validation, a sample. */
  print(text: string): void;
  /** Removes the bar; without a terminal, writes a last plain line. Call it in `finally`. */
  end(): void;
}

/** Least milliseconds between two redraws of the bar, and between two plain lines. */
const every = { bar: 100, line: 10_000 };

export function progress(options: ProgressOptions): Progress {
  const { write, isTTY, silent = false, columns = () => 80, colors, unicode, now = () => performance.now() } = options;
  let last: ProgressUpdate | undefined;
  let drawn: ProgressUpdate | undefined;
  let drawnAt = isTTY ? -Infinity : now();
  let shown = false;
  const clear = () => {
    if (shown) write("\r\x1b[K");
    shown = false;
  };
  function draw(): void {
    if (!last) return;
    if (isTTY) write(`\r${progressBar(last, { columns: Math.max(10, columns() - 1), colors, unicode })}\x1b[K`);
    else write(`${progressText(last)}\n`);
    shown = isTTY;
    drawnAt = now();
    drawn = last;
  }
  return {
    update(at) {
      last = at;
      if (!silent && now() - drawnAt >= (isTTY ? every.bar : every.line)) draw();
    },
    print(text) {
      if (silent) return;
      clear();
      write(`${text}\n`);
      if (isTTY) draw();
    },
    end() {
      if (silent) return;
      clear();
      if (!isTTY && last !== drawn) draw();
    },
  };
}

/** "step 412/1,000  loss 1.532  41.2k tokens/s  12 s left" */
export function progressText({ at, loss, note, perSecond, unit = "tokens", secondsLeft }: ProgressUpdate): string {
  const known = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value);
  return [
    at,
    known(loss) ? `loss ${loss.toFixed(3)}` : "",
    note ?? "",
    known(perSecond) ? `${formatCount(perSecond)} ${unit}/s` : "",
    known(secondsLeft) && secondsLeft >= 0.05 ? `${formatDuration(secondsLeft)} left` : "",
  ]
    .filter(Boolean)
    .join("  ");
}

/** The bar and the text in exactly one line of at most `columns`. */
export function progressBar(
  at: ProgressUpdate,
  { columns, colors = plainColors, unicode = true }: { columns: number; colors?: Colors; unicode?: boolean },
): string {
  const text = progressText(at);
  const room = Math.min(30, columns - displayWidth(text) - 8); // the bar, its two spaces and "100 % "
  if (at.done === undefined || room < 5) return truncate(text, columns);
  const done = Math.min(1, Math.max(0, at.done));
  const eighths = Math.round(done * room * 8);
  const full = Math.floor(eighths / 8);
  const [fill, rest] = unicode ? ["█", "░"] : ["#", "."];
  const part = unicode && eighths % 8 ? " ▏▎▍▌▋▊▉"[eighths % 8]! : "";
  const bar = colors.cyan(fill!.repeat(full) + part) + colors.dim(rest!.repeat(room - full - part.length));
  return `${String(Math.floor(done * 100)).padStart(3)} % ${bar}  ${text}`;
}

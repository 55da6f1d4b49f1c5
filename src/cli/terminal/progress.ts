// Progress of a training run: a bar that redraws in place on a terminal, a plain line every ten seconds in a log, nothing
// with `--json`.
import { type Colors, plainColors } from "./color.ts";
import { formatCount, formatDuration, formatWhole } from "./format.ts";
import { displayWidth, truncate } from "./width.ts";

/** Where a training run is. */
export interface ProgressUpdate {
  step: number;
  /** Training loss in nats, smoothed as the caller likes. */
  loss: number;
  /** Tokens (or rows) trained on so far, by this process. */
  tokens: number;
  /** Share of the run that is done, where steps do not determine it (a run limited by time). */
  fraction?: number;
  /** Tokens per second and seconds left, where the caller has better figures than the last ten seconds. */
  speed?: number;
  secondsLeft?: number;
  /** Length of the run, where it changes. */
  totalSteps?: number;
  /** What is going on besides training steps: "validating". */
  note?: string;
}

export interface ProgressOptions {
  write(text: string): void;
  /** A bar if true, plain lines if not. */
  isTTY: boolean;
  /** Writes nothing: for `--json`. */
  silent?: boolean;
  /** Length of the run, if it is known. */
  totalSteps?: number;
  /** Columns of the terminal; a function, since windows are resized. 80 by default. */
  columns?: () => number;
  colors?: Colors;
  /** False draws with ASCII only. */
  unicode?: boolean;
  /** What is counted; "tokens" by default. */
  unit?: string;
  /** Milliseconds, from any start. */
  now?: () => number;
  /** Least milliseconds between two redraws; 100 by default. */
  redrawEvery?: number;
  /** Least milliseconds between two plain lines; 10,000 by default. */
  lineEvery?: number;
}

export interface Progress {
  /** Updates the figures; redraws if it is time to. */
  update(at: ProgressUpdate): void;
  /** Writes lines above the bar, without a final newline: a validation, a sample. */
  print(text: string): void;
  /** Removes the bar; without a terminal, writes a last plain line. Call it in `finally`. */
  end(): void;
}

/** Opens the progress display. Speed and time left are those of the last ten seconds or so. */
export function progress(options: ProgressOptions): Progress {
  const {
    write,
    isTTY,
    silent = false,
    totalSteps,
    columns = () => 80,
    colors = plainColors,
    unicode = true,
  } = options;
  const { unit = "tokens", now = () => performance.now(), redrawEvery = 100, lineEvery = 10_000 } = options;
  const seen: { time: number; tokens: number; done: number }[] = [];
  let last: ProgressUpdate | undefined;
  let drawnAt = -Infinity;
  let drawnStep = -1;
  let shown = false;
  const started = now();

  function state(at: ProgressUpdate): ProgressState {
    const total = at.totalSteps ?? totalSteps;
    const done = at.fraction ?? (total ? at.step / total : undefined);
    const first = seen[0];
    const latest = seen.at(-1);
    const seconds = first && latest ? (latest.time - first.time) / 1000 : 0;
    const speed = seconds > 0 ? (latest!.tokens - first!.tokens) / seconds : undefined;
    const pace = seconds > 0 ? (latest!.done - first!.done) / seconds : 0;
    const secondsLeft = done !== undefined && pace > 0 ? Math.max(0, 1 - done) / pace : undefined;
    return { speed, secondsLeft, totalSteps, ...at, done, unit };
  }
  function clear(): void {
    if (shown) write("\r\x1b[K");
    shown = false;
  }
  function draw(): void {
    if (!last) return;
    if (isTTY) {
      const line = progressBar(state(last), { columns: Math.max(10, columns() - 1), colors, unicode });
      write(`\r${line}\x1b[K`);
      shown = true;
    } else write(`${progressText(state(last))}\n`);
    drawnAt = now();
    drawnStep = last.step;
  }
  return {
    update(at) {
      if (silent) return;
      last = at;
      const time = now();
      const done = at.fraction ?? (totalSteps ? at.step / totalSteps : 0);
      seen.push({ time, tokens: at.tokens, done });
      while (seen.length > 2 && time - seen[1]!.time > 10_000) seen.shift();
      const since = drawnAt === -Infinity && !isTTY ? time - started : time - drawnAt;
      if (since >= (isTTY ? redrawEvery : lineEvery)) draw();
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
      if (!isTTY && last && last.step !== drawnStep) draw();
    },
  };
}

interface ProgressState extends ProgressUpdate {
  done?: number;
  unit: string;
}

/** "step 412/1,000  loss 1.532  41.2k tokens/s  12 s left" */
export function progressText(state: ProgressState): string {
  const { step, totalSteps, loss, speed, secondsLeft, unit, note } = state;
  return [
    `step ${formatWhole(step)}${totalSteps ? `/${formatWhole(totalSteps)}` : ""}`,
    `loss ${loss.toFixed(3)}`,
    note ?? "",
    speed === undefined ? "" : `${formatCount(speed)} ${unit}/s`,
    secondsLeft === undefined ? "" : `${formatDuration(secondsLeft)} left`,
  ]
    .filter(Boolean)
    .join("  ");
}

/** The bar and the text in exactly one line of at most `columns`. */
export function progressBar(
  state: ProgressState,
  { columns, colors = plainColors, unicode = true }: { columns: number; colors?: Colors; unicode?: boolean },
): string {
  const text = progressText(state);
  const room = Math.min(30, columns - displayWidth(text) - 8); // the bar, its two spaces and "100 % "
  if (state.done === undefined || room < 5) return truncate(text, columns);
  const done = Math.min(1, Math.max(0, state.done));
  const eighths = Math.round(done * room * 8);
  const full = Math.floor(eighths / 8);
  const [fill, rest] = unicode ? ["█", "░"] : ["#", "."];
  const part = unicode && eighths % 8 ? " ▏▎▍▌▋▊▉"[eighths % 8]! : "";
  const bar = colors.cyan(fill!.repeat(full) + part) + colors.dim(rest!.repeat(room - full - part.length));
  return `${String(Math.floor(done * 100)).padStart(3)} % ${bar}  ${text}`;
}

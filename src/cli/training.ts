// Runs a training and shows it: what `train` and `demo` share. Checkpoints at every evaluation and at least once a minute.
import { UnrolledError } from "../base/index.ts";
import { type Progress, smoothed } from "../train/index.ts";
import { type Host, writeJson } from "./host.ts";
import { type Interrupt, interrupt } from "./interrupt.ts";
import { formatDuration, formatWhole, plot, progress } from "./terminal/index.ts";

export interface ShowOptions {
  json: boolean;
  /** Tokens a second is said in these. */
  unit: string;
  /** Tokens in a step, for the speed. */
  tokensPerStep: number;
  /** Length of the run, unless the clock decides. */
  totalSteps?: number;
  /** Seconds, where the clock decides. */
  seconds?: number;
  /** Writes the model and where its training stands. */
  save(): Promise<void>;
  /** A few lines from the model as it is. */
  sample(): Promise<string>;
  /** Stop after this many seconds whatever the steps. */
  atMost?: number;
  /** Signals that were taken over before, and are given back by the caller; its own by default. */
  stop?: Interrupt;
}

export interface Shown {
  last: Progress | undefined;
  /** The exit code where a signal stopped it, else 0. */
  interrupted: number;
}

/** Longest time between two checkpoints, in milliseconds. */
const saveEvery = 60_000;
/** Least time between two JSON lines of steps. */
const tellEvery = 1000;

/** Consumes a training to its end, or to Ctrl-C; the model is saved in either case. */
export async function showTraining(
  host: Host,
  start: (signal: AbortSignal) => AsyncGenerator<Progress, void, void>,
  options: ShowOptions,
): Promise<Shown> {
  const { json, unit, tokensPerStep, totalSteps, seconds, save, sample, atMost = Infinity } = options;
  const { colors } = host;
  const stop = options.stop ?? interrupt();
  const bar = progress({
    write: host.out,
    isTTY: host.isTTY,
    silent: json,
    totalSteps,
    columns: host.columns,
    colors,
    unit,
  });
  stop.signal.addEventListener("abort", () =>
    bar.print(colors.dim("stopping after this step; once more to end at once")),
  );
  const average = smoothed(0.98);
  const trained: [number, number][] = [];
  const validated: [number, number][] = [];
  let last: Progress | undefined;
  let [savedAt, toldAt] = [performance.now(), -Infinity];
  /** A checkpoint that fails is told and tried again later; the one at the end must not fail. */
  async function checkpoint(): Promise<void> {
    savedAt = performance.now();
    try {
      await save();
    } catch (error) {
      if (!(error instanceof UnrolledError)) throw error;
      if (!json) bar.print(colors.yellow("no checkpoint this time; training goes on"));
      host.err(`warning: ${error.message}\n`);
    }
  }
  try {
    for await (const report of start(stop.signal)) {
      last = report;
      const loss = average.add(report.loss);
      trained.push([report.step, loss]);
      const fraction = seconds === undefined ? undefined : report.elapsed / seconds;
      bar.update({ step: report.step, loss, tokens: report.step * tokensPerStep, fraction });
      const now = performance.now();
      if (report.valid) {
        validated.push([report.step, report.valid.nats]);
        const text = stop.signal.aborted ? "" : await sample();
        if (json) writeJson(host, { event: "evaluation", ...report, trainLoss: loss, sample: text });
        else bar.print(evaluationText(host, report, loss, text));
      } else if (json && now - toldAt >= tellEvery) {
        writeJson(host, { event: "step", ...report });
        toldAt = now;
      }
      if (report.valid || now - savedAt >= saveEvery) await checkpoint();
      if (report.elapsed > atMost) break;
    }
  } finally {
    if (!options.stop) stop.end();
    bar.end();
  }
  await save();
  if (!json && trained.length > 1) {
    const series = [
      { name: "training loss", points: trained, as: "line" as const },
      { name: "validation loss", points: validated, as: "marks" as const },
    ];
    host.out(`\n${plot(series, { width: Math.min(80, host.columns()), height: 15, colors, xLabel: "step" })}\n`);
  }
  return { last, interrupted: stop.code() };
}

/** `step 300  train 1.803  valid 1.720 nats (2.48 bits/character)  best`, then the sample, each line indented. */
function evaluationText(host: Host, { step, valid, best, elapsed }: Progress, loss: number, sample: string): string {
  const { bold, dim, green } = host.colors;
  const measures = Object.entries(valid!.means);
  const facts = [
    `step ${formatWhole(step)}`,
    `${formatDuration(elapsed)}`,
    `train ${loss.toFixed(3)}`,
    bold(`valid ${valid!.nats.toFixed(3)}`),
    // A task's own measures, where it has any, say more than bits do.
    ...(measures.length > 0
      ? measures.map(([name, value]) => `${name} ${value.toFixed(4)}`)
      : [`${valid!.bitsPerToken.toFixed(2)} bits`]),
    best?.step === step ? green("best") : "",
  ].filter(Boolean);
  const lines = sample === "" ? [] : sample.split("\n").map((line) => `  ${dim(line)}`.trimEnd());
  return [facts.join("  "), ...lines].join("\n");
}

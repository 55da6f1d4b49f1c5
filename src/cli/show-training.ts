// Consumes a training and shows it: what `train` and `demo` share. Checkpoints at every validation and at least once a
// minute.
import { UnrolledError } from "../base/index.ts";
import type { Progress } from "../index.ts";
import { smoothed } from "../train/index.ts";
import type { Interrupt } from "./interrupt.ts";
import type { Output } from "./output.ts";
import { clean, formatDuration, formatWhole, plot, progress } from "./terminal/index.ts";

export interface ShowOptions {
  /** What is counted per second. */
  unit: string;
  /** Wall time of the run in seconds, where that is its length. */
  seconds?: number;
  /** Folder of the model, for the event of a checkpoint. */
  out: string;
  /** Writes the model and the state of its training. */
  save(): Promise<void>;
  /** A few lines from the model as it is. */
  sample?(): Promise<string>;
  /** Stop after this many seconds whatever the steps. */
  atMost?: number;
  stop: Interrupt;
}

/** Longest time between two checkpoints, in milliseconds. */
const saveEvery = 60_000;
/** Least time between two events of steps. */
const stepEvery = 1000;
/** Training time after which the length of the run is estimated. */
const estimateAfter = 3;

/**
 * Consumes a training to its end, or to the signal; the model is saved in either case.
 *
 * @param start gets a callback for the tokens scored so far in a validation
 */
export async function showTraining(
  show: Output,
  start: (signal: AbortSignal, evaluating: (tokens: number) => void) => AsyncGenerator<Progress, void, void>,
  options: ShowOptions,
): Promise<Progress | undefined> {
  const { unit, seconds, save, sample, out, stop, atMost = Infinity } = options;
  const { host, json } = show;
  const { colors } = host;
  const bar = progress({
    write: host.out,
    isTTY: host.isTTY,
    silent: json,
    columns: host.columns,
    colors,
    unit,
  });
  const onStop = () => bar.print(colors.dim("finishing this step; press Ctrl-C again to quit now"));
  stop.signal.addEventListener("abort", onStop);
  const average = smoothed(0.98);
  const trained: [number, number][] = [];
  const validated: [number, number][] = [];
  let last: Progress | undefined;
  let smoothedLoss = 0;
  let [savedAt, toldAt, estimated] = [performance.now(), -Infinity, false];
  /** A checkpoint that fails is reported and tried again later; the one at the end must not fail. */
  async function checkpoint(): Promise<void> {
    savedAt = performance.now();
    try {
      await save();
      show.event("checkpoint", { step: last!.step, out });
    } catch (error) {
      if (!(error instanceof UnrolledError)) throw error;
      if (!json) bar.print(colors.yellow("could not write a checkpoint; training continues"));
      show.warn(error.message);
    }
  }
  function draw(report: Progress, loss: number, note?: string): void {
    bar.update({
      step: report.step,
      ...(seconds === undefined ? { totalSteps: report.steps } : {}),
      loss,
      tokens: 0,
      fraction: seconds === undefined ? report.step / report.steps : report.elapsed / seconds,
      speed: report.tokensPerSecond,
      secondsLeft: report.remaining,
      ...(note === undefined ? {} : { note }),
    });
  }
  const evaluating = (tokens: number) => {
    if (last) draw(last, smoothedLoss, `validating: ${formatWhole(tokens)} ${unit}`);
  };
  try {
    for await (const report of start(stop.signal, evaluating)) {
      last = report;
      const loss = average.add(report.loss);
      smoothedLoss = loss;
      trained.push([report.step, loss]);
      draw(report, loss);
      const now = performance.now();
      if (!estimated && seconds === undefined && report.elapsed > estimateAfter) {
        estimated = true;
        const left = report.remaining;
        if (left > 10)
          bar.print(
            `${colors.dim("time  ")} about ${formatDuration(report.elapsed + left)}, estimated from the first ${formatWhole(report.step)} steps`,
          );
        show.event("estimate", { step: report.step, seconds: report.elapsed + left });
      }
      if (report.valid) {
        const { share } = report.valid;
        if (share !== undefined && validated.length === 0)
          bar.print(
            colors.dim(`validations during the run score ${(100 * share).toPrecision(2)} % of the validation data`),
          );
        validated.push([report.step, report.valid.nats]);
        const text = stop.signal.aborted ? "" : ((await sample?.()) ?? "");
        show.event("validation", { ...report, trainLoss: loss, ...(text ? { sample: text } : {}) });
        bar.print(validationText(show, report, loss, text));
      } else if (json && now - toldAt >= stepEvery) {
        show.event("step", report);
        toldAt = now;
      }
      if (report.valid || now - savedAt >= saveEvery) await checkpoint();
      if (report.elapsed > atMost) break;
    }
  } finally {
    stop.signal.removeEventListener("abort", onStop);
    bar.end();
  }
  await save();
  if (trained.length > 1) {
    const series = [
      { name: "training loss", points: trained, as: "line" as const },
      { name: "validation loss", points: validated, as: "marks" as const },
    ];
    show.line(`\n${plot(series, { width: Math.min(80, host.columns()), height: 15, colors, xLabel: "step" })}`);
  }
  return last;
}

/** `step 300  train 1.803  valid 1.720 (2.48 bits)  best`, then the sample, each line indented. */
function validationText(
  { host }: Output,
  { step, valid, best, elapsed }: Progress,
  loss: number,
  sample: string,
): string {
  const { bold, dim, green } = host.colors;
  const measures = Object.entries(valid!.means);
  const facts = [
    `step ${formatWhole(step)}`,
    formatDuration(elapsed),
    `train ${loss.toFixed(3)}`,
    bold(`valid ${valid!.nats.toFixed(3)}`),
    ...measures.map(([name, value]) => `${clean(name)} ${value.toFixed(4)}`),
    best?.step === step ? green("best") : "",
  ].filter(Boolean);
  const lines = sample === "" ? [] : sample.split("\n").map((line) => `  ${dim(clean(line))}`.trimEnd());
  return [facts.join("  "), ...lines].join("\n");
}

// Consumes a training and shows it: what `train` and `demo` share. Checkpoints at every validation and at least once a
// minute.
import { UnrolledError } from "../base/index.ts";
import type { Progress } from "../index.ts";
import { terminalChart } from "../inspect/index.ts";
import { clean, formatDuration, formatWhole, plural } from "../terminal/index.ts";
import { divergenceWatch } from "./divergence.ts";
import type { Interrupt } from "./interrupt.ts";
import type { Output } from "./output.ts";

export interface ShowOptions {
  /** What is counted per second. */
  unit: string;
  /** Wall time of the run in seconds, where that is its length. */
  seconds?: number;
  /** The loss is a squared error: no bits and no perplexity follow from it. */
  squared?: boolean;
  /** Mean loss of guessing, where that shows a run that diverges. */
  guess?: number;
  /** Folder of the model, for the event of a checkpoint. */
  out: string;
  /** Writes the model and the state of its training. */
  save(): Promise<void>;
  /** A few lines from the model as it is. */
  sample?(): Promise<string>;
  /** Stop after this many seconds whatever the steps. */
  atMost?: number;
  stop: Interrupt;
  /** Called once the run has begun: the shards are chosen then. */
  begun?(): void;
  /** Called after each step, which it may hold up. */
  stepped?(progress: Progress): Promise<void>;
  /** The command that continues the run where its data fails meanwhile. */
  resume?: string;
}

/** Longest time between two checkpoints, in milliseconds. */
const saveEvery = 60_000;
/** Least time between two events of steps. */
const stepEvery = 1000;
/** Seconds and steps after the first that the length of the run is estimated from. */
const estimateFrom = { seconds: 1, steps: 5 };
/** Seconds of a run that are worth an estimate. */
const longRun = 5;

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
  const { unit, seconds, save, sample, out, stop, squared = false, guess, atMost = Infinity, resume } = options;
  const { host, json } = show;
  const { colors } = host;
  const bar = show.bar();
  const onStop = () => bar.print(colors.dim("finishing this step; press Ctrl-C again to quit now"));
  stop.signal.addEventListener("abort", onStop);
  const trained: [number, number][] = [];
  const validated: [number, number][] = [];
  const events = (report: Progress) => (squared ? withoutUnits(report) : report);
  const diverges = divergenceWatch(guess);
  let last: Progress | undefined;
  let [savedAt, toldAt] = [performance.now(), -Infinity];
  let first: Progress | undefined;
  let estimated = seconds !== undefined; // a run with a time limit needs no estimate
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
  function draw(report: Progress, note?: string): void {
    const of = seconds === undefined ? `/${formatWhole(report.steps)}` : "";
    bar.update({
      at: `step ${formatWhole(report.step)}${of}`,
      loss: report.trainLoss,
      note,
      perSecond: report.tokensPerSecond,
      unit,
      secondsLeft: report.remaining,
      done: seconds === undefined ? report.step / report.steps : report.elapsed / seconds,
    });
  }
  const evaluating = (tokens: number) => {
    if (last) draw(last, `validating: ${formatWhole(tokens)} ${unit}`);
  };
  try {
    for await (const report of begin(start(stop.signal, evaluating), options.begun)) {
      last = report;
      trained.push([report.step, report.trainLoss]);
      draw(report);
      await options.stepped?.(report);
      const now = performance.now();
      first ??= report;
      if (
        !estimated &&
        report.elapsed - first.elapsed >= estimateFrom.seconds &&
        report.step - first.step >= estimateFrom.steps
      ) {
        estimated = true;
        const whole = now / 1000 + report.remaining; // since the process began: reading the data counts
        show.event("estimate", { step: report.step, seconds: whole });
        if (whole > longRun)
          bar.print(
            `${colors.dim("time  ")} about ${formatDuration(whole)}, measured over the first ${plural(report.step, "step")}`,
          );
      }
      if (report.valid) {
        const { share } = report.valid;
        if (share !== undefined && validated.length === 0)
          bar.print(
            colors.dim(`validations during the run score ${(100 * share).toPrecision(2)} % of the validation data`),
          );
        validated.push([report.step, report.valid.nats]);
        const text = stop.signal.aborted ? "" : ((await sample?.()) ?? "");
        show.event("validation", { ...events(report), ...(text ? { sample: text } : {}) });
        bar.print(validationText(show, report, text));
        const diverging = diverges(report);
        if (diverging !== undefined) show.warn(diverging);
      } else if (json && now - toldAt >= stepEvery) {
        show.event("step", events(report));
        toldAt = now;
      }
      if (report.valid || now - savedAt >= saveEvery) await checkpoint();
      if (report.elapsed > atMost) break;
    }
  } catch (error) {
    if (!last || resume === undefined || !isDataFault(error)) throw error;
    await save();
    const hint = `restore the file, then continue the run, which is saved at step ${formatWhole(last.step)}: ${resume}`;
    const problem = error.message.split("\n")[0]!.slice(error.where.length + 2);
    throw new UnrolledError({ code: error.code, where: error.where, problem, hint });
  } finally {
    stop.signal.removeEventListener("abort", onStop);
    bar.end();
  }
  await save();
  if (trained.length > 1) {
    const line = (name: string, points: readonly [number, number][]) => ({
      name,
      x: points.map(([step]) => step),
      y: points.map(([, loss]) => loss),
    });
    const lines = [line("training loss", trained), line("validation loss", validated)].filter(({ x }) => x.length > 0);
    show.line(`\n${terminalChart(lines, { xLabel: "step", width: Math.min(80, host.columns()), height: 12 })}\n`);
  }
  return last;
}

/** Whether data on disk could not be read, or was not what it had been. */
const isDataFault = (error: unknown): error is UnrolledError =>
  error instanceof UnrolledError && (error.code === "file" || error.code === "data");

/** A step's report where the loss is a squared error: `loss` in place of nats, bits and perplexity. */
function withoutUnits({ valid, best, ...report }: Progress): object {
  const units = ({ nats, bitsPerToken: _, perplexity: __, ...rest }: NonNullable<Progress["valid"]>) => ({
    loss: nats,
    ...rest,
  });
  return {
    ...report,
    ...(valid ? { valid: units(valid) } : {}),
    ...(best ? { best: squaredBest(best) } : {}),
  };
}

/** The best checkpoint of a run whose loss is a squared error. */
export const squaredBest = ({ nats, ...rest }: NonNullable<Progress["best"]>) => ({ ...rest, loss: nats });

/** Begins a training, which chooses its shards before its first step, then yields its steps. */
async function* begin(steps: AsyncGenerator<Progress, void, void>, begun = () => {}): AsyncGenerator<Progress, void> {
  const first = steps.next();
  first.catch(() => {}); // thrown below
  try {
    begun();
    for (let next = await first; !next.done; next = await steps.next()) yield next.value;
  } finally {
    await steps.return();
  }
}

/** `step 300  train 1.803  valid 1.720 (2.48 bits)  best`, then the sample, each line indented. */
function validationText({ host }: Output, { step, valid, best, elapsed, trainLoss }: Progress, sample: string): string {
  const { bold, dim, green } = host.colors;
  const measures = Object.entries(valid!.means);
  const facts = [
    `step ${formatWhole(step)}`,
    formatDuration(elapsed),
    `train ${trainLoss.toFixed(3)}`,
    bold(`valid ${valid!.nats.toFixed(3)}`),
    ...measures.map(([name, value]) => `${clean(name)} ${value.toFixed(4)}`),
    valid!.averaged ? "averaged weights" : "",
    best?.step === step ? green("best") : "",
  ].filter(Boolean);
  const lines = sample === "" ? [] : sample.split("\n").map((line) => `  ${dim(clean(line))}`.trimEnd());
  return [facts.join("  "), ...lines].join("\n");
}

// unrolled train --watch: the run that the command line trains, live in the studio. What is watched changes nothing.
import type { Progress } from "../index.ts";
import { nodeEngine, serveStudio, watchedRun } from "../node/index.ts";
import { examplesOf } from "../run/examples.ts";
import { type Example, type FromRun, type RunRecipe, type ToRun, viewerOf } from "../run/index.ts";
import { pacer } from "../run/pace.ts";
import { writesLines } from "../run/reader.ts";
import { readyOf } from "../run/ready.ts";
import type { Model } from "../tasks/index.ts";
import type { Trainable } from "../train/index.ts";
import { openBrowser } from "./open-browser.ts";
import type { Output } from "./output.ts";

export interface Watched {
  /** After each step: posts it, answers the page, and waits while the page has paused the run. */
  stepped(progress: Progress): Promise<void>;
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly show: Output;
  readonly model: Model & Trainable<unknown>;
  readonly recipe: object;
  readonly seed: number;
  readonly valid: unknown;
  readonly file: string;
  readonly recognized: string;
  /** Counts of the data, as the start event has them. */
  readonly counts: Readonly<Record<string, unknown>>;
  readonly unit: string;
  readonly engine: string;
  readonly signal: AbortSignal;
}

/** Milliseconds between two ticks. */
const tickEvery = 50;

export async function watchRun(options: WatchOptions): Promise<Watched> {
  const { show, model, valid, signal } = options;
  const pace = pacer();
  const handle = (message: ToRun): void => {
    pace.handle(message);
    viewer.handle(message);
    pace.wake();
  };
  signal.addEventListener("abort", pace.wake, { once: true });
  const run = watchedRun(handle);
  const examples = examplesOf(model, valid);
  const series = (valid as { series?: unknown } | undefined)?.series;
  const viewer = await viewerOf({ model, examples, series }, run.post, { engine: nodeEngine({ threads: 1 }) });
  run.post(readyFrom(options, examples));
  const { url, close } = await serveStudio({ watched: run }, { port: 0 });
  show.event("serving", { url, models: [] });
  show.fact("watch", url);
  openBrowser(url, show.host);
  const ticked = () => new Promise<void>((resolve) => setImmediate(resolve)); // requests are answered between steps
  const follower = pace.follow({ post: run.post, viewer, signal, tickEvery, ticked });
  let last = 0;
  return {
    async stepped(progress) {
      last = progress.step;
      await follower.stepped(progress);
    },
    async close() {
      signal.removeEventListener("abort", pace.wake);
      follower.end();
      run.post({ kind: "done", step: last });
      await new Promise((resolve) => setTimeout(resolve, 50)); // the page hears that it has ended
      await viewer.release();
      run.end();
      await close();
    },
  };
}

function readyFrom(options: WatchOptions, examples: readonly Example[]): FromRun {
  const { model, recipe, seed, file, recognized, counts, unit, engine } = options;
  const count = (name: string): number => (typeof counts[name] === "number" ? (counts[name] as number) : 0);
  return {
    ...readyOf(model, engine),
    recipe: {
      ...recipe,
      seed,
      ...(model.task === "language-model" ? { kind: writesLines(model) ? "lines" : "stream" } : {}),
    } as RunRecipe,
    examples,
    file,
    recognized,
    rows: count("rows"),
    validRows: count("validRows"),
    tokens: count("tokens"),
    validTokens: count("validTokens"),
    vocabulary: count("vocabulary"),
    unit,
  };
}

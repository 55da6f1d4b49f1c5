// A training that this process runs, live in the studio. What is watched changes nothing.
import { examplesOf } from "../../run/examples.ts";
import { type Example, type FromRun, type RunRecipe, type ToRun, viewerOf } from "../../run/index.ts";
import { pacer } from "../../run/pace.ts";
import { writesLines } from "../../run/reader.ts";
import { readyOf } from "../../run/ready.ts";
import type { Model } from "../../tasks/index.ts";
import type { Progress, Trainable } from "../../train/index.ts";
import { nodeEngine } from "../engine.ts";
import { watchedRun } from "./runs.ts";
import { serveStudio } from "./serve.ts";

export interface WatchedTraining {
  /** Where the page is. */
  readonly url: string;
  /** Call it after each step: posts the step, answers the page, and waits while the page has paused the run. */
  stepped(progress: Progress): Promise<void>;
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly recipe: object;
  readonly seed: number;
  /** Held-out data: what the model is asked. */
  readonly valid: unknown;
  /** Name of the data, and what it was recognized as. */
  readonly file: string;
  readonly recognized: string;
  /** Rows, tokens and vocabulary, where they are known. */
  readonly counts: Readonly<Record<string, unknown>>;
  /** What `tokens` counts. */
  readonly unit: string;
  /** Name of the engine that trains. */
  readonly engine: string;
  /** Ends a pause. */
  readonly signal: AbortSignal;
}

/** Milliseconds between two ticks. */
const tickEvery = 50;

/**
 * Serves the studio on this machine for a training of this process.
 *
 * @throws UnrolledError where the studio has not been built
 *
 * @example
 * ```ts
 * const watched = await watchTraining(model, { valid, recipe, seed, file, recognized, counts, unit, engine, signal });
 * for await (const progress of train(model, data, { valid })) await watched.stepped(progress);
 * await watched.close();
 * ```
 */
export async function watchTraining(
  model: Model & Trainable<unknown>,
  options: WatchOptions,
): Promise<WatchedTraining> {
  const { valid, signal } = options;
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
  run.post(readyFrom(model, options, examples));
  const { url, close } = await serveStudio({ watched: run }, { port: 0 });
  const ticked = () => new Promise<void>((resolve) => setImmediate(resolve)); // requests are answered between steps
  const follower = pace.follow({ post: run.post, viewer, signal, tickEvery, ticked });
  let last = 0;
  return {
    url,
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

function readyFrom(model: Model & Trainable<unknown>, options: WatchOptions, examples: readonly Example[]): FromRun {
  const { recipe, seed, file, recognized, counts, unit, engine } = options;
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

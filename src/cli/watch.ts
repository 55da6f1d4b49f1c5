// unrolled train --watch: the run that the command line trains, live in the studio. What is watched changes nothing.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Progress } from "../index.ts";
import { httpServer, nodeEngine, studioFetch, studioFolder, watchedRun } from "../node/index.ts";
import { listen } from "../node/serve/listen.ts";
import { examplesOf } from "../run/examples.ts";
import { type FromRun, lensesOf, type RunRecipe, type ToRun, viewerOf } from "../run/index.ts";
import type { Model } from "../tasks/index.ts";
import type { Trainable } from "../train/index.ts";
import { openBrowser } from "./commands/studio.ts";
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
  let paused = false;
  let single = 0;
  let wake = () => {};
  const handle = (message: ToRun): void => {
    if (message.kind === "pause") paused = true;
    else if (message.kind === "go") paused = false;
    else if (message.kind === "step") single++;
    viewer.handle(message);
    wake();
  };
  const run = watchedRun(handle);
  const examples = examplesOf(model, valid);
  const lines = model.task === "language-model" && model.tokenizer.special.eos !== undefined;
  const series = (valid as { series?: unknown } | undefined)?.series;
  const viewer = await viewerOf({ model, examples, lines, series }, run.post, { engine: nodeEngine({ threads: 1 }) });
  run.post(readyOf(options, lines));
  const key = randomBytes(16).toString("hex");
  const http = httpServer(studioFetch({ folder: await studioFolder(), key, watched: run }));
  const url = `${await listen(http, { host: "127.0.0.1", port: 0 })}/#k=${key}`;
  show.event("serving", { url, models: [] });
  show.fact("watch", url);
  openBrowser(url, show.host);
  let losses: number[] = [];
  let told = Number.NEGATIVE_INFINITY;
  let last = 0;
  return {
    async stepped(progress) {
      const { step, steps, loss, gradientNorm: norm, tokensPerSecond, remaining } = progress;
      last = step;
      losses.push(loss);
      const now = performance.now();
      if (now - told >= tickEvery || paused) {
        told = now;
        run.post({ kind: "tick", step, steps, losses: Float32Array.from(losses), norm, tokensPerSecond, remaining });
        losses = [];
        await new Promise((resolve) => setImmediate(resolve)); // requests are answered between steps
      }
      if (progress.valid) {
        const { nats, means } = progress.valid;
        run.post({ kind: "valid", step, nats, best: progress.best?.step === step, means });
      }
      if (single > 0) single--;
      await viewer.attend(step);
      while (paused && single === 0 && !signal.aborted) {
        run.post({ kind: "paused", step });
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
        await viewer.attend(step, true);
      }
    },
    async close() {
      run.post({ kind: "done", step: last });
      await new Promise((resolve) => setTimeout(resolve, 50)); // the page hears that it has ended
      await viewer.release();
      run.end();
      const closed = once(http, "close");
      http.close();
      http.closeAllConnections();
      await closed;
    },
  };
}

function readyOf(options: WatchOptions, lines: boolean): FromRun {
  const { model, recipe, seed, valid, file, recognized, counts, unit, engine } = options;
  const count = (name: string): number => (typeof counts[name] === "number" ? (counts[name] as number) : 0);
  return {
    kind: "ready",
    task: model.task,
    recipe: {
      ...recipe,
      seed,
      ...(model.task === "language-model" ? { kind: lines ? "lines" : "stream" } : {}),
    } as RunRecipe,
    engine,
    parameters: model.parameters.length,
    examples: examplesOf(model, valid),
    labels: model.task === "generator" ? model.config.fields : {},
    lenses: lensesOf(model),
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

// Feeds blocks of work to one thread or to many until there are none left, and says now and then where it stands.

import type { BlockJob, BlockResult, Runner } from "./workers.ts";

export interface BlockLoopOptions {
  runners: readonly Runner[];
  /** Slots of each runner: blocks under way or waiting for it. */
  slotsOfRunner: number;
  /** Prepares the next block in a slot; undefined where there is none left. */
  next(slot: number): { job: BlockJob; units: number } | undefined;
  /** Called as each block ends. */
  done(result: BlockResult, units: number): void;
  signal?: AbortSignal;
  /** Seconds between two yields. */
  every: number;
}

/**
 * Yields every so often while blocks run, and ends when all are done. An aborted signal, or a caller that leaves, lets the
 * blocks under way finish, so that what was learnt is whole. Fails with the first error of a block.
 */
export async function* blockLoop(options: BlockLoopOptions): AsyncGenerator<void> {
  const { runners, slotsOfRunner, next, done, signal, every } = options;
  let error: unknown;
  let failed = false;
  let stopped = false;
  let running = runners.length * slotsOfRunner;
  let wake = () => {};
  async function feed(slot: number) {
    try {
      while (!signal?.aborted && !stopped && !failed) {
        const part = next(slot);
        if (!part) return;
        done(await runners[Math.floor(slot / slotsOfRunner)]!.run(part.job), part.units);
      }
    } catch (e) {
      if (!failed) error = e;
      failed = true;
    } finally {
      running--;
      wake();
    }
  }
  const feeds = Array.from({ length: running }, (_, slot) => feed(slot));
  try {
    for (let due = performance.now() + every * 1000; running > 0; ) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, due - performance.now()));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (running === 0) wake();
      });
      if (running > 0 && performance.now() >= due) {
        yield;
        due = performance.now() + every * 1000;
      }
    }
    if (failed) throw error;
  } finally {
    stopped = true;
    await Promise.all(feeds);
    for (const runner of runners) runner.close();
  }
}

/** Speed and time left from counts of what is done. */
export function pace(done: number, before: number, total: number, began: number) {
  const seconds = (performance.now() - began) / 1000;
  const perSecond = (done - before) / Math.max(seconds, 1e-9);
  return { perSecond, eta: perSecond > 0 ? (total - done) / perSecond : Number.NaN };
}

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
  /** Seconds between two pauses, in which no block is under way; none unless given. */
  pauseEvery?: number;
}

/**
 * Yields every so often while blocks run (false), in a pause (true: no block runs until the caller asks for more), and
 * ends when all are done. An aborted signal, or a caller that leaves, lets the
 * blocks under way finish, so that what was learned is whole. Fails with the first error of a block.
 */
export async function* blockLoop(options: BlockLoopOptions): AsyncGenerator<boolean> {
  const { runners, slotsOfRunner, next, done, signal, every, pauseEvery = Infinity } = options;
  let error: unknown;
  let failed = false;
  let stopped = false;
  let running = runners.length * slotsOfRunner;
  let wake = () => {};
  let gate: Promise<void> | undefined; // closed before a pause
  let open = () => {};
  let waiting = 0; // slots at the gate
  async function feed(slot: number) {
    try {
      while (!signal?.aborted && !stopped && !failed) {
        if (gate) {
          waiting++;
          wake();
          await gate;
          waiting--;
          continue;
        }
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
    let due = performance.now() + every * 1000;
    let pauseAt = performance.now() + pauseEvery * 1000;
    const settled = () => gate !== undefined && waiting === running;
    while (running > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, Math.min(due, gate ? Infinity : pauseAt) - performance.now()));
        wake = () => {
          if (running > 0 && !settled()) return;
          clearTimeout(timer);
          resolve();
        };
        wake();
      });
      const now = performance.now();
      if (running === 0) break;
      if (settled() && !failed && !signal?.aborted) {
        yield true;
        pauseAt = performance.now() + pauseEvery * 1000;
      } else if (now >= due) {
        yield false;
        due = performance.now() + every * 1000;
      }
      if (settled()) {
        gate = undefined;
        open();
      } else if (!gate && now >= pauseAt) {
        gate = new Promise((resolve) => {
          open = resolve;
        });
      }
    }
    if (failed) throw error;
  } finally {
    stopped = true;
    open();
    await Promise.all(feeds);
    for (const runner of runners) runner.close();
  }
}

/** Speed and time left from counts of what is done. */
export function pace(tokens: number, before: number, totalTokens: number, began: number) {
  const seconds = (performance.now() - began) / 1000;
  const tokensPerSecond = (tokens - before) / Math.max(seconds, 1e-9);
  const remaining = tokensPerSecond > 0 ? (totalTokens - tokens) / tokensPerSecond : Number.NaN;
  return { tokens, totalTokens, tokensPerSecond, remaining };
}

// Predictions in the order of their inputs, from batches of like length.
import { bucketBatches } from "./sequences.ts";

export interface OrderOptions<Item> {
  /** Length of an item in tokens; items of like length go together. */
  lengthOf: (item: Item) => number;
  /** Rows per batch, or tokens, padding included. */
  size: { batchSize: number } | { tokensPerBatch: number };
  /** When it is aborted, the generator ends after the batch under way. */
  signal?: AbortSignal;
  /** Inputs read ahead and sorted together; 4,096 by default. */
  window?: number;
}

/**
 * Runs batches of like length and yields the results in the order of the items, each as soon as all before it are
 * there. Reads `items` a window at a time, so that an endless one may be given.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item>,
  run: (batch: readonly Item[]) => Promise<readonly Result[]>,
  { lengthOf, size, signal, window = 4096 }: OrderOptions<Item>,
): AsyncGenerator<Result, void, void> {
  for (const part of windows(items, window)) {
    const results = new Array<Result | undefined>(part.length);
    let next = 0;
    const batches = bucketBatches(part.map(lengthOf), { ...size, seed: 0, shuffle: false });
    for (const { indices } of batches.epoch()) {
      if (signal?.aborted) return;
      const found = await run(Array.from(indices, (i) => part[i]!));
      indices.forEach((i, row) => {
        results[i] = found[row]!;
      });
      for (; next < part.length && results[next] !== undefined; next++) {
        if (signal?.aborted) return;
        yield results[next]!;
        results[next] = undefined;
      }
    }
  }
}

function* windows<Item>(items: Iterable<Item>, size: number): Generator<Item[]> {
  let part: Item[] = [];
  for (const item of items) {
    part.push(item);
    if (part.length < size) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

/** All results of a generator, in an array. @throws the signal's reason where it was aborted */
export async function all<Result>(results: AsyncIterable<Result>, signal?: AbortSignal): Promise<Result[]> {
  const list: Result[] = [];
  for await (const result of results) list.push(result);
  signal?.throwIfAborted();
  return list;
}

/** `Array.map` of any iterable, one item at a time. */
export function* mapped<Item, Result>(
  items: Iterable<Item>,
  make: (item: Item) => Result,
): Generator<Result, void, void> {
  for (const item of items) yield make(item);
}

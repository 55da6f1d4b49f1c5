// Ragged sequences in batches: sorted into buckets of like length, so that little is padding, in an order that depends
// on (seed, epoch) only.
import { checkNumber, fail, foldIn, random, randomKey } from "../../base/index.ts";
import { type Order, planEpoch } from "./order.ts";
import { type RankOptions, rankRows } from "./ranks.ts";

export interface BucketOptions extends RankOptions {
  /** Sequences in a batch (over all ranks). Give this or `tokensPerBatch`. */
  batchSize?: number;
  /** Most tokens in a batch, padding included: long sequences come in smaller batches. One sequence is always let in. */
  tokensPerBatch?: number;
  seed: number;
  /**
   * Sort by length (default true). In an epoch the padding is then at most (rows in a batch) x (longest - shortest): under
   * 5 % wherever the data makes 20 batches or more for each time that the longest exceeds the mean.
   */
  bucket?: boolean;
  /** Default true. False: in the order given, each epoch alike, for evaluation. */
  shuffle?: boolean;
  /** Sort by this instead of the length: small whole numbers, alike for sequences that go well together. */
  sortBy?: ArrayLike<number>;
  /**
   * Tokens that are shuffled and sorted together. 8,388,608 by default: data of more is read in stretches of a 64th of
   * that, drawn anew in each epoch, so that rows on disk are read in long runs (see `order.ts`).
   */
  pool?: number;
}

/** Where the batches stand: the batch to be read next. */
export interface BatchCursor {
  epoch: number;
  batch: number;
}

/** Which sequences make a batch. */
export interface IndexBatch {
  /** This rank's sequences, by their place in the data. */
  indices: Int32Array;
  /** Sequences in the batch over all ranks. */
  total: number;
  cursor: BatchCursor;
  /** The batch after it: what a checkpoint saves. */
  next: BatchCursor;
}

/** Endless batches that can be read from any place. */
export interface Batches<Batch> {
  /** Batches in the first epoch; in all others too, but for `tokensPerBatch` without buckets or over several pools, where each has its own. */
  readonly perEpoch: number;
  /** The batch at a cursor: a pure function of data, seed and cursor, so that resuming is exact. */
  at(cursor: BatchCursor): Batch;
  /** Endless, from a cursor on (default: the start). */
  from(cursor?: BatchCursor): Generator<Batch, never>;
  /** One epoch, to its end. */
  epoch(epoch?: number): Generator<Batch, void>;
}

/**
 * Groups sequences into batches by their lengths alone, for data of any kind (tokens with tags, pairs of sentences).
 *
 * Shuffle, then sort by length where `bucket` (a stable sort: equals stay shuffled), cut, shuffle the batches.
 * Every sequence comes once an epoch. With several ranks a batch of fewer rows than ranks is merged into the one before.
 *
 * @param lengths tokens of each sequence
 * @throws UnrolledError where there is no sequence, or neither size is given
 */
export function bucketBatches(lengths: ArrayLike<number>, options: BucketOptions): Batches<IndexBatch> {
  const { batchSize, tokensPerBatch, seed, bucket = true, shuffle = true, world = 1, pool = 2 ** 23 } = options;
  const where = "sequenceBatches";
  if ((batchSize === undefined) === (tokensPerBatch === undefined)) {
    fail({ where, expected: "batchSize or tokensPerBatch", received: batchSize === undefined ? "neither" : "both" });
  }
  if (batchSize !== undefined) checkNumber(`${where}: batchSize`, batchSize, { min: world });
  if (tokensPerBatch !== undefined) checkNumber(`${where}: tokensPerBatch`, tokensPerBatch, { min: 1 });
  checkNumber(`${where}: pool`, pool, { min: 1 });
  if (lengths.length < world)
    fail({ where, expected: `${world} or more sequences`, received: String(lengths.length), code: "data" });
  const key = foldIn(randomKey(seed), "batches");
  const size = { mostRows: batchSize ?? Infinity, mostTokens: tokensPerBatch ?? Infinity, world };
  const sortBy = bucket ? (options.sortBy ?? lengths) : undefined;

  let planned: { epoch: number; order: Order } | undefined;
  function plan(epoch: number): Order {
    if (planned?.epoch === epoch) return planned.order;
    const draw = shuffle ? random(foldIn(key, epoch)) : undefined;
    planned = { epoch, order: planEpoch(lengths, { sortBy, draw, pool, ...size }) };
    return planned.order;
  }

  function at({ epoch, batch }: BatchCursor): IndexBatch {
    checkNumber(`${where}: cursor.epoch`, epoch, { min: 0, integer: true });
    const { rows, starts, sequence } = plan(epoch);
    checkNumber(`${where}: cursor.batch`, batch, { min: 0, max: sequence.length - 1, integer: true });
    const place = sequence[batch]!;
    const all = rows.subarray(starts[place]!, starts[place + 1]!);
    const { start, end } = rankRows(where, all.length, options);
    const last = batch + 1 === sequence.length;
    return {
      indices: all.subarray(start, end),
      total: all.length,
      cursor: { epoch, batch },
      next: last ? { epoch: epoch + 1, batch: 0 } : { epoch, batch: batch + 1 },
    };
  }
  return batchesOf(plan(0).sequence.length, at);
}

/** One padded batch: row-major [B, T]. */
export interface SequenceBatch extends IndexBatch {
  /** Row b holds `lengths[b]` ids, then `pad`. */
  ids: Int32Array;
  lengths: Int32Array;
  B: number;
  /** The longest row of this rank. */
  T: number;
}

/**
 * Batches of ragged sequences of ids, padded at the end. See {@link bucketBatches} for the order.
 *
 * @param pad the id that fills rows up. Default 0; what it is must not matter, since `lengths` masks it
 */
export function sequenceBatches(
  sequences: readonly ArrayLike<number>[],
  options: BucketOptions & { pad?: number },
): Batches<SequenceBatch> {
  const order = bucketBatches(
    sequences.map((sequence) => sequence.length),
    options,
  );
  return batchesOf(order.perEpoch, (cursor) => {
    const batch = order.at(cursor);
    return {
      ...batch,
      ...padded(
        Array.from(batch.indices, (i) => sequences[i]!),
        options.pad,
      ),
    };
  });
}

/** Lays ragged rows out as [B, T], T the longest. */
export function padded(rows: readonly ArrayLike<number>[], pad = 0) {
  const B = rows.length;
  const lengths = Int32Array.from(rows, (row) => row.length);
  const T = lengths.reduce((a, b) => Math.max(a, b), 0);
  const ids = new Int32Array(B * T).fill(pad);
  rows.forEach((row, b) => {
    ids.set(row, b * T);
  });
  return { ids, lengths, B, T };
}

/**
 * Turns padded sequences into a language model's inputs and targets: x<t+1> = y<t>.
 * Row `[bos a b eos]` gives inputs `[bos a b]` and targets `[a b eos]`; all are [B, T - 1].
 */
export function nextTokenPairs({ ids, lengths, B, T }: Pick<SequenceBatch, "ids" | "lengths" | "B" | "T">) {
  const shorter = Math.max(0, T - 1);
  const inputs = new Int32Array(B * shorter);
  const targets = new Int32Array(B * shorter);
  for (let b = 0; b < B; b++) {
    inputs.set(ids.subarray(b * T, b * T + shorter), b * shorter);
    targets.set(ids.subarray(b * T + 1, b * T + T), b * shorter);
  }
  return { inputs, targets, B, T: shorter, lengths: lengths.map((length) => Math.max(0, length - 1)) };
}

function batchesOf<Batch extends { next: BatchCursor; cursor: BatchCursor }>(
  perEpoch: number,
  at: (cursor: BatchCursor) => Batch,
): Batches<Batch> {
  return {
    perEpoch,
    at,
    *from(cursor = { epoch: 0, batch: 0 }) {
      for (let place = cursor; ; ) {
        const batch = at(place);
        yield batch;
        place = batch.next;
      }
    },
    *epoch(epoch = 0) {
      for (let place = { epoch, batch: 0 }; place.epoch === epoch; ) {
        const batch = at(place);
        yield batch;
        place = batch.next;
      }
    },
  };
}

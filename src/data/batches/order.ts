// The order of an epoch: which rows make a batch, and which batch comes when. Compact, so that tens of millions of rows
// cost four bytes each.
//
//   rows in file order   |  0  |  1  |  2  |  3  |  4  |  5  |  ...      stretches of neighbors
//   drawn for the epoch  |  4  |  1  |  5  |  0  |  3  |  2  |  ...      a stretch is read from disk in one run
//   pools                |<----- pool ---->|<----- pool ---->|  ...      what lies in memory at one time
//   in each pool: shuffle its rows, sort by length, cut into batches, shuffle the batches
//
// Data that fits one pool is shuffled as a whole. Rows in memory and rows on disk go the same way, to the same batches.
import type { Random } from "../../base/index.ts";

export interface Order {
  /** Rows by their place in the data: batch b holds `rows[starts[b]] .. rows[starts[b + 1] - 1]`. */
  rows: Int32Array;
  starts: Int32Array;
  /** Which batch comes first, second, ... */
  sequence: Int32Array;
}

export interface OrderOptions {
  /** Rows alike in this lie side by side; none: as they come. */
  sortBy: ArrayLike<number> | undefined;
  /** None: nothing is shuffled. */
  draw: Random | undefined;
  /** Tokens that are shuffled and sorted together. */
  pool: number;
  mostRows: number;
  mostTokens: number;
  /** Every batch has at least this many rows. */
  world: number;
}

const stretchesInPool = 64;

/** Plans an epoch. @param lengths tokens of each row */
export function planEpoch(lengths: ArrayLike<number>, options: OrderOptions): Order {
  const { sortBy, draw, pool, mostRows, world } = options;
  const count = lengths.length;
  let tokens = 0;
  for (let i = 0; i < count; i++) tokens += lengths[i]!;
  const pools = Math.max(1, Math.ceil(tokens / pool));
  // Pools of whole batches, so that every epoch has as many.
  const whole = Number.isFinite(mostRows) ? mostRows : world;
  const rowsInPool = pools === 1 ? count : Math.max(1, Math.round(count / pools / whole)) * whole;
  const rows = new Int32Array(count);
  for (let i = 0; i < count; i++) rows[i] = i;
  if (draw && rowsInPool < count) shuffleStretches(rows, Math.ceil(rowsInPool / stretchesInPool), draw);
  const starts = growing();
  const sequence = growing();
  for (let from = 0; from < count; from += rowsInPool) {
    // What is left for a last pool of less than a batch for each rank goes with the one before.
    const to = count - from - rowsInPool < world ? count : from + rowsInPool;
    const part = rows.subarray(from, to);
    draw?.shuffle(part);
    if (sortBy) part.set(sorted(part, sortBy));
    const cuts = cut(part, lengths, options);
    const batches = Int32Array.from(cuts, (_, i) => sequence.length + i);
    draw?.shuffle(batches);
    for (const start of cuts) starts.push(from + start);
    for (const batch of batches) sequence.push(batch);
    if (to === count) break;
  }
  starts.push(count);
  return { rows, starts: starts.list(), sequence: sequence.list() };
}

/** Lays stretches of neighbors in another order; the last one may be short. */
function shuffleStretches(rows: Int32Array, length: number, draw: Random): void {
  const order = new Int32Array(Math.ceil(rows.length / length)).map((_, i) => i);
  draw.shuffle(order);
  let at = 0;
  for (const stretch of order) {
    const end = Math.min(rows.length, (stretch + 1) * length);
    for (let i = stretch * length; i < end; i++) rows[at++] = i;
  }
}

/** Counting sort: stable, linear. */
function sorted(rows: Int32Array, by: ArrayLike<number>): Int32Array {
  let most = 0;
  for (const i of rows) most = Math.max(most, by[i]!);
  const places = new Int32Array(most + 2);
  for (const i of rows) places[by[i]! + 1]!++;
  for (let value = 1; value < places.length; value++) places[value]! += places[value - 1]!;
  const out = new Int32Array(rows.length);
  for (const i of rows) out[places[by[i]!]!++] = i;
  return out;
}

/** Where batches begin. */
function cut(rows: Int32Array, lengths: ArrayLike<number>, { mostRows, mostTokens, world }: OrderOptions): number[] {
  const starts: number[] = [0];
  let start = 0;
  let longest = 0;
  for (let i = 0; i < rows.length; i++) {
    const length = lengths[rows[i]!]!;
    const count = i - start;
    const over = (count + 1) * Math.max(longest, length) > mostTokens;
    if (count > 0 && (count === mostRows || (count >= world && over))) {
      starts.push(i);
      start = i;
      longest = 0;
    }
    longest = Math.max(longest, length);
  }
  // Too few rows for every rank to have one: they go with the batch before, whose rows lie right before them.
  if (rows.length - start < world && starts.length > 1) starts.pop();
  return starts;
}

/** Numbers added one by one. */
function growing() {
  let held = new Int32Array(1024);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value: number) {
      if (length === held.length) {
        const wider = new Int32Array(length * 2);
        wider.set(held);
        held = wider;
      }
      held[length++] = value;
    },
    list: () => held.slice(0, length),
  };
}

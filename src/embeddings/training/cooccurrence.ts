// How often words stand near each other, weighted by 1 / distance: what GloVe learns from. Sums are held in memory up to a
// limit; beyond it sorted runs go to spools, are merged, and the pairs are dealt at random into parts small enough to
// shuffle in memory.

import type { Random } from "../../base/random.ts";
import type { Corpus } from "./corpus.ts";
import { pairTable } from "./pair-table.ts";
import { rowsOf } from "./phrases.ts";
import type { Spool } from "./spool.ts";

export interface CooccurrenceOptions {
  /** Neighbors on each side. */
  window: number;
  /** Pairs held in memory at once. */
  maxPairs: number;
  makeSpool: () => Spool;
  /** Deals the pairs into parts. */
  random: Random;
  signal?: AbortSignal;
  progress?: (words: number) => void;
}

export interface Cooccurrences {
  /** Each part: records of three numbers, the rows of two words and the bits of a float32, in no order. */
  parts: Spool[];
  pairs: number;
  close(): void;
}

/** Numbers of a record. */
export const recordLength = 3;

/** Counts symmetrically: each pair is there once for (a, b) and once for (b, a). Rare words take no place. */
export async function countCooccurrences(corpus: Corpus, options: CooccurrenceOptions): Promise<Cooccurrences> {
  const { window, maxPairs, makeSpool, random, signal, progress } = options;
  const table = pairTable(corpus.words.length, maxPairs);
  const runs: { spool: Spool; pairs: number }[] = [];
  const past = new Int32Array(window);
  let held = 0; // words of the line so far, at most `window` of them in `past`
  let words = 0;
  const spill = () => {
    const { keys, sums } = table.sorted();
    const spool = makeSpool();
    spool.append(new Int32Array(keys.buffer));
    spool.append(new Int32Array(sums.buffer));
    runs.push({ spool, pairs: keys.length });
    table.clear();
  };
  for (const ids of rowsOf(corpus)) {
    signal?.throwIfAborted();
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (id === -1) held = 0;
      if (id < 0) continue;
      for (let d = 1; d <= Math.min(held, window); d++) {
        const other = past[(held - d) % window]!;
        table.add(id, other, 1 / d);
        table.add(other, id, 1 / d);
      }
      past[held++ % window] = id;
      words++;
      if (table.full()) spill();
    }
    progress?.(words);
    await new Promise((resolve) => setTimeout(resolve));
  }
  const width = corpus.words.length;
  const wholes = new Int32Array(recordLength);
  const bits = new Float32Array(wholes.buffer);
  let pairs = 0;
  const parts: Spool[] = [];
  const buffers: Int32Array[] = [];
  const filled: number[] = [];
  const open = (count: number) => {
    for (let p = 0; p < count; p++) {
      parts.push(makeSpool());
      buffers.push(new Int32Array(recordLength * 4096));
      filled.push(0);
    }
  };
  const deal = (key: number, sum: number) => {
    const part = parts.length > 1 ? random.below(parts.length) : 0;
    wholes[0] = Math.floor(key / width);
    wholes[1] = key - wholes[0]! * width;
    bits[2] = sum;
    buffers[part]!.set(wholes, filled[part]!);
    filled[part]! += recordLength;
    if (filled[part] === buffers[part]!.length) {
      parts[part]!.append(buffers[part]!);
      filled[part] = 0;
    }
    pairs++;
  };
  if (runs.length === 0) {
    open(1);
    const { keys, sums } = table.sorted();
    for (let k = 0; k < keys.length; k++) deal(keys[k]!, sums[k]!);
  } else {
    spill();
    open(Math.ceil(runs.reduce((sum, run) => sum + run.pairs, 0) / maxPairs));
    merge(runs, deal);
    for (const { spool } of runs) spool.close();
  }
  for (const [p, part] of parts.entries()) part.append(buffers[p]!.subarray(0, filled[p]));
  return {
    parts,
    pairs,
    close() {
      for (const part of parts) part.close();
    },
  };
}

/** Merges sorted runs, equal keys summed. */
function merge(runs: { spool: Spool; pairs: number }[], deal: (key: number, sum: number) => void): void {
  const block = 4096;
  const cursors = runs.map(({ spool, pairs }) => {
    const keys = new Float64Array(block);
    const sums = new Float64Array(block);
    let at = 0;
    let base = 0;
    let count = 0;
    const load = () => {
      base += count;
      count = Math.min(block, pairs - base);
      at = 0;
      if (count <= 0) return;
      spool.read(base * 2, new Int32Array(keys.buffer, 0, count * 2));
      spool.read((pairs + base) * 2, new Int32Array(sums.buffer, 0, count * 2));
    };
    load();
    return {
      key: () => (count > 0 ? keys[at]! : Infinity),
      take() {
        const sum = sums[at]!;
        if (++at === count) load();
        return sum;
      },
    };
  });
  for (;;) {
    let least = Infinity;
    for (const cursor of cursors) least = Math.min(least, cursor.key());
    if (least === Infinity) return;
    let sum = 0;
    for (const cursor of cursors) if (cursor.key() === least) sum += cursor.take();
    deal(least, sum);
  }
}

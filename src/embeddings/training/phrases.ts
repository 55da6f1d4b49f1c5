// Words that often occur together become one token, `new york` -> `new_york` (Mikolov et al., "Distributed
// representations of words and phrases", 2013, section 4).

import { checkNumber } from "../../base/errors.ts";
import type { Corpus } from "./corpus.ts";
import { pairTable } from "./pair-table.ts";
import { memorySpool, type Spool } from "./spool.ts";

export interface PhraseOptions {
  /** Minimum score of a phrase; a lower one makes more phrases. Default: 100. */
  threshold?: number;
  /** Minimum count of a pair, also subtracted from every pair's count (the discount of the paper). Default: 5. */
  minCount?: number;
  /** Separator between the words. Default: `_`. */
  delimiter?: string;
  /** Stores the new corpus. */
  spool?: Spool;
  /** Maximum number of pairs in memory; beyond it the rarest are dropped. Default: 2^23, at most 256 MB. */
  maxPairs?: number;
}

/**
 * Joins pairs of words with score (count(a b) - minCount) / (count(a) count(b)) * words above the threshold, from left to
 * right; a joined pair is not joined on. A second call joins phrases of up to four words. Rare words are gone in the
 * result, as they are for training; words that now occur less than `minCount` times too.
 */
export function joinPhrases(corpus: Corpus, options: PhraseOptions = {}): Corpus {
  const { threshold = 100, minCount = 5, delimiter = "_", spool = memorySpool(), maxPairs = 1 << 23 } = options;
  checkNumber("phrases: threshold", threshold, { above: 0 });
  checkNumber("phrases: minCount", minCount, { min: 1, integer: true });
  const size = corpus.words.length;
  const table = pairTable(size, maxPairs);
  let forgotten = 1;
  // A rare word stands between its neighbors: they are no pair.
  for (const ids of rowsOf(corpus)) {
    for (let i = 1; i < ids.length; i++) if (ids[i]! >= 0 && ids[i - 1]! >= 0) table.add(ids[i - 1]!, ids[i]!, 1);
    if (table.full()) table.prune(forgotten++);
  }
  const { keys, sums } = table.sorted();
  const phraseOf = new Map<number, number>();
  const words = corpus.words.slice();
  for (let k = 0; k < keys.length; k++) {
    const a = Math.floor(keys[k]! / size);
    const b = keys[k]! - a * size;
    const score = ((sums[k]! - minCount) / (corpus.counts[a]! * corpus.counts[b]!)) * corpus.known;
    if (score > threshold) {
      phraseOf.set(keys[k]!, words.length);
      words.push(`${words[a]}${delimiter}${words[b]}`);
    }
  }
  const counts = new Float64Array(words.length);
  let tokens = 0;
  for (const ids of rowsOf(corpus)) {
    const out = new Int32Array(ids.length);
    let n = 0;
    for (let i = 0; i < ids.length; i++) {
      const a = ids[i]!;
      const joined =
        a >= 0 && i + 1 < ids.length && ids[i + 1]! >= 0 ? phraseOf.get(a * size + ids[i + 1]!) : undefined;
      const row = joined ?? a;
      if (row < -1) continue; // a rare word
      if (joined !== undefined) i++;
      out[n++] = row;
      if (row >= 0) {
        counts[row]!++;
        tokens++;
      }
    }
    spool.append(out.subarray(0, n));
  }
  const order = words.map((_, row) => row).filter((row) => counts[row]! >= minCount);
  order.sort((x, y) => counts[y]! - counts[x]! || x - y);
  const rowOf = new Int32Array(words.length).fill(-1);
  for (const [row, old] of order.entries()) rowOf[old] = row;
  return {
    ...corpus,
    words: order.map((row) => words[row]!),
    counts: Float64Array.from(order, (row) => counts[row]!),
    tokens,
    known: order.reduce((sum, row) => sum + counts[row]!, 0),
    distinct: words.length,
    spool,
    rowOf,
  };
}

/** The corpus in pieces as vocabulary rows: -1 ends a line, -2 is a rare word. A line may be cut between pieces. */
export function* rowsOf(corpus: Corpus, length = 1 << 16): Generator<Int32Array> {
  const ids = new Int32Array(length);
  for (let at = 0; at < corpus.spool.length; ) {
    const count = corpus.spool.read(at, ids);
    if (count === 0) return;
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      if (id >= 0) {
        const row = corpus.rowOf[id]!;
        ids[i] = row < 0 ? -2 : row;
      }
    }
    yield ids.subarray(0, count);
    at += count;
  }
}

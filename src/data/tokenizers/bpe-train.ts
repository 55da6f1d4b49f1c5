// Learns byte-pair merges from words and their counts (Sennrich et al., "Neural machine translation of rare words with
// subword units", 2016). Each merge changes only the words that hold its pair, so counts are kept up to date instead of
// being taken again, and a heap gives the next pair.

/** A merge: the two symbols that become one. */
export type Merge = readonly [left: number, right: number];

export interface LearnedMerges {
  /** Symbols by id: the alphabet, then what the merges made. */
  symbols: string[];
  /** In the order learned, as pairs of symbol ids. */
  merges: Merge[];
  /** How often each symbol is used once all merges are made. */
  counts: number[];
}

/**
 * Merges the most frequent pair, again and again. Of pairs as frequent, the one with the smaller ids goes first, so the
 * result depends on the counts alone and not on the order of the words.
 *
 * @param words each word as symbol ids, with its count
 * @param minCount pairs that occur less often are not merged
 */
export function learnMerges(
  words: { symbols: number[]; count: number }[],
  alphabet: readonly string[],
  { merges: most, minCount }: { merges: number; minCount: number },
): LearnedMerges {
  const symbols = [...alphabet];
  const ids = new Map(symbols.map((symbol, id) => [symbol, id]));
  const merges: Merge[] = [];
  const pairs = new Map<number, Pair>();
  const heap = pairHeap();
  const learned = new Set<number>();

  const change = (left: number, right: number, by: number, word: number) => {
    const key = keyOf(left, right);
    let pair = pairs.get(key);
    if (!pair) {
      pair = { left, right, count: 0, words: new Set(), queued: 0 };
      pairs.set(key, pair);
    }
    pair.count += by;
    if (by > 0) {
      pair.words.add(word);
      touched.add(pair);
    }
  };
  const touched = new Set<Pair>();
  const queueTouched = () => {
    for (const pair of touched) {
      // A count that fell is found out when its old entry comes up; only one that rose needs a new entry.
      if (pair.count > pair.queued && pair.count >= minCount) heap.push(pair, pair.count);
    }
    touched.clear();
  };

  words.forEach(({ symbols: word, count }, w) => {
    for (let i = 0; i + 1 < word.length; i++) change(word[i]!, word[i + 1]!, count, w);
  });
  queueTouched();

  while (merges.length < most) {
    const next = heap.pop();
    if (!next) break;
    const { pair, count } = next;
    if (pair.queued !== count) continue; // an older entry
    pair.queued = 0;
    if (pair.count !== count) {
      if (pair.count >= minCount) heap.push(pair, pair.count);
      continue;
    }
    const { left, right } = pair;
    const made = symbols[left]! + symbols[right]!;
    let id = ids.get(made);
    if (id === undefined) {
      id = symbols.push(made) - 1;
      ids.set(made, id);
    }
    // "ab"+"c" and "a"+"bc" make one symbol, so a pair that was merged may come up again: it is no new merge.
    if (!learned.has(keyOf(left, right))) merges.push([left, right]);
    learned.add(keyOf(left, right));
    pairs.delete(keyOf(left, right));
    for (const w of pair.words) {
      const { symbols: word, count: times } = words[w]!;
      if (!holds(word, left, right)) continue;
      // Take the word's pairs out, merge, put them in again: words are short.
      for (let i = 0; i + 1 < word.length; i++) {
        if (word[i] !== left || word[i + 1] !== right) change(word[i]!, word[i + 1]!, -times, w);
      }
      mergeIn(word, left, right, id);
      for (let i = 0; i + 1 < word.length; i++) change(word[i]!, word[i + 1]!, times, w);
    }
    queueTouched();
  }

  const counts = new Array<number>(symbols.length).fill(0);
  for (const { symbols: word, count } of words) for (const id of word) counts[id]! += count;
  return { symbols, merges, counts };
}

/** Replaces each (left, right) in a word, from the left. */
export function mergeIn(word: number[], left: number, right: number, id: number): void {
  let to = 0;
  for (let from = 0; from < word.length; from++) {
    if (word[from] === left && word[from + 1] === right) {
      word[to++] = id;
      from++;
    } else word[to++] = word[from]!;
  }
  word.length = to;
}

/** Symbol ids stay below 2^24, so a pair fits in the 53 bits of a number. */
export const keyOf = (left: number, right: number): number => left * 2 ** 24 + right;

interface Pair {
  left: number;
  right: number;
  count: number;
  /** Words that held the pair at some time; some may not any more. */
  words: Set<number>;
  /** The count under which it stands in the heap; 0 where it does not. */
  queued: number;
}

function holds(word: readonly number[], left: number, right: number): boolean {
  for (let i = 0; i + 1 < word.length; i++) if (word[i] === left && word[i + 1] === right) return true;
  return false;
}

/** A binary heap of (pair, count): the highest count first, then the smaller ids. */
function pairHeap() {
  const items: { pair: Pair; count: number }[] = [];
  const before = (a: { pair: Pair; count: number }, b: { pair: Pair; count: number }) =>
    a.count - b.count || b.pair.left - a.pair.left || b.pair.right - a.pair.right;
  return {
    push(pair: Pair, count: number) {
      pair.queued = count;
      const item = { pair, count };
      let at = items.push(item) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (before(items[parent]!, item) >= 0) break;
        items[at] = items[parent]!;
        at = parent;
      }
      items[at] = item;
    },
    pop() {
      const top = items[0];
      const last = items.pop();
      if (!top || !last || items.length === 0) return top;
      let at = 0;
      for (;;) {
        let child = at * 2 + 1;
        if (child >= items.length) break;
        if (child + 1 < items.length && before(items[child + 1]!, items[child]!) > 0) child++;
        if (before(items[child]!, last) <= 0) break;
        items[at] = items[child]!;
        at = child;
      }
      items[at] = last;
      return top;
    },
  };
}

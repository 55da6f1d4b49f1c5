// Which row a word has: an open hash table of row numbers over the list of words itself, 8 bytes a word where a Map takes 40.

export interface WordIndex {
  /** Row of a word; -1 if it is not in the vocabulary. */
  get(word: string): number;
  /** Takes the next row for a word, `words.length - 1` after the caller has added it there; false if it has one already. */
  add(word: string): boolean;
}

/** Indexes the words that are there; fails to take one twice (`twice` names it). The list must only grow, by `add`. */
export function wordIndex(words: readonly string[]): WordIndex & { twice: string | undefined } {
  let slots = new Int32Array(16); // row + 1; 0 is free
  let count = 0;

  /** The slot of a word, or the free one where it belongs. */
  function find(word: string): number {
    let hash = 2166136261;
    for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 16777619);
    hash ^= hash >>> 15;
    const mask = slots.length - 1;
    let slot = (Math.imul(hash, 0x85ebca6b) >>> 7) & mask;
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) if (words[slots[slot]! - 1] === word) return slot;
    return slot;
  }
  function room(rows: number): void {
    if (rows * 2 <= slots.length) return;
    slots = new Int32Array(2 ** Math.ceil(Math.log2(rows * 2)));
    for (let row = 0; row < count; row++) slots[find(words[row]!)] = row + 1;
  }
  const self = {
    twice: undefined as string | undefined,
    get: (word: string) => slots[find(word)]! - 1,
    add(word: string): boolean {
      room(count + 1);
      const slot = find(word);
      if (slots[slot] !== 0) return false;
      slots[slot] = ++count;
      return true;
    },
  };
  const given = words.length;
  room(given);
  for (let row = 0; row < given; row++) if (!self.add(words[row]!)) self.twice ??= words[row]!;
  return self;
}

// A hash table over stretches of a text: finds the number of `text[start, end)` without making a string of it, which is what
// takes the time in a `Map`. Open addressing, at most half full; FNV-1a over UTF-16 units.
import { ownString } from "./tokenizer.ts";

export interface TextTable {
  /** Different strings in the table. */
  readonly size: number;
  /** The number of `text[start, end)`, or -1. */
  find(text: string, start: number, end: number): number;
  /** Its number; a new one where it is not there yet. */
  put(text: string, start: number, end: number): number;
  /** Counts it once more. */
  count(text: string, start: number, end: number): void;
  /** Strings with their counts, in the order of their numbers. */
  entries(): Iterable<[string, number]>;
}

/** @param tokens strings that are there from the beginning, by number */
export function textTable(tokens: readonly string[] = []): TextTable {
  const strings: string[] = [];
  let counts = new Float64Array(1024);
  let hashes = new Int32Array(1024);
  let mask = 2 ** Math.ceil(Math.log2(tokens.length * 2 + 1024)) - 1;
  let slots = new Int32Array(mask + 1).fill(-1);

  function hash(text: string, start: number, end: number): number {
    let h = 0x811c9dc5;
    for (let i = start; i < end; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    return h ^ (h >>> 15);
  }
  /** The slot of a string: its own, or the empty one where it belongs. */
  function slotOf(h: number, text: string, start: number, end: number): number {
    const length = end - start;
    for (let slot = h & mask; ; slot = (slot + 1) & mask) {
      const id = slots[slot]!;
      if (id < 0) return slot;
      if (hashes[id] !== h) continue;
      const token = strings[id]!;
      if (token.length !== length) continue;
      let i = 0;
      while (i < length && token.charCodeAt(i) === text.charCodeAt(start + i)) i++;
      if (i === length) return slot;
    }
  }
  function add(h: number, slot: number, token: string): number {
    const id = strings.push(token) - 1;
    if (id >= counts.length) {
      const [wider, more] = [new Float64Array(2 * id), new Int32Array(2 * id)];
      wider.set(counts);
      more.set(hashes);
      [counts, hashes] = [wider, more];
    }
    hashes[id] = h;
    slots[slot] = id;
    if (2 * strings.length > mask) grow();
    return id;
  }
  function grow(): void {
    mask = 2 * mask + 1;
    slots = new Int32Array(mask + 1).fill(-1);
    for (let id = 0; id < strings.length; id++) {
      let slot = hashes[id]! & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
  }
  function put(text: string, start: number, end: number): number {
    const h = hash(text, start, end);
    const slot = slotOf(h, text, start, end);
    const id = slots[slot]!;
    return id >= 0 ? id : add(h, slot, ownString(text.slice(start, end)));
  }
  for (const token of tokens) put(token, 0, token.length);

  return {
    get size() {
      return strings.length;
    },
    find: (text, start, end) => slots[slotOf(hash(text, start, end), text, start, end)]!,
    put,
    count(text, start, end) {
      const id = put(text, start, end); // it may make room, in other arrays
      counts[id]!++;
    },
    *entries() {
      for (let id = 0; id < strings.length; id++) yield [strings[id]!, counts[id]!] as [string, number];
    },
  };
}

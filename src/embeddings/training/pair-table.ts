// Sums by pairs of whole numbers: an open hash table in typed arrays, 16 bytes a slot.

export interface PairTable {
  /** Pairs held. */
  readonly size: number;
  /** True where no further new pair fits well; `add` then still works, ever more slowly, up to the last slot. */
  full(): boolean;
  add(a: number, b: number, amount: number): void;
  get(a: number, b: number): number;
  /** All pairs, sorted by a, then b. */
  sorted(): { keys: Float64Array; sums: Float64Array };
  /** Forgets pairs whose sum is at most this. */
  prune(most: number): void;
  clear(): void;
}

/** @param width one more than the largest second number; a * width + b must be a safe integer */
export function pairTable(width: number, maxPairs: number): PairTable {
  const most = 2 ** Math.ceil(Math.log2(Math.max(2048, maxPairs * 1.5)));
  let slots = Math.min(most, 1 << 16);
  let keys = new Float64Array(slots).fill(-1);
  let sums = new Float64Array(slots);
  let size = 0;

  function slotOf(key: number): number {
    // the two halves of the key, mixed; the mask keeps the low bits
    const low = key | 0;
    const high = (key / 4294967296) | 0;
    let h = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
    h ^= h >>> 15;
    let slot = (Math.imul(h, 0xc2b2ae35) >>> 7) & (slots - 1);
    while (keys[slot] !== -1 && keys[slot] !== key) slot = (slot + 1) & (slots - 1);
    return slot;
  }
  function rebuild(wider: number, least = 0) {
    const [oldKeys, oldSums] = [keys, sums];
    slots = wider;
    keys = new Float64Array(slots).fill(-1);
    sums = new Float64Array(slots);
    size = 0;
    for (let i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] === -1 || oldSums[i]! <= least) continue;
      const slot = slotOf(oldKeys[i]!);
      keys[slot] = oldKeys[i]!;
      sums[slot] = oldSums[i]!;
      size++;
    }
  }
  return {
    get size() {
      return size;
    },
    full: () => slots === most && size >= maxPairs,
    add(a, b, amount) {
      const key = a * width + b;
      const slot = slotOf(key);
      if (keys[slot] === -1) {
        keys[slot] = key;
        if (++size * 1.4 > slots && slots < most) {
          sums[slot] = amount;
          rebuild(slots * 2);
          return;
        }
      }
      sums[slot]! += amount;
    },
    get: (a, b) => sums[slotOf(a * width + b)]!,
    sorted() {
      const held = new Float64Array(size);
      for (let i = 0, n = 0; i < slots; i++) if (keys[i] !== -1) held[n++] = keys[i]!;
      held.sort();
      return { keys: held, sums: held.map((key) => sums[slotOf(key)]!) };
    },
    prune: (least) => rebuild(slots, least),
    clear() {
      keys.fill(-1);
      sums.fill(0);
      size = 0;
    },
  };
}

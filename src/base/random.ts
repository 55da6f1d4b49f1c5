// Seeded randomness from counters: the n-th number of a stream is a pure function of (key, n), so the same seed gives
// the same run whatever the threads, and a stream can be resumed from two numbers.
//
// Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): additions,
// rotations and exclusive ors only, which JavaScript's 32-bit integers do exactly.

/** Names a stream of random numbers: two 32-bit words. */
export type RandomKey = readonly [number, number];

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** One block: (key, counter) -> 64 random bits as two unsigned 32-bit words. */
export function threefry(key: RandomKey, c0: number, c1: number): [number, number] {
  const k0 = key[0] | 0;
  const k1 = key[1] | 0;
  const ks = [k0, k1, k0 ^ k1 ^ 0x1bd11bda];
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let block = 0; block < 5; block++) {
    for (let round = 0; round < 4; round++) {
      const r = rotations[((block & 1) << 2) + round]!;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    }
    x0 = (x0 + ks[(block + 1) % 3]!) | 0;
    x1 = (x1 + ks[(block + 2) % 3]! + block + 1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
}

/** The key of a seed (any finite number; 53 bits of it count). */
export function randomKey(seed: number): RandomKey {
  const high = Math.floor(seed / 2 ** 32) >>> 0;
  return threefry([0x756e726f, 0x6c6c6564], seed >>> 0, high);
}

/** Derives an independent stream from a key and what it is for: numbers (a step) or names (a parameter). */
export function foldIn(key: RandomKey, ...what: (number | string)[]): RandomKey {
  let result = key;
  for (const item of what) {
    const word = typeof item === "string" ? hashString(item) : item >>> 0;
    result = threefry(result, word, typeof item === "string" ? 1 : 0);
  }
  return result;
}

/** FNV-1a over UTF-16 code units. */
function hashString(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A position in a stream; `state` is all that is needed to go on from it. */
export interface Random {
  /** 32 random bits, unsigned. */
  uint32(): number;
  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number;
  /** Normal with mean 0 and deviation 1 (Box-Muller; the second value is not kept, so that the state stays a counter). */
  normal(): number;
  /** A whole number in [0, n), without bias. */
  below(n: number): number;
  /** Shuffles in place (Fisher-Yates) and returns its argument. */
  shuffle<A extends { length: number; [index: number]: unknown }>(items: A): A;
  /** Where the stream stands. */
  state(): RandomState;
}

export interface RandomState {
  key: RandomKey;
  counter: number;
}

/** Opens a stream from a seed, a key, or a saved state. */
export function random(from: number | RandomKey | RandomState): Random {
  const start: RandomState =
    typeof from === "number"
      ? { key: randomKey(from), counter: 0 }
      : "key" in from
        ? { key: from.key, counter: from.counter }
        : { key: from, counter: 0 };
  const { key } = start;
  let { counter } = start; // in 32-bit words; a block holds two
  let block: [number, number] | undefined;
  let blockAt = -1;

  function uint32(): number {
    const at = Math.floor(counter / 2);
    if (at !== blockAt) {
      block = threefry(key, at >>> 0, Math.floor(at / 2 ** 32));
      blockAt = at;
    }
    return block![counter++ % 2]!;
  }
  function uniform(): number {
    return ((uint32() >>> 5) * 67108864 + (uint32() >>> 6)) / 9007199254740992;
  }
  function below(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const bits = uint32();
      if (bits < limit) return bits % n;
    }
  }
  return {
    uint32,
    uniform,
    below,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = below(i + 1);
        const held = items[i];
        items[i] = items[j];
        items[j] = held;
      }
      return items;
    },
    state: () => ({ key, counter }),
  };
}

/**
 * Fills `out` with 1 (kept, with probability `keep` to within 2^-16) and 0 (dropped): a dropout mask.
 * A cheap mix of the counter, keyed by Threefry; half a million entries take about 2 ms.
 */
export function fillMask(out: Uint8Array, key: RandomKey, keep: number): void {
  const [k0, k1] = threefry(key, out.length, 0x6d61736b);
  const limit = Math.round(keep * 65536);
  for (let i = 0; i < out.length; i += 2) {
    let x = (Math.imul(i, 0x9e3779b9) + k0) | 0; // the finalizer "lowbias32" of Wellons' hash prospector
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15) ^ k1, 0x735a2d97);
    x ^= x >>> 15;
    out[i] = (x & 0xffff) < limit ? 1 : 0;
    if (i + 1 < out.length) out[i + 1] = x >>> 16 < limit ? 1 : 0;
  }
}

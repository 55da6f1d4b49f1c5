// Pairs of texts for training and for validation.
import { fail, foldIn, randomKey } from "../../base/index.ts";
import { type RowsOrList, selectRows, toy, withoutRows } from "../../data/index.ts";
import type { Translation } from "../../tasks/index.ts";

const toySize = { train: 10_000, held: 500 };

/** The pairs of a synthetic problem. */
export function toyPairs(spec: string, seed: number): { train: Translation[]; held: Translation[] } {
  const made = toy(spec, { seed });
  if (made.kind !== "pairs") return fail({ where: `--toy ${made.spec}`, expected: "dates", received: made.name });
  const some = (from: number, count: number) => Array.from({ length: count }, (_, n) => made.sample(from + n));
  return { train: some(0, toySize.train), held: some(toySize.train, toySize.held) };
}

/** A thousand are enough to tell one checkpoint from another. */
const mostHeld = 1000;

/**
 * Pairs for training and validation. They are drawn by source, so that no source stands on both sides: those whose
 * sources have the lowest hashes.
 */
export function partPairs<Pair extends Translation>(
  pairs: RowsOrList<Pair>,
  fraction: number,
  seed: number,
): [RowsOrList<Pair>, Pair[]] {
  const key = foldIn(randomKey(seed), "valid");
  const hashOf = ({ source }: Translation) => foldIn(key, source)[0]! >>> 0;
  // Of a corpus without end only the lowest are kept: as many as make a thousand by the fraction.
  const enough = Math.ceil(mostHeld / Math.max(fraction, 1e-3));
  let hashes = new Set<number>();
  let highest = Infinity;
  const sorted = () => [...hashes].sort((a, b) => a - b);
  for (const pair of pairs) {
    const hash = hashOf(pair);
    if (hash <= highest) hashes.add(hash);
    if (hashes.size <= 2 * enough) continue;
    const lowest = sorted().slice(0, enough);
    hashes = new Set(lowest);
    highest = lowest.at(-1)!;
  }
  const count = Math.min(mostHeld, Math.round(hashes.size * fraction));
  const limit = sorted()[count - 1] ?? -1;
  const held: number[] = [];
  let place = 0;
  for (const pair of pairs) {
    if (hashOf(pair) <= limit) held.push(place);
    place++;
  }
  const places = Int32Array.from(held);
  return [withoutRows(pairs, places), [...selectRows(pairs, places)]];
}

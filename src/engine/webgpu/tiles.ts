// Which tiles a product gets. A GPU is full when there are some workgroups for each of its cores; small results get
// small tiles, and long sums over few results are cut into parts.
import type { Tiles } from "./matmul.ts";

export interface ProductLengths {
  readonly rows: number;
  readonly units: number;
  readonly gates: number;
  readonly depth: number;
  readonly matrices: number;
}

/** Workgroups that keep a GPU busy. */
const wanted = 192;

/** Tiles that fit. `whole`: the tile itself must fit into workgroup memory, since an epilogue reads it there. */
export function candidateTiles({ gates }: ProductLengths, mostThreads: number, whole: boolean): Tiles[] {
  const smallest = 4 / gcd(4, gates); // whole vectors of four columns
  const candidates: Tiles[] = [];
  for (const [rows, threadRows] of [
    [128, 8],
    [64, 8],
    [64, 4],
    [32, 4],
    [16, 4],
    [8, 4],
  ] as const)
    for (const threadUnits of gates === 1 ? [4, 8] : [smallest, 2 * smallest])
      for (const units of [128, 64, 32, 16, 8, 4, 2]) {
        const columns = units * gates;
        if (units % threadUnits || columns > 128) continue;
        const own = (rows / threadRows) * (units / threadUnits);
        for (const split of [1, 2, 4, 8, 16]) {
          const threads = own * split;
          if (threads < 32 || threads > Math.min(mostThreads, 256)) continue;
          for (const depth of [8, 16, 32, 64]) {
            const words = depth * (rows / 4 + 1 + columns / 4 + 1);
            const needed = whole || split > 1 ? Math.max(words, (rows * columns) / 4) : words;
            if (depth % (4 * split) || needed * 16 > 16384) continue;
            candidates.push({ rows, threadRows, units, threadUnits, depth, split });
          }
        }
      }
  return candidates;
}

/** An estimate of the time that a product takes, in no unit. */
export function tileCost({ rows, units, gates, depth, matrices }: ProductLengths, tiles: Tiles): number {
  const groups = Math.ceil(rows / tiles.rows) * Math.ceil(units / tiles.units) * matrices;
  const columns = tiles.units * gates;
  const threads = ((tiles.rows / tiles.threadRows) * tiles.units * tiles.split) / tiles.threadUnits;
  const block = tiles.threadRows * tiles.threadUnits * gates;
  const reads = tiles.threadRows / 4 + (tiles.threadUnits * gates) / 4; // of workgroup memory, for each term
  const each = (depth / tiles.split) * (block / 4 + 2 * reads) * Math.ceil(threads / 128);
  const loads = ((tiles.rows + columns) * depth) / 16;
  const rounds = Math.ceil(depth / tiles.depth) * 80 + tiles.split * 60;
  return Math.ceil(groups / wanted) * (each + loads + rounds);
}

export function chooseTiles(lengths: ProductLengths, mostThreads: number, whole: boolean): Tiles {
  const cost = (tiles: Tiles) => tileCost(lengths, tiles);
  return candidateTiles(lengths, mostThreads, whole).reduce((best, one) => (cost(one) < cost(best) ? one : best));
}

/** Parts into which a long sum is cut when the result has few tiles. */
export function chooseChunks({ rows, units, gates, depth, matrices }: ProductLengths, tiles: Tiles): number {
  const groups = Math.ceil(rows / tiles.rows) * Math.ceil((units * gates) / (tiles.units * gates)) * matrices;
  return Math.max(1, Math.min(16, Math.floor(wanted / groups), Math.floor(depth / 256)));
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

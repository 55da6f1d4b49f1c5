// What follows the shards, cut into one slice of the flat memory for each worker: the tree of the workers' sums, the squared
// norms and the update. Elements do not depend on each other, and norms are added over blocks of fixed size in a fixed
// order, so the number of slices changes no bit.
import { compileLoop, type LoopCode } from "./kernel/loops.ts";
import type { FlatMemory, Region } from "./kernel/memory.ts";
import type { Update } from "./update.ts";

/** Floats in a block of a norm; slices end where a block ends. A multiple of 16, and small beside a core's cache. */
const block = 4096;

/** The slice of one worker; plain data, which can be sent to it. */
export interface Slice {
  /** The same part of the sums of all workers. */
  readonly sums: readonly Region[];
  /** Parts of regions of which the sum of squares is wanted: a block each. */
  readonly squares: readonly Region[];
  /** Parts of the loops of the update; all regions of one have the same size. */
  readonly loops: readonly { readonly code: LoopCode; readonly parts: readonly Region[] }[];
}

export interface Slices {
  /** One for each worker. */
  readonly slices: readonly Slice[];
  /** Sums of squares of whole regions, in the order of the update, from those of the blocks of each slice. */
  join(blocks: readonly (readonly number[])[]): number[];
}

/**
 * Cuts an update.
 *
 * @param sums the sums of the workers in flat memory, all of one size; the tree of all is left in the first
 */
export function cutSlices(sums: readonly Region[], { squares, loops }: Pick<Update, "squares" | "loops">): Slices {
  const workers = sums.length;
  const { offset, size } = sums[0]!;
  const end = offset + size;
  const blocks = Math.ceil(size / block);
  const cut = (worker: number) => offset + Math.min(size, block * Math.round((worker * blocks) / workers));
  /** The part of a region that a worker owns: by place where the region lies in the sums, otherwise the first owns all. */
  const owned = (region: Region, worker: number): Region | undefined => {
    if (region.offset < offset || region.offset >= end) return worker === 0 ? region : undefined;
    const from = Math.max(region.offset, cut(worker));
    const to = Math.min(region.offset + region.size, cut(worker + 1));
    return from < to ? { offset: from, size: to - from } : undefined;
  };
  const pieces = squares.map(blocksOf(offset));
  const owner = (piece: Region) => sums.findIndex((_, worker) => owned(piece, worker));
  const owners = pieces.map((list) => list.map(owner));
  const slices = sums.map((_, worker): Slice => {
    const [from, to] = [cut(worker), cut(worker + 1)];
    return {
      sums: sums.map((sum) => ({ offset: sum.offset + from - offset, size: to - from })),
      squares: pieces.flatMap((list, i) => list.filter((_, k) => owners[i]![k] === worker)),
      loops: loops.map(({ code, regions }) => {
        const anchor = regions.find((region) => region.offset >= offset && region.offset < end) ?? regions[0]!;
        const part = owned(anchor, worker);
        const at = part && part.offset - anchor.offset;
        const parts = part ? regions.map((region) => ({ offset: region.offset + at!, size: part.size })) : [];
        return { code, parts };
      }),
    };
  });
  return {
    slices,
    join(found) {
      const next = found.map(() => 0);
      return owners.map((list) => list.reduce((sum, worker) => sum + found[worker]![next[worker]!++]!, 0));
    },
  };
}

/** A region cut where blocks of the flat memory end, counted from an origin. */
const blocksOf =
  (origin: number) =>
  ({ offset, size }: Region): Region[] => {
    const pieces: Region[] = [];
    for (let from = offset; from < offset + size; ) {
      const next = origin + block * (Math.floor((from - origin) / block) + 1);
      const to = Math.min(next, offset + size);
      pieces.push({ offset: from, size: to - from });
      from = to;
    }
    return pieces;
  };

/** What one thread does with its slice. */
export interface SliceRunner {
  /** Adds the sums of the workers that have one, and returns the sums of squares of the slice's blocks. */
  reduce(present: readonly boolean[]): number[];
  /** Updates, with the numbers of each loop; a loop without numbers is left out. */
  update(numbers: readonly (readonly number[] | undefined)[]): void;
}

export function sliceRunner({ sums, squares, loops }: Slice, memory: FlatMemory): SliceRunner {
  const compiled = loops.map(({ code, parts }) => ({ parts, run: compileLoop(code, memory) }));
  const [{ offset, size }] = sums as [Region];
  const blocks = Array.from({ length: Math.ceil(size / block) }, (_, i) => {
    const [from, to] = [i * block, Math.min((i + 1) * block, size)];
    return { parts: sums.map((sum) => ({ offset: sum.offset + from, size: to - from })), squares: [] as number[] };
  });
  const elsewhere: number[] = [];
  for (const [k, region] of squares.entries())
    (blocks[Math.floor((region.offset - offset) / block)]?.squares ?? elsewhere).push(k);
  return {
    reduce(present) {
      const found = new Array<number>(squares.length);
      for (const each of blocks) {
        addTree(memory, each.parts, present);
        for (const k of each.squares) found[k] = memory.sumSquares(squares[k]!); // while it is in the cache
      }
      for (const k of elsewhere) found[k] = memory.sumSquares(squares[k]!);
      return found;
    },
    update(numbers) {
      for (let i = 0; i < compiled.length; i++) {
        const [{ parts, run }, own] = [compiled[i]!, numbers[i]];
        if (own && parts.length > 0) run(parts, own);
      }
    },
  };
}

/** The balanced binary tree over regions: the first then holds it. Absent ones add nothing. */
export function addTree(memory: FlatMemory, regions: readonly Region[], present: readonly boolean[]): boolean {
  if (regions.length === 1) return present[0]!;
  const half = regions.length / 2;
  const left = addTree(memory, regions.slice(0, half), present.slice(0, half));
  const right = addTree(memory, regions.slice(half), present.slice(half));
  addPresent(memory, regions[0]!, regions[half]!, left, right);
  return left || right;
}

/** to += from, where an absent operand adds nothing. */
export function addPresent(memory: FlatMemory, to: Region, from: Region, left: boolean, right: boolean): void {
  if (to.size === 0 || !right) return;
  if (left) memory.add(to, from);
  else memory.view(to).set(memory.view(from));
}

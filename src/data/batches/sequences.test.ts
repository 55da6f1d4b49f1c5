import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { type BucketOptions, nextTokenPairs, sequenceBatches } from "./sequences.ts";

/** n sequences of 1 to `longest` ids; sequence i is filled with i. */
function ragged(n: number, longest: number): Int32Array[] {
  const r = random(11);
  return Array.from({ length: n }, (_, i) => new Int32Array(1 + r.below(longest)).fill(i));
}
const data = ragged(1500, 24);
const sizes: [string, BucketOptions][] = [
  ["batchSize", { batchSize: 32, seed: 1 }],
  ["tokensPerBatch", { tokensPerBatch: 400, seed: 1 }],
  ["no buckets", { tokensPerBatch: 400, seed: 1, bucket: false }],
];

describe("sequenceBatches", () => {
  it.each(sizes)("gives every sequence once an epoch, whole, padded with zeros (%s)", (_, options) => {
    for (const epoch of [0, 1]) {
      const seen: number[] = [];
      let whole = true;
      for (const { ids, lengths, indices, B, T } of sequenceBatches(data, options).epoch(epoch)) {
        expect(T).toBe(Math.max(...lengths));
        indices.forEach((index, b) => {
          const row = ids.subarray(b * T, (b + 1) * T);
          whole &&= row.subarray(0, lengths[b]).join() === data[index]!.join();
          whole &&= row.subarray(lengths[b]).every((id) => id === 0);
        });
        if (options.batchSize) expect(B).toBeLessThanOrEqual(options.batchSize);
        else expect(B * T).toBeLessThanOrEqual(options.tokensPerBatch!);
        seen.push(...indices);
      }
      expect(whole).toBe(true);
      expect(seen.sort((a, b) => a - b)).toEqual(data.map((_, i) => i));
    }
  });
  it.each(sizes.slice(0, 2))("pads under 5 %% with buckets, and much more without (%s)", (_, options) => {
    expect(padding(options)).toBeLessThan(0.05);
    expect(padding({ ...options, bucket: false })).toBeGreaterThan(0.3);
  });
  it("holds its bound on the padding: rows in a batch x (longest - shortest)", () => {
    for (const batchSize of [1, 7, 64, 2000]) {
      let pads = 0;
      for (const { B, T, lengths } of sequenceBatches(data, { batchSize, seed: 3 }).epoch()) {
        pads += B * T - lengths.reduce((a, b) => a + b, 0);
      }
      expect(pads).toBeLessThanOrEqual(batchSize * 23);
    }
  });
  it("depends on the seed and the epoch only", () => {
    const order = (seed: number, epoch: number) =>
      [...sequenceBatches(data, { batchSize: 32, seed }).epoch(epoch)].map(({ indices }) => indices.join());
    expect(order(1, 0)).toEqual(order(1, 0));
    expect(order(1, 1)).not.toEqual(order(1, 0));
    expect(order(2, 0)).not.toEqual(order(1, 0));
    expect(order(1, 1).sort()).not.toEqual(order(1, 0).sort()); // batches are mixed anew, not only reordered
    const fixed = sequenceBatches(data, { batchSize: 32, seed: 1, shuffle: false, bucket: false });
    expect([...fixed.epoch(5)].flatMap(({ indices }) => [...indices])).toEqual(data.map((_, i) => i));
  });
  it.each(sizes)("goes on exactly from a saved cursor, over the end of an epoch (%s)", (_, options) => {
    const batches = sequenceBatches(data, options);
    const through = take(batches.from(), batches.perEpoch + 5);
    const saved = JSON.parse(JSON.stringify(through[10]!.next));
    expect(take(sequenceBatches(data, options).from(saved), batches.perEpoch - 6)).toEqual(through.slice(11));
    expect(through.at(-1)!.cursor.epoch).toBe(1);
  });
  it.each([
    ["batchSize", { batchSize: 7, seed: 1 }, 200],
    ["tokensPerBatch", { tokensPerBatch: 60, seed: 1 }, 200],
    ["a last batch of fewer rows than ranks", { batchSize: 6, seed: 1 }, 49],
  ] as [string, BucketOptions, number][])("shares each batch out among ranks (%s)", (_, options, n) => {
    const world = 3;
    const ranks = [0, 1, 2].map((rank) => [...sequenceBatches(data.slice(0, n), { ...options, rank, world }).epoch(2)]);
    const seen: number[] = [];
    ranks[0]!.forEach((first, i) => {
      const rows = ranks.map((batches) => batches[i]!.B);
      expect(Math.max(...rows) - Math.min(...rows)).toBeLessThanOrEqual(1);
      expect(Math.min(...rows)).toBeGreaterThan(0);
      expect(rows.reduce((a, b) => a + b)).toBe(first.total);
      for (const batches of ranks) seen.push(...batches[i]!.indices);
    });
    expect(ranks.map((batches) => batches.length)).toEqual(Array(world).fill(ranks[0]!.length));
    expect(seen.sort((a, b) => a - b)).toEqual(data.slice(0, n).map((_, i) => i));
  });
  it("lets a sequence longer than tokensPerBatch in alone", () => {
    const rows = [new Int32Array(9), new Int32Array(2), new Int32Array(3)];
    const shapes = [...sequenceBatches(rows, { tokensPerBatch: 6, seed: 0 }).epoch()].map(({ B, T }) => `${B}x${T}`);
    expect(shapes.sort()).toEqual(["1x9", "2x3"]);
  });
  it("refuses what it cannot batch", () => {
    expect(() => sequenceBatches(data, { seed: 1 })).toThrow("expected batchSize or tokensPerBatch, got neither");
    expect(() => sequenceBatches([], { seed: 1, batchSize: 2 })).toThrow("got 0");
    expect(() => sequenceBatches(data, { seed: 1, batchSize: 0 })).toThrow("batchSize");
    expect(() => sequenceBatches(data, { seed: 1, batchSize: 2, world: 3 })).toThrow("at least 3");
  });
});

describe("nextTokenPairs", () => {
  it("shifts each row by one", () => {
    const ids = Int32Array.of(1, 5, 6, 2, 1, 7, 2, 0);
    const pairs = nextTokenPairs({ ids, lengths: Int32Array.of(4, 3), B: 2, T: 4 });
    expect([...pairs.inputs]).toEqual([1, 5, 6, 1, 7, 2]);
    expect([...pairs.targets]).toEqual([5, 6, 2, 7, 2, 0]);
    expect([...pairs.lengths]).toEqual([3, 2]);
    expect(pairs.T).toBe(3);
  });
});

function padding(options: BucketOptions): number {
  let tokens = 0;
  let cells = 0;
  for (const { B, T, lengths } of sequenceBatches(data, options).epoch()) {
    cells += B * T;
    tokens += lengths.reduce((a, b) => a + b, 0);
  }
  return 1 - tokens / cells;
}

function take<T>(items: Iterable<T>, n: number): T[] {
  const taken: T[] = [];
  for (const item of items) {
    if (taken.push(item) === n) break;
  }
  return taken;
}

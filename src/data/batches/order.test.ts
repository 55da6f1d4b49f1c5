import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { bucketBatches } from "./sequences.ts";

const r = random(7);
const lengths = Int32Array.from({ length: 5000 }, () => 1 + r.below(20));
const options = { batchSize: 16, seed: 3, pool: 10_000 };

describe("pools", () => {
  it("give every row once an epoch, in as many batches in each", () => {
    const batches = bucketBatches(lengths, options);
    for (const epoch of [0, 1, 5]) {
      const all = [...batches.epoch(epoch)];
      expect(all).toHaveLength(batches.perEpoch);
      expect(all.flatMap(({ indices }) => [...indices]).sort((a, b) => a - b)).toEqual([...lengths.keys()]);
    }
  });

  it("lie one after another, and each is read in long runs of the file", () => {
    const all = [...bucketBatches(lengths, options).epoch()].map(({ indices }) => [...indices]);
    // 5,000 rows of 10.5 tokens: six pools of 52 batches, made of stretches of 13 rows.
    const pool = all
      .slice(0, 52)
      .flat()
      .sort((a, b) => a - b);
    const breaks = pool.filter((row, i) => i > 0 && row !== pool[i - 1]! + 1).length;
    expect(breaks).toBeLessThan(70);
    expect(pool.at(-1)! - pool[0]!).toBeGreaterThan(4000); // drawn from the whole of the data
  });

  it("pad little, and are drawn anew in each epoch", () => {
    let [cells, tokens] = [0, 0];
    for (const { indices } of bucketBatches(lengths, options).epoch()) {
      const own = Array.from(indices, (i) => lengths[i]!);
      cells += Math.max(...own) * own.length;
      tokens += own.reduce((a, b) => a + b);
    }
    expect(1 - tokens / cells).toBeLessThan(0.05);
    const first = (epoch: number) => [...bucketBatches(lengths, options).at({ epoch, batch: 0 }).indices].join();
    expect(first(0)).not.toBe(first(1));
    expect(first(1)).toBe(first(1));
  });

  it("leave data that fits one of them as it was", () => {
    const order = (pool: number) =>
      [...bucketBatches(lengths, { ...options, pool }).epoch()].map(({ indices }) => indices.join());
    expect(order(60_000)).toEqual(order(1e9));
    expect(order(50_000)).not.toEqual(order(1e9));
  });

  it("come in the order of the data where nothing is shuffled, for any number of ranks", () => {
    for (const world of [1, 3]) {
      const ranks = Array.from({ length: world }, (_, rank) => [
        ...bucketBatches(lengths, { ...options, batchSize: 7, shuffle: false, bucket: false, rank, world }).epoch(),
      ]);
      const rows = ranks[0]!.flatMap((_, b) => ranks.flatMap((batches) => [...batches[b]!.indices]));
      expect(rows).toEqual([...lengths.keys()]);
    }
  });
});

import { describe, expect, it } from "vitest";
import { ints } from "../../engine/values.ts";
import type { TrainingBatches } from "./batch.ts";
import { withNeighbors } from "./neighbor-tokens.ts";

/** Two batches in an epoch; the rows of the second have one token each. */
const batches: TrainingBatches = {
  kind: "rows",
  perEpoch: 2,
  start: { epoch: 0, batch: 0 },
  at: ({ epoch, batch = 0 }) => ({
    feeds:
      batch === 0
        ? { inputs: ints(Int32Array.of(4, 2, 3, 5, 1, 0), 2, 3), lengths: ints(Int32Array.of(3, 2), 2) }
        : { inputs: ints(Int32Array.of(2, 3), 2, 1), lengths: ints(Int32Array.of(1, 1), 2) },
    rows: 2,
    tokens: 5,
    next: batch === 0 ? { epoch, batch: 1 } : { epoch: epoch + 1, batch: 0 },
  }),
};
const options = {
  counts: [0, 2, 3, 1, 1, 2],
  both: true,
  weightAt: () => 0.5,
  seed: 1,
  ids: "inputs",
  lengths: "lengths",
  counted: "rows",
} as const;
const numbers = (value: { data: ArrayLike<number> } | undefined) => Array.from(value!.data);

describe("withNeighbors", () => {
  it("feeds each place the tokens beside it, and none past the ends of a row", () => {
    const { feeds, next } = withNeighbors(batches, options).at({ epoch: 0, batch: 0 });
    // With as few tokens as here all are candidates, by their ids.
    expect(numbers(feeds.candidates)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(numbers(feeds.next)).toEqual([2, 3, 0, 1, 0, 0]);
    expect(numbers(feeds.previous)).toEqual([0, 4, 2, 0, 5, 0]);
    // 3 of 6 predictions one way; in all they count 0.5 for each of the two rows.
    const one = expect.closeTo(1 / 6, 6);
    expect(numbers(feeds.nextWeights)).toEqual([one, one, 0, one, 0, 0]);
    expect(numbers(feeds.previousWeights)).toEqual([0, one, one, 0, one, 0]);
    const shares = [1, 3, 4, 2, 2, 3].map((count) => expect.closeTo(Math.log(count / 15), 5));
    expect(numbers(feeds.candidateOffsets)).toEqual(shares);
    expect(next).toEqual({ epoch: 0, batch: 1 });
  });

  it("weighs by the tokens of the batch where its loss is a mean over them", () => {
    const { feeds, tokens } = withNeighbors(batches, { ...options, counted: "tokens" }).at({ epoch: 0, batch: 0 });
    const weights = [...numbers(feeds.nextWeights), ...numbers(feeds.previousWeights)];
    expect(weights.reduce((a, b) => a + b)).toBeCloseTo(0.5 * tokens, 6);
  });

  it("counts nothing in rows of one token", () => {
    const { feeds } = withNeighbors(batches, options).at({ epoch: 0, batch: 1 });
    for (const name of ["nextWeights", "previousWeights"]) expect(numbers(feeds[name])).toEqual([0, 0]);
  });

  it("predicts the next token alone where nothing reads backward, and weighs by the epochs gone by", () => {
    const seen: number[] = [];
    const weightAt = (epochs: number) => {
      seen.push(epochs);
      return 1 - epochs / 2;
    };
    const forward = withNeighbors(batches, { ...options, both: false, weightAt });
    const { feeds } = forward.at({ epoch: 1, batch: 0 });
    forward.at({ epoch: 1, batch: 1 });
    expect(seen).toEqual([1, 1.5]);
    expect(Object.keys(feeds)).not.toContain("previous");
    expect(numbers(feeds.nextWeights).reduce((a, b) => a + b)).toBeCloseTo(0.5 * 2, 6);
  });

  it("draws the same candidates at the same place, and the batch's own tokens are among them", () => {
    const many = { ...options, counts: new Array<number>(5000).fill(1) };
    const [a, b] = [0, 1].map(() => withNeighbors(batches, many));
    const at = { epoch: 3, batch: 0 };
    const { feeds } = a!.at(at);
    expect(b!.at(at).feeds).toEqual(feeds);
    const ids = numbers(feeds.candidates);
    expect(ids).toHaveLength(1500);
    expect(numbers(feeds.next).map((place) => ids[place])).toEqual([2, 3, ids[0], 1, ids[0], ids[0]]);
    expect(numbers(a!.at({ epoch: 4, batch: 0 }).feeds.candidates)).not.toEqual(ids);
  });
});

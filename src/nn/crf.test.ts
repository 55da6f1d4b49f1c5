import { describe, expect, it } from "vitest";
import { evaluate, gradientFaults, ints, noise } from "../../test/gradient-check.ts";
import { allowedTransitions } from "../data/index.ts";
import { logPartition, pathScore } from "../decode/index.ts";
import { nodeEngine } from "../node/index.ts";
import { exp, input, sub } from "../tensor/index.ts";
import { crf, crfLogPartition, crfLoss, crfPathScore, independent } from "./crf.ts";

const [T, B, K] = [4, 3, 3];
const scores = {
  emissions: input("emissions", ["T", "B", K]),
  transitions: input("transitions", [K, K]),
  start: input("start", [K]),
  end: input("end", [K]),
};
const tags = input("tags", ["T", "B"], { dtype: "int" });
const lengths = input("lengths", ["B"], { dtype: "int" });
const rowLengths = [4, 1, 3];
const feeds = {
  emissions: noise([T, B, K], 1),
  transitions: noise([K, K], 2),
  start: noise([K], 3),
  end: noise([K], 4),
  tags: ints([T, B], [0, 2, 1, 1, 0, 0, 2, 0, 2, 1, 0, 0]),
  lengths: ints([B], rowLengths),
};

/** Row b of the batch as a plain chain, with its tags. */
function row(b: number) {
  const steps = Array.from({ length: rowLengths[b]! }, (_, t) => t);
  return {
    chain: {
      emissions: steps.flatMap((t) => [...feeds.emissions.data.slice((t * B + b) * K, (t * B + b + 1) * K)]),
      transitions: [...feeds.transitions.data],
      start: [...feeds.start.data],
      end: [...feeds.end.data],
    },
    tags: steps.map((t) => feeds.tags.data[t * B + b]!),
  };
}

describe("crf", () => {
  it("agrees with the plain one, row by row, on both engines", async () => {
    const outputs = { z: crfLogPartition(scores, lengths), path: crfPathScore(scores, tags, lengths) };
    const exact = await evaluate(outputs, feeds);
    const fast = await evaluate(outputs, feeds, nodeEngine());
    for (let b = 0; b < B; b++) {
      const { chain, tags } = row(b);
      expect(exact.z!.data[b]).toBeCloseTo(logPartition(chain), 10);
      expect(exact.path!.data[b]).toBeCloseTo(pathScore(chain, tags), 10);
      expect(fast.z!.data[b]).toBeCloseTo(logPartition(chain), 4);
      expect(fast.path!.data[b]).toBeCloseTo(pathScore(chain, tags), 4);
    }
  });

  it("gives all paths of a length probabilities that sum to 1", async () => {
    const probability = exp(sub(crfPathScore(scores, tags), crfLogPartition(scores)));
    let sum = 0;
    for (let n = 0; n < K ** T; n++) {
      const path = Array.from({ length: T }, (_, t) => Math.floor(n / K ** t) % K);
      const one = { ...feeds, emissions: noise([T, 1, K], 9), tags: ints([T, 1], path) };
      sum += (await evaluate({ probability }, one)).probability!.data[0]!;
    }
    expect(sum).toBeCloseTo(1, 10);
  });

  it("has the gradient that differences give, for ragged rows", async () => {
    const { mean } = crfLoss(scores, tags, lengths);
    const { emissions, transitions, start, end } = scores;
    expect(await gradientFaults(mean, [emissions, transitions, start, end], feeds)).toEqual([]);
  });

  it("gives what the scheme forbids no share, in the loss and in the chain", async () => {
    const block = crf().build(3, allowedTransitions(["O", "B-X", "I-X"], "IOB2"));
    const own = { transitions: scores.transitions, start_transitions: scores.start, end_transitions: scores.end };
    const { total } = block.loss(own, scores.emissions, tags, lengths);
    const legal = { ...feeds, tags: ints([2, 1], [1, 2]), lengths: ints([1], [2]), emissions: noise([2, 1, 3], 7) };
    const chain = block.chain((name) => feeds[name.replace("_transitions", "") as "start"].data);
    expect([...chain.transitions].map((x) => x === -Infinity)).toEqual(
      [false, false, true, false, false, false, false, false, false], // O may not be followed by I-X
    );
    expect([...chain.start].map((x) => x === -Infinity)).toEqual([false, false, true]);
    const plain = { emissions: legal.emissions.data as Float64Array, ...chain };
    const expected = logPartition(plain) - pathScore(plain, [1, 2]);
    expect((await evaluate({ total }, legal)).total!.data[0]).toBeCloseTo(expected, 10);
    expect((await evaluate({ total }, legal, nodeEngine())).total!.data[0]).toBeCloseTo(expected, 3);
  });

  it("begins as independent tags", async () => {
    const zero = { ...feeds, transitions: noise([K, K], 0, { low: 0, high: 0 }) };
    Object.assign(zero, { start: noise([K], 0, { low: 0, high: 0 }), end: noise([K], 0, { low: 0, high: 0 }) });
    const together = crfLoss(scores, tags, lengths);
    const apart = independent().build(K).loss({}, scores.emissions, tags, lengths);
    const { a, b, n, m } = await evaluate(
      { a: together.total, b: apart.total, n: together.count, m: apart.count },
      zero,
    );
    expect(a!.data[0]).toBeCloseTo(b!.data[0]!, 10);
    expect([n!.data[0], m!.data[0]]).toEqual([8, 8]);
  });

  it("names shapes that do not fit", () => {
    expect(() => crfLogPartition({ ...scores, transitions: input("x", [2, 2]) })).toThrow(
      "crf: expected emissions [T, B, K] and transitions [K, K], got [T, B, 3] and [2, 2]",
    );
    expect(() => crf().build(3, [1, 1])).toThrow("crf(allowed): expected 16 entries, got 2");
  });
});

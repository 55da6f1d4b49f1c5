import { describe, expect, it } from "vitest";
import { random } from "../base/index.ts";
import { type ChainScores, logPartition, marginals, pathScore, tagMarginals } from "./crf.ts";
import { viterbi } from "./viterbi.ts";

/** All K^T paths. */
function* paths(T: number, K: number): Generator<number[]> {
  for (let n = 0; n < K ** T; n++) yield Array.from({ length: T }, (_, t) => Math.floor(n / K ** t) % K);
}

function randomChain(seed: number, T: number, K: number, edges: boolean): ChainScores {
  const r = random(seed);
  const numbers = (n: number) => Float64Array.from({ length: n }, () => 2 * r.normal());
  const chain = { emissions: numbers(T * K), transitions: numbers(K * K) };
  if (seed % 3 === 0) chain.transitions[1] = -Infinity;
  return edges ? { ...chain, start: numbers(K), end: numbers(K) } : chain;
}

describe("crf", () => {
  it("agrees with the sum over all paths: log Z, marginals of tags and of pairs, and the best path", () => {
    for (let seed = 0; seed < 30; seed++) {
      const [T, K] = [1 + (seed % 5), 2 + (seed % 3)];
      const chain = randomChain(seed, T, K, seed % 2 === 0);
      const all = [...paths(T, K)].map((tags) => ({ tags, score: pathScore(chain, tags) }));
      const Z = all.reduce((sum, { score }) => sum + Math.exp(score), 0);
      expect(logPartition(chain)).toBeCloseTo(Math.log(Z), 10);
      const { logZ, tags, pairs } = marginals(chain);
      tagMarginals(chain)(chain.emissions).forEach((p, i) => void expect(p).toBeCloseTo(tags[i]!, 10));
      expect(logZ).toBeCloseTo(Math.log(Z), 10);
      const wantTags = new Float64Array(T * K);
      const wantPairs = new Float64Array((T - 1) * K * K);
      for (const { tags: path, score } of all) {
        path.forEach((tag, t) => {
          wantTags[t * K + tag]! += Math.exp(score) / Z;
          if (t > 0) wantPairs[((t - 1) * K + path[t - 1]!) * K + tag]! += Math.exp(score) / Z;
        });
      }
      wantTags.forEach((p, i) => {
        expect(tags[i]).toBeCloseTo(p, 10);
      });
      wantPairs.forEach((p, i) => {
        expect(pairs[i]).toBeCloseTo(p, 10);
      });
      const best = all.reduce((a, b) => (b.score > a.score ? b : a));
      const found = viterbi(chain);
      expect(found.tags).toEqual(best.tags);
      expect(found.score).toBeCloseTo(pathScore(chain, found.tags), 10);
    }
  });

  it("stays finite where scores are large, and says where nothing is allowed", () => {
    const big = { emissions: [1000, 1001, 1000, 1002], transitions: [0, 0, 0, 0] };
    expect(logPartition(big)).toBeCloseTo(2003 + Math.log(1 + Math.exp(-1)) + Math.log(1 + Math.exp(-2)), 9);
    const closed = { emissions: [0, 0, 0, 0], transitions: [-Infinity, -Infinity, -Infinity, -Infinity] };
    expect(logPartition(closed)).toBe(-Infinity);
    expect(() => marginals(closed)).toThrow("every path is forbidden");
    expect(logPartition({ emissions: [], transitions: [0] })).toBe(0);
    expect(() => logPartition({ emissions: [1], transitions: [0, 0, 0, 0] })).toThrow(
      "crf: expected transitions [K, K]",
    );
    expect(() => pathScore(big, [0])).toThrow("pathScore: expected 2 tags, got 1");
  });
});

import { describe, expect, it } from "vitest";
import { random } from "../base/index.ts";
import { exclude, minP, repetitionPenalty, temperature, topK, topP } from "./filters.ts";
import { greedy, probabilities, sample } from "./sample.ts";

const logs = (...p: number[]) => Float32Array.from(p, Math.log);
const kept = (weights: Float64Array) => [...weights.keys()].filter((i) => weights[i]! > 0);
function randomLogits(seed: number, length: number): Float32Array {
  const r = random(seed);
  return Float32Array.from({ length }, () => 3 * r.normal());
}

describe("filters", () => {
  it("temperature t gives p^(1/t), renormalized", () => {
    const weights = probabilities(logs(0.5, 0.3, 0.2), [temperature(0.5)]);
    const squares = [0.25, 0.09, 0.04];
    for (const [i, x] of squares.entries()) expect(weights[i]).toBeCloseTo(x / 0.38, 6);
  });
  it("temperature 0 = greedy = topK(1) = a tiny topP, also among equals", () => {
    for (let seed = 0; seed < 20; seed++) {
      const logits = randomLogits(seed, 50);
      logits[49] = logits[greedy(logits)]!; // a tie with the last
      for (const filter of [temperature(0), topK(1), topP(1e-9)])
        expect(sample(logits, [filter], random(seed))).toBe(greedy(logits));
    }
  });
  it("topK keeps exactly the k largest, as sorting does", () => {
    for (let seed = 0; seed < 30; seed++) {
      const logits = randomLogits(seed, 100).map((x) => Math.round(x)); // many ties
      const k = 1 + ((seed * 7) % 99);
      const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b);
      expect(kept(probabilities(logits, [topK(k)]))).toEqual(order.slice(0, k).sort((a, b) => a - b));
    }
  });
  it("topP keeps the fewest tokens that reach p, as sorting all does", () => {
    for (let seed = 0; seed < 30; seed++) {
      const logits = randomLogits(seed, 200);
      const p = [0.1, 0.5, 0.9, 0.999][seed % 4]!;
      const weights = probabilities(logits);
      const order = [...weights.keys()].sort((a, b) => weights[b]! - weights[a]!);
      const nucleus: number[] = [];
      for (let sum = 0; sum < p; sum += weights[nucleus.at(-1)!]!) nucleus.push(order[nucleus.length]!);
      expect(kept(probabilities(logits, [topP(p)]))).toEqual(nucleus.sort((a, b) => a - b));
    }
    expect(kept(probabilities(logs(0.5, 0.3, 0.2), [topP(0.5)]))).toEqual([0]);
  });
  it("minP keeps by the share of the likeliest", () => {
    expect(kept(probabilities(logs(0.5, 0.3, 0.15, 0.05), [minP(0.25)]))).toEqual([0, 1, 2]);
    expect(kept(probabilities(logs(0.5, 0.3, 0.15, 0.05), [minP(0)]))).toHaveLength(4);
  });
  it("a repetition penalty lowers what was said, whatever the logit's sign, and forgets past its window", () => {
    const logits = new Float32Array([2, -2, 1, 0.5]);
    const apply = (window?: number) => {
      const row = Float64Array.from(logits);
      repetitionPenalty(2, { window }).apply(row, [0, 1, 1]);
      return [...row];
    };
    expect(apply()).toEqual([1, -4, 1, 0.5]);
    expect(apply(2)).toEqual([2, -4, 1, 0.5]);
  });
  it("filters act in their order", () => {
    const logits = logs(0.4, 0.3, 0.2, 0.1);
    expect(kept(probabilities(logits, [topK(2), topP(0.57)]))).toEqual([0]); // 0.4 of 0.7 is 0.571
    expect(kept(probabilities(logits, [topP(0.57), topK(2)]))).toEqual([0, 1]);
    expect(kept(probabilities(logits, [exclude([0]), topK(2)]))).toEqual([1, 2]);
  });
});

describe("sample", () => {
  it("draws with the stated probabilities, one random number a draw", () => {
    const r = random(3);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 20000; i++) counts[sample(logs(0.5, 0.3, 0.2, 0), [], r)]!++;
    expect(r.state().counter).toBe(40000); // a uniform number is two words
    for (const [i, p] of [0.5, 0.3, 0.2, 0].entries()) expect(Math.abs(counts[i]! / 20000 - p)).toBeLessThan(0.015);
    expect(counts[3]).toBe(0);
  });
  it("leaves the caller's logits alone", () => {
    const logits = randomLogits(1, 10);
    const before = logits.slice();
    sample(logits, [temperature(0.5), topK(2)], random(1));
    expect(logits).toEqual(before);
  });
  it("says what is absurd", () => {
    expect(() => temperature(-1)).toThrow("temperature: expected a number at least 0, got -1");
    expect(() => topK(0)).toThrow("topK: expected a whole number at least 1, got 0");
    expect(() => topP(1.5)).toThrow("topP: expected a number above 0 and at most 1, got 1.5");
    expect(() => topP(0)).toThrow("topP");
    expect(() => temperature(Number.NaN)).toThrow("got NaN");
    expect(() => sample(new Float32Array([1, Number.NaN]), [], random(1))).toThrow(
      "sample: expected logits without NaN, got NaN for token 1",
    );
    expect(() => sample(new Float32Array([1, 2]), [exclude([0, 1])], random(1))).toThrow(
      "exclude(0,1): no token is left to draw from",
    );
    expect(() => greedy(new Float32Array(0))).toThrow("greedy: expected a finite largest logit, got none");
  });
});

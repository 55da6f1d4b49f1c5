import { describe, expect, it } from "vitest";
import { fillMask, foldIn, random, randomKey, threefry } from "./random.ts";

describe("random", () => {
  it("agrees with the published test vectors of Threefry-2x32-20", () => {
    // Random123's known-answer tests: key and counter all zeros, and all ones.
    expect(threefry([0, 0], 0, 0)).toEqual([0x6b200159, 0x99ba4efe]);
    expect(threefry([0xffffffff, 0xffffffff], 0xffffffff, 0xffffffff)).toEqual([0x1cb996fc, 0xbb002be7]);
  });
  it("goes on from a saved state", () => {
    const whole = random(7);
    const first = Array.from({ length: 5 }, () => whole.uniform());
    const resumed = random(whole.state());
    expect(first).toHaveLength(5);
    expect(Array.from({ length: 9 }, () => resumed.uint32())).toEqual(Array.from({ length: 9 }, () => whole.uint32()));
  });
  it("has the moments of its distributions", () => {
    const r = random(1);
    const draws = Array.from({ length: 20000 }, () => r.normal());
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });
  it("keeps the stated share of a mask, and other keys give other masks", () => {
    const a = new Uint8Array(100001);
    const b = new Uint8Array(100001);
    fillMask(a, foldIn(randomKey(3), "dropout", 1), 0.8);
    fillMask(b, foldIn(randomKey(3), "dropout", 2), 0.8);
    expect(a.reduce((s, x) => s + x, 0) / a.length).toBeCloseTo(0.8, 2);
    const both = a.reduce((s, x, i) => s + (x & b[i]!), 0) / a.length;
    expect(both).toBeCloseTo(0.64, 1.9);
  });
});

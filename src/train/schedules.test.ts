import { describe, expect, it } from "vitest";
import { lossUnits, runningMean, smoothed } from "./metrics.ts";
import { constantRate, cosineDecay, oneCycle, stepDecay, warmup } from "./schedules.ts";

describe("schedules", () => {
  it("one cycle starts at 1/25, peaks at 1 and ends at 1/250,000, whatever the length", () => {
    for (const total of [10, 100, 1000]) {
      const rates = Array.from({ length: total }, (_, step) => oneCycle()(step, total));
      expect(rates[0]).toBeCloseTo(1 / 25, 12);
      expect(Math.max(...rates)).toBeCloseTo(1, 12);
      expect(rates.indexOf(Math.max(...rates))).toBe(0.3 * total - 1);
      expect(rates.at(-1)).toBeCloseTo(4e-6, 12);
    }
    expect(Number.isFinite(oneCycle()(0, 1))).toBe(true);
    expect(oneCycle({ warmup: 0.1 })(0, 10)).toBe(1); // a warm-up of one step is the peak itself
  });
  it("warm-up is a line that hands over to the other schedule's own clock", () => {
    const schedule = warmup({ steps: 4, startFactor: 0.5 }, cosineDecay());
    expect([0, 1, 2, 3, 4].map((step) => schedule(step, 14))).toEqual([0.5, 0.625, 0.75, 0.875, 1]);
    expect(schedule(9, 14)).toBeCloseTo(0.5, 12); // half of the 10 steps that are left
    expect(warmup({ steps: 0 })(0, 5)).toBe(1);
  });
  it("cosine ends at its minimum and stays; steps drop; constant is 1", () => {
    expect(cosineDecay({ minimum: 0.1 })(100, 100)).toBeCloseTo(0.1, 12);
    expect(cosineDecay({ minimum: 0.1 })(200, 100)).toBeCloseTo(0.1, 12);
    expect([0, 9, 10, 25].map((step) => stepDecay({ every: 10, factor: 0.5 })(step, 0))).toEqual([1, 1, 0.5, 0.25]);
    expect(constantRate()(7, 9)).toBe(1);
  });
  it("says which option is absurd", () => {
    expect(() => oneCycle({ warmup: 2 })).toThrow(
      "oneCycle(warmup): expected a number at least 0 and at most 1, got 2",
    );
  });
});

describe("metrics", () => {
  it("converts: a fair die of 8 faces costs 3 bits", () => {
    const units = lossUnits(Math.log(8));
    expect(units.bitsPerToken).toBeCloseTo(3, 12);
    expect(units.perplexity).toBeCloseTo(8, 10);
  });
  it("a running mean = the weighted mean, without drift", () => {
    const mean = runningMean();
    expect(mean.mean()).toBeNaN();
    mean.add(1e16, 1);
    for (let i = 0; i < 1000; i++) mean.add(1, 1);
    mean.add(-1e16, 1);
    expect(mean.mean()).toBe(1000 / 1002);
    const weighted = runningMean();
    weighted.add(2, 30);
    weighted.add(5, 10);
    expect(weighted.mean()).toBe(2.75);
  });
  it("a smoothed value starts at the first value and forgets", () => {
    const line = smoothed(0.5);
    expect(line.add(4)).toBeCloseTo(4, 12);
    for (let i = 0; i < 60; i++) line.add(1);
    expect(line.value()).toBeCloseTo(1, 12);
  });
});

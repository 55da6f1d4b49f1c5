import { expect, it } from "vitest";
import { batchFor, learningRateFor, stepsFor, tokensFor } from "./recipe.ts";

it("reads a long text fewer times over and a short one more often", () => {
  expect(tokensFor(1e6)).toBe(6e6);
  const times = [1e4, 1e5, 1e6, 1e7, 1e8].map((n) => tokensFor(n) / n);
  expect(times).toEqual([...times].sort((a, b) => b - a));
  const total = [1e4, 1e5, 1e6, 1e7, 1e8].map(tokensFor);
  expect(total).toEqual([...total].sort((a, b) => a - b));
  expect(stepsFor(1e6, 2048)).toBe(2930);
  expect(stepsFor(10, 2048)).toBe(100);
});

it("takes fewer rows where they would be short", () => {
  expect(batchFor(1e6, 64, false)).toBe(32);
  expect(batchFor(64 * 4 * 5, 64, false)).toBe(5);
  expect(batchFor(65, 64, false)).toBe(1);
  expect(batchFor(65, 64, true)).toBe(32); // lines are not cut
});

it("is careful with wide layers", () => {
  expect([128, 256, 512, 1024].map(learningRateFor)).toEqual([8e-3, 8e-3, 4e-3, 2e-3]);
});

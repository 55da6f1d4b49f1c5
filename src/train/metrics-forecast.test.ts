import { expect, it } from "vitest";
import { naiveForecasts, scaledError } from "./metrics-forecast.ts";

it("forecasts the last value and the last season, from what is known by then", () => {
  const series = [1, 2, 3, 4, 5, 6, 7, 8];
  const one = naiveForecasts(series, { from: 5, season: 3 });
  expect([...one.truth]).toEqual([6, 7, 8]);
  expect([...one.naive]).toEqual([5, 6, 7]);
  expect([...one.seasonal]).toEqual([3, 4, 5]);
  const far = naiveForecasts(series, { from: 6, season: 3, horizon: 4 });
  expect([...far.naive]).toEqual([3, 4]);
  expect([...far.seasonal]).toEqual([1, 2]); // two seasons back: one back is not known yet
  expect(() => naiveForecasts(series, { from: 2, season: 3 })).toThrow("at least 3");
});

it("scales the error by the naive forecast's", () => {
  expect(scaledError([5, 5], [4, 7], [0, 1, 3, 6])).toBeCloseTo(1.5 / 2);
});

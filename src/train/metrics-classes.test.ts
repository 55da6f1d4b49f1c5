import { describe, expect, it } from "vitest";
import { classReport, classWeights, confusionMatrix } from "./metrics-classes.ts";
import { numberReport, pearson, ranks, spearman } from "./metrics-numbers.ts";

describe("classes", () => {
  const truth = [0, 0, 0, 1, 1, 2];
  const predicted = [0, 0, 1, 1, 0, 1];
  it("counts the confusion by true class, then predicted class", () => {
    expect(confusionMatrix(truth, predicted, 3)).toEqual([
      [2, 1, 0],
      [1, 1, 0],
      [0, 1, 0],
    ]);
  });

  it("scores each class and all", () => {
    const report = classReport(truth, predicted, 4);
    expect(report.accuracy).toBeCloseTo(3 / 6);
    expect(report.classes[0]).toEqual({ precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3 });
    expect(report.classes[1]!.f1).toBeCloseTo(0.4);
    expect(report.classes[2]).toEqual({ precision: 0, recall: 0, f1: 0, support: 1 });
    expect(report.macroF1).toBeCloseTo((2 / 3 + 0.4) / 3); // class 3 occurs nowhere
    expect(report.weightedF1).toBeCloseTo((3 * (2 / 3) + 2 * 0.4) / 6);
    expect(classReport([], [], 2).accuracy).toBe(0);
  });

  it("weighs rare classes up, with mean 1 over the rows", () => {
    const weights = classWeights([0, 0, 0, 1], 3);
    expect([...weights].map((w) => +w.toFixed(4))).toEqual([0.6667, 2, 1]);
  });

  it("refuses classes out of range and unlike lengths", () => {
    expect(() => confusionMatrix([3], [0], 2)).toThrow("expected classes from 0 to 1, got 3 and 0 at row 0");
    expect(() => confusionMatrix([0], [2], 2)).toThrow("got 0 and 2 at row 0");
    expect(() => confusionMatrix([0], [], 2)).toThrow("expected 1 predictions, got 0");
  });
});

describe("numbers", () => {
  it("measures errors", () => {
    const report = numberReport([1, 2, 3, 4], [1, 2, 5, 4]);
    expect(report).toEqual({ mse: 1, rmse: 1, mae: 0.5, r2: 1 - 4 / 5 });
    expect(numberReport([2, 2], [2, 3]).r2).toBeNaN();
  });

  it("correlates values and ranks", () => {
    expect(pearson([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12);
    expect(pearson([1, 2, 3, 4], [1, 3, 2, 5])).toBeCloseTo(5.5 / Math.sqrt(5 * 8.75), 12);
    expect(spearman([1, 2, 3, 4], [1, 10, 100, 1000])).toBeCloseTo(1, 12);
    expect(spearman([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    expect([...ranks([10, 20, 10, 5])]).toEqual([2.5, 4, 2.5, 1]);
    expect(() => pearson([1], [1])).toThrow("at least 2 pairs");
  });
});

import { describe, expect, it } from "vitest";
import { spanF1, tokenAccuracy } from "./metrics-tagging.ts";

describe("spanF1", () => {
  it("counts spans by start, end and type", () => {
    // The case of seqeval's README in shape: one entity too long, one right.
    const gold = [
      ["O", "O", "O", "B-MISC", "I-MISC", "I-MISC", "O"],
      ["B-PER", "I-PER", "O"],
    ];
    const predicted = [
      ["O", "O", "B-MISC", "I-MISC", "I-MISC", "I-MISC", "O"],
      ["B-PER", "I-PER", "O"],
    ];
    const report = spanF1(gold, predicted);
    expect(report.overall).toEqual({ precision: 0.5, recall: 0.5, f1: 0.5, gold: 2, predicted: 2, correct: 1 });
    expect(report.types.MISC!.f1).toBe(0);
    expect(report.types.PER!.f1).toBe(1);
    expect(report.macroF1).toBe(0.5);
    expect(report.tokenAccuracy).toBeCloseTo(0.8);
  });

  it("does not ask for the same scheme on both sides", () => {
    const report = spanF1([["I-A", "I-A", "B-A", "O"]], [["B-A", "E-A", "S-A", "O"]]);
    expect(report.overall).toMatchObject({ f1: 1, correct: 2 });
  });

  it("is 0, not NaN, without spans", () => {
    expect(spanF1([["O"]], [["O"]]).overall).toMatchObject({ precision: 0, recall: 0, f1: 0 });
    expect(spanF1([["O", "B-A"]], [["B-A", "O"]]).overall.f1).toBe(0);
    expect(spanF1([], []).tokenAccuracy).toBe(0);
  });

  it("refuses unlike shapes", () => {
    expect(() => spanF1([["O"]], [])).toThrow("spanF1: expected 1 sentences, got 0");
    expect(() => tokenAccuracy([["O"]], [["O", "O"]])).toThrow("expected 1 tags in sentence 0, got 2");
  });
});

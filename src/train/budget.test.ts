import { describe, expect, it } from "vitest";
import { budget } from "./budget.ts";
import { watchedShare } from "./watched.ts";

/** Runs a time budget on a clock of its own: seconds by update, evaluation and report. */
function simulate(minutes: number, cost: { update: number; evaluation: number; report: number; sample?: number }) {
  const reportTokens = 5000;
  const run = budget({ minutes, reportTokens }, 1);
  let [now, step, evaluated] = [0, 0, 0];
  for (;;) {
    now += cost.update;
    step++;
    const finished = run.done(step, now);
    const due = finished || run.due(step, now, undefined);
    if (due) {
      now += cost.evaluation;
      evaluated += cost.evaluation;
    }
    run.spent({ seconds: cost.update, tokens: 1000 }, due ? { seconds: cost.evaluation, tokens: 1000 } : undefined);
    if (due && cost.sample) {
      now += cost.sample;
      run.spent(undefined, { seconds: cost.sample, tokens: 0 });
    }
    if (finished) return { end: now + cost.report, evaluated };
  }
}

describe("a time budget", () => {
  it.each([
    { update: 0.1, evaluation: 0.5, report: 2.5 },
    { update: 0.5, evaluation: 0.05, report: 0.25 },
    { update: 0.02, evaluation: 2, report: 10 },
    { update: 0.1, evaluation: 1, report: 5, sample: 3 },
  ])("includes evaluations and the report, %o", (cost) => {
    const { end, evaluated } = simulate(1, cost);
    expect(end).toBeGreaterThan(50);
    expect(end).toBeLessThan(60 + cost.update + cost.evaluation);
    expect(evaluated).toBeLessThan(60 / 6 + cost.evaluation);
  });

  it("knows what is left without counting a long evaluation as training", () => {
    const run = budget({ steps: 100 }, 1);
    for (let step = 1; step <= 10; step++)
      run.spent({ seconds: 1, tokens: 10 }, step === 10 ? { seconds: 50, tokens: 100 } : undefined);
    expect(run.remaining(10, 60, undefined)).toBe(90 * 1 + 9 * 50);
  });

  it("counts evaluations and the report before the first one was measured, by what training takes", () => {
    const run = budget({ steps: 100, reportTokens: 60 }, 1);
    for (let step = 1; step <= 5; step++) run.spent({ seconds: 1, tokens: 10 });
    expect(run.remaining(5, 5, undefined, 300)).toBeCloseTo(95 * 1 + (10 * 300 + 60) / 10 / 3);
  });

  it("leaves the first step, which is slow, out of the pace", () => {
    const run = budget({ steps: 100 }, 1);
    for (let step = 1; step <= 5; step++) run.spent({ seconds: step === 1 ? 30 : 1, tokens: 10 });
    expect(run.remaining(5, 34, undefined)).toBe(95);
  });
});

describe("the pace", () => {
  it("is that of the later updates, not of those that warm up", () => {
    const run = budget({ steps: 100 }, 1);
    for (let step = 1; step <= 20; step++) run.spent({ seconds: step <= 8 ? 3 : 1, tokens: 10 });
    expect(run.remaining(20, 36, undefined)).toBe(80);
  });
});

describe("what evaluations score", () => {
  it("is all of small data, and of large data a share that costs its part of the run", () => {
    const run = { trained: 1e6, evaluations: 10 };
    expect(watchedShare(0.1, { ...run, tokens: 20_000 })).toBe(1);
    expect(watchedShare(1, { ...run, tokens: 1e9 })).toBe(1);
    expect(watchedShare(0.1, { ...run, trained: 1e9, tokens: 1e8 }) * 1e8).toBeCloseTo(300_000);
    const share = watchedShare(0.1, { ...run, tokens: 1e8 });
    expect((10 * share * 1e8) / 3).toBeCloseTo(0.1 * 1e6);
  });
});

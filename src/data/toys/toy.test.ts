import { describe, expect, it } from "vitest";
import type { LanguageToy, PairsToy, RegressionToy, TaggingToy } from "./kinds.ts";
import { toy, toys } from "./toy.ts";

const first = <T>(count: number, sample: (n: number) => T) => Array.from({ length: count }, (_, n) => sample(n));

describe("toy", () => {
  it("is a pure function of seed and place, for every toy", () => {
    for (const name of Object.keys(toys)) {
      const one = toy(name, { seed: 3 });
      const two = toy(one.spec.replace(/^dates.*/, "dates"), { seed: 3 });
      const backwards = first(20, (n) => two.sample(19 - n)).reverse();
      expect(first(20, (n) => one.sample(n))).toEqual(backwards);
      expect(toy(name, { seed: 4 }).sample(0)).not.toEqual(one.sample(0));
    }
  });

  it("refuses what it does not know", () => {
    expect(() => toy("adder:9")).toThrow("toy: expected one of adding:100, copy:100, anbn:20, agreement:3, dates, got");
    expect(() => toy("constructor")).toThrow("expected one of");
    expect(() => toy("adding:2")).toThrow("toy adding (time steps): expected a whole number at least 4");
    expect(() => toy("copy:")).toThrow("got NaN");
    expect(() => toy("dates:3")).toThrow("expected dates");
  });

  it("adding: two marks, one in each half; the mean guess has the stated error", () => {
    const { sample, baseline } = toy("adding:30") as RegressionToy;
    let error = 0;
    const N = 4000;
    for (const { inputs, target, T } of first(N, sample)) {
      const marks = Array.from({ length: T }, (_, t) => t).filter((t) => inputs[2 * t + 1] === 1);
      expect(marks).toHaveLength(2);
      expect(marks[0]! < 15 && marks[1]! >= 15).toBe(true);
      expect(target).toBeCloseTo(inputs[2 * marks[0]!]! + inputs[2 * marks[1]!]!, 6);
      error += (target - 1) ** 2 / N;
    }
    expect(Math.abs(error - baseline)).toBeLessThan(0.01);
  });

  it("copy: the symbols come back after T steps, at the signal", () => {
    const { sample, vocabulary, baseline } = toy("copy:50") as TaggingToy;
    const { ids, targets, scored } = sample(7);
    expect(ids).toHaveLength(70);
    expect([...targets.slice(60)]).toEqual([...ids.slice(0, 10)]);
    expect(ids.slice(0, 10).every((id) => id >= 2 && id < vocabulary.size)).toBe(true);
    expect([...ids].indexOf(1)).toBe(59);
    expect(targets.slice(0, 60).every((id) => id === 0)).toBe(true);
    expect(scored.reduce((a, b) => a + b, 0)).toBe(10);
    expect(baseline).toBeCloseTo((10 * Math.log(8)) / 70);
  });

  it("anbn: as many b as a, every n; scored is what is determined", () => {
    const { sample, vocabulary } = toy("anbn:6") as LanguageToy;
    const seen = new Set<string>();
    for (const { ids, scored } of first(200, sample)) {
      const text = [...ids].map((id) => vocabulary.token(id)).join("");
      const n = (ids.length - 2) / 2;
      expect(text).toBe(`<bos>${"a".repeat(n)}${"b".repeat(n)}<eos>`);
      expect([...scored]).toEqual([...ids].map((_, t) => +(t >= n + 2)));
      seen.add(text);
    }
    expect(seen.size).toBe(6);
  });

  it("agreement: both forms of the verb are words, and the subject decides", () => {
    const { sample, vocabulary } = toy("agreement:4") as LanguageToy;
    const distances = new Set<number>();
    const plurals = new Set(
      "bakers pilots nurses farmers dogs horses ships bridges gardens letters children women men mice towers clocks".split(
        " ",
      ),
    );
    const pluralVerbs = new Set("wait sleep fall shine arrive sing move are were have".split(" "));
    let hard = 0;
    for (const { ids, verb } of first(500, sample)) {
      const words = [...ids].map((id) => vocabulary.token(id));
      const subject = words[verb!.at - verb!.distance]!;
      expect(pluralVerbs.has(words[verb!.at]!)).toBe(plurals.has(subject));
      expect(pluralVerbs.has(vocabulary.token(verb!.wrong))).toBe(!plurals.has(subject));
      distances.add(verb!.distance);
      if (verb!.distractors > 1) hard++;
    }
    expect(Math.max(...distances)).toBeGreaterThan(10);
    expect(hard).toBeGreaterThan(50);
  });

  it("dates: the source means the target, in many ways of writing", () => {
    const { sample } = toy("dates") as PairsToy;
    const shapes = new Set<string>();
    for (const { source, target } of first(1500, sample)) {
      shapes.add(
        source
          .toLowerCase()
          .replace(/[a-z]+/g, "w")
          .replace(/\d+/g, "9"),
      );
      const [year, month, day] = target.split("-").map(Number) as [number, number, number];
      expect(source).toContain(String(year));
      expect(new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10)).toBe(target);
      // JavaScript reads the forms that name the month, once ordinals and particles are gone; it checks them apart from us.
      const plain = source
        .toLowerCase()
        .replace(/(\d)(st|nd|rd|th)\b/g, "$1")
        .replace(/\b(of|the|in)\b|[.,]/g, " ");
      if (/[a-z]/.test(plain) && !/^\d{4}/.test(plain)) {
        const read = new Date(`${plain.replace(/^\w*day\b|^(sun|mon|tue|wed|thu|fri|sat)\b/, "")} UTC`);
        expect([source, read.toISOString().slice(0, 10)]).toEqual([source, target]);
      }
    }
    expect(shapes.size).toBeGreaterThan(12);
  });
});

import { describe, expect, it } from "vitest";
import { seriesWindows } from "../windows.ts";
import { isoDate } from "./dates.ts";
import { readSeries } from "./read-series.ts";
import { normalization } from "./scale.ts";

const lists = (text: string, options = {}) => readSeries(text, options).series.map((one) => [...one]);
const days = (n: number, from = "2024-01-01") =>
  Array.from({ length: n }, (_, t) => isoDate(Date.parse(from) + t * 86_400_000));

describe("readSeries", () => {
  it("reads the numeric columns, without the index and the date", () => {
    const { names, series, length, warnings, dates } = readSeries(
      "n,date,a,b\n1,2020-01-01,0.5,3\n2,2020-01-02,,4\n3,2020-01-03,-1e1,5\n",
    );
    expect(names).toEqual(["a", "b"]);
    expect(series.map((one) => [...one])).toEqual([
      [0.5, 0.5, -10],
      [3, 4, 5],
    ]);
    expect(length).toBe(3);
    expect([...dates!].map(isoDate)).toEqual(["2020-01-01", "2020-01-02", "2020-01-03"]);
    expect(warnings).toEqual([{ problem: 'a missing value in "a" took its neighbor\'s', count: 1, lines: [3] }]);
    expect([...readSeries("3\n1\n4\n").series[0]!]).toEqual([3, 1, 4]);
    expect(readSeries("a,b\n1,2\n3,4", { columns: ["b"] }).names).toEqual(["b"]);
    expect(readSeries("x\n1\n\n2\n").warnings).toEqual([
      { problem: "an empty row was left out", count: 1, lines: [3] },
    ]);
  });

  it("reads the numbers of every spelling", () => {
    expect(lists('a,b\n"1,234.5",1\n"2,000",2\n')[0]).toEqual([1234.5, 2000]);
    expect(lists("a;b\n1.234,5;1,5\n2.000,0;2\n")).toEqual([
      [1234.5, 2000],
      [1.5, 2],
    ]);
    expect(lists("a;b\n1,5;2\n2,5;3")).toEqual([
      [1.5, 2.5],
      [2, 3],
    ]);
    expect(lists("a\tb\n1 234,5\t$3\n2\u00a0000\t$4.50\n")).toEqual([
      [1234.5, 2000],
      [3, 4.5],
    ]);
    expect(lists("sep=;\na;b\n1,5;2\n2,5;3")[0]).toEqual([1.5, 2.5]);
  });

  it("puts a file that is newest first, or in disorder, in time order", () => {
    const rows = days(40).map((date, t) => `${date},${t}`);
    const upward = Array.from({ length: 40 }, (_, t) => t);
    const reversed = readSeries(`date,x\n${[...rows].reverse().join("\n")}`);
    expect([...reversed.series[0]!]).toEqual(upward);
    expect(reversed.notes).toContain("the file is newest first: read from its end");
    expect(isoDate(reversed.dates![0]!)).toBe("2024-01-01");
    const [first, second, ...others] = rows;
    const mixed = readSeries(`date,x\n${[second, first, ...others].join("\n")}`);
    expect([...mixed.series[0]!]).toEqual(upward);
    expect(mixed.notes.join()).toContain("1 rows are out of order");
    expect(readSeries(`date,x\n${rows.join("\n")}`).notes).toEqual([]);
  });

  it("reports gaps, and dates that occur twice", () => {
    const some = days(40).filter((_, t) => t !== 7 && t !== 20 && t !== 21);
    const { notes, length } = readSeries(`date,x\n${some.map((date) => `${date},1.5`).join("\n")}`);
    expect(length).toBe(37);
    expect(notes.join()).toContain(
      "2 gaps in the dates, between 2024-01-07 and 2024-01-09, between 2024-01-20 and 2024-01-23",
    );
    const twice = readSeries(
      `date,x\n${days(9)
        .flatMap((date) => [`${date},1`, `${date},2.5`])
        .join("\n")}`,
    );
    expect(twice.notes.join()).toContain("9 rows have the date of the row before");
  });

  it("leaves out columns of text and empty ones with a note, and forecasts the target by its name", () => {
    const text = `Date,Store,Comment,Units,Sales\n${days(30)
      .map((date, t) => `${date},North,,${t % 5},"1,${100 + t}"`)
      .join("\n")}`;
    const { names, notes } = readSeries(text, { target: "Sales" });
    expect(names).toEqual(["Sales", "Units"]);
    expect(notes).toEqual(['not numbers, left out: "Store"', 'empty, left out: "Comment"']);
    expect(() => readSeries(text, { target: "Store" })).toThrow(
      'expected a column of numbers to forecast (Units, Sales), got "Store", which holds texts',
    );
  });

  it("names the line of a fault", () => {
    expect(() => readSeries("a,b\n1,2\n3", { source: "w.csv" })).toThrow("w.csv:3: expected 2 cells");
    expect(() => readSeries("a\n1\nx", { columns: ["a"], source: "w" })).toThrow(
      'w:3: expected a number in "a", got "x"',
    );
    expect(() => readSeries("x\n1\n1e999\n", { source: "s.csv", columns: ["x"] })).toThrow(
      /s\.csv:3: expected a number in "x", got "1e999"/,
    );
    const dated = `date,x\n${days(30)
      .map((date) => `${date},1`)
      .join("\n")}\nyesterday,2`;
    expect(() => readSeries(dated, { source: "d.csv" })).toThrow(
      'd.csv:32: expected a date in "date", got "yesterday"',
    );
    expect(() => readSeries("a,b\nx,y")).toThrow("expected a column of numbers");
    expect(() => readSeries("a\n1", { columns: ["z"] })).toThrow("expected one of the columns a, got z");
    expect(() => readSeries("")).toThrow("an empty file");
  });

  it("normalizes and undoes it", () => {
    const { apply, undo, mean, deviation } = normalization([1, 3, 5, 7]);
    expect([mean, deviation]).toEqual([4, Math.sqrt(5)]);
    const there = apply([1, 3, 5, 7]);
    expect(there.reduce((a, b) => a + b * b, 0) / 4).toBeCloseTo(1, 12);
    expect([...undo(there)].map((v) => +v.toFixed(9))).toEqual([1, 3, 5, 7]);
    expect(normalization([2, 2]).deviation).toBe(1);
  });

  it("cuts windows whose targets come after their inputs", () => {
    const a = Float64Array.from({ length: 10 }, (_, t) => t);
    const b = a.map((t) => 100 + t);
    const { B, T, inputs, targets, at } = seriesWindows([a, b], { length: 3, horizon: 2 });
    expect([B, T]).toEqual([6, 3]);
    expect([...inputs.slice(0, 6)]).toEqual([0, 100, 1, 101, 2, 102]);
    expect([...targets.slice(0, 4)]).toEqual([3, 4, 4, 5]);
    expect([...targets.slice(-2)]).toEqual([8, 9]);
    const test = seriesWindows([a, b], { length: 3, from: 7, target: 1, stride: 2 });
    expect([...test.at]).toEqual([7, 9]);
    expect([...test.targets]).toEqual([107, 109]);
    const train = seriesWindows([a], { length: 3, to: 7 });
    expect(Math.max(...train.at)).toBe(6);
    expect(at[0]).toBe(3);
    expect(() => seriesWindows([a], { length: 10 })).toThrow("expected at least 11 time steps, got 10");
  });
});

import { describe, expect, it } from "vitest";
import { seriesWindows } from "../windows.ts";
import { jsonPairReader, readPairs, readParallel, tablePairReader } from "./pairs.ts";
import { readScan } from "./scan.ts";
import { normalization, readSeries } from "./series.ts";

describe("pairs", () => {
  it("reads two columns, leaves out what has an empty side, and says so", () => {
    const { pairs, warnings } = readPairs("Go.\t가.\tCC-BY\nHi.\t \n\nRun!\t뛰어!\r\n");
    expect(pairs).toEqual([
      { source: "Go.", target: "가.", line: 1 },
      { source: "Run!", target: "뛰어!", line: 4 },
    ]);
    expect(warnings.map(({ problem, lines }) => [problem, lines])).toEqual([
      ["a pair with an empty side was left out", [2]],
      ["an empty row was left out", [3]],
    ]);
    expect(readPairs("en\tde\na\tb").pairs).toHaveLength(1);
    expect(readPairs("a\tb\tc", { sourceColumn: 2, targetColumn: 0 }).pairs[0]).toMatchObject({
      source: "c",
      target: "a",
    });
    expect(() => readPairs("a\tb\nc", { source: "x.tsv" })).toThrow("x.tsv:2: expected at least 2 columns");
  });

  it("reads parallel files, and refuses unlike ones", () => {
    expect(readParallel("a\nb\n", "c\nd").pairs.map(({ source, target }) => source + target)).toEqual(["ac", "bd"]);
    expect(readParallel("a\n\n", "c\nd").warnings[0]!.count).toBe(1);
    expect(() => readParallel("a\nb", "c", { names: ["t.en", "t.de"] })).toThrow(
      "t.en and t.de: expected as many lines in both, got 2 and 1",
    );
  });

  it("keeps all right targets of a JSON row, and learns the first", () => {
    const rows = [
      { source: ["One.", "Two."], target: ["", " a ", "b"] },
      { source: "x", target: ["y"] },
      { source: "z", target: [] },
    ];
    const reader = jsonPairReader({ source: "s.jsonl" });
    expect([...reader.rows(rows.map((row) => JSON.stringify(row)))]).toEqual([
      { source: "One. Two.", target: "a", references: ["a", "b"], line: 1 },
      { source: "x", target: "y", line: 2 },
    ]);
    expect(reader.warnings()[0]).toMatchObject({ problem: "a pair with an empty side was left out", lines: [3] });
  });

  it("reads quoted cells where commas part them", () => {
    const reader = tablePairReader({ source: "p.csv", separator: "," });
    const rows = [...reader.rows(["source,target", '"a, b","c ""d""', 'e"', "", "x,"])];
    expect(rows).toEqual([{ source: "a, b", target: 'c "d"\ne', line: 2 }]);
    expect(reader.warnings().map(({ problem, lines }) => [problem, lines])).toEqual([
      ["an empty row was left out", [4]],
      ["a pair with an empty side was left out", [5]],
    ]);
  });

  it("refuses numbers without end, and tells of empty rows", () => {
    expect(() => readSeries("x\n1\n1e999\n", { source: "s.csv", columns: ["x"] })).toThrow(
      /s\.csv:3: expected a number in "x", got "1e999"/,
    );
    expect(readSeries("x\n1\n\n2\n").warnings).toEqual([
      { problem: "an empty row was left out", count: 1, lines: [3] },
    ]);
  });

  it("reads SCAN", () => {
    expect(readScan("IN: jump twice OUT: I_JUMP I_JUMP\n").pairs).toEqual([
      { source: "jump twice", target: "I_JUMP I_JUMP", line: 1 },
    ]);
    expect(() => readScan("IN: x OUT: y\njump", { source: "s.txt" })).toThrow("s.txt:2: expected IN: ... OUT: ...");
  });
});

describe("series", () => {
  it("reads the numeric columns, without the index and the date", () => {
    const { names, series, length, warnings } = readSeries(
      "n,date,a,b\n1,2020-01-01,0.5,3\n2,2020-01-02,,4\n3,2020-01-03,-1e1,5\n",
    );
    expect(names).toEqual(["a", "b"]);
    expect(series.map((one) => [...one])).toEqual([
      [0.5, 0.5, -10],
      [3, 4, 5],
    ]);
    expect(length).toBe(3);
    expect(warnings).toEqual([{ problem: 'a missing value in "a" took its neighbor\'s', count: 1, lines: [3] }]);
    expect(readSeries("a;b\n1,5;2\n2,5;3").series.map((one) => [...one])).toEqual([
      [1.5, 2.5],
      [2, 3],
    ]);
    expect([...readSeries("3\n1\n4\n").series[0]!]).toEqual([3, 1, 4]);
    expect(readSeries("a,b\n1,2\n3,4", { columns: ["b"] }).names).toEqual(["b"]);
  });

  it("says where it is wrong", () => {
    expect(() => readSeries("a,b\n1,2\n3", { source: "w.csv" })).toThrow("w.csv:3: expected 2 columns, got 1");
    expect(() => readSeries("a\n1\nx", { columns: ["a"], source: "w" })).toThrow(
      'w:3: expected a number in "a", got "x"',
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

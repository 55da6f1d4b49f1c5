import { describe, expect, it } from "vitest";
import { jsonPairReader, readPairs, readParallel, tablePairReader } from "./pairs.ts";
import { readScan } from "./scan.ts";

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

  it("reads SCAN", () => {
    expect(readScan("IN: jump twice OUT: I_JUMP I_JUMP\n").pairs).toEqual([
      { source: "jump twice", target: "I_JUMP I_JUMP", line: 1 },
    ]);
    expect(() => readScan("IN: x OUT: y\njump", { source: "s.txt" })).toThrow("s.txt:2: expected IN: ... OUT: ...");
  });
});

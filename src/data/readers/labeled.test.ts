import { describe, expect, it } from "vitest";
import { recognize } from "./formats.ts";
import { readLabeled } from "./labeled.ts";

const read = (text: string, options: { keepEmpty?: boolean; numeric?: boolean } = {}, name = "a.tsv") =>
  readLabeled(text, { source: name, recognized: recognize(text, name), ...options });
const many = (row: (i: number) => string) => Array.from({ length: 12 }, (_, i) => row(i)).join("\n");

describe("readLabeled", () => {
  it("reads every form, with the line of each row", () => {
    const expected = { text: 'say "so" 3', label: "good", line: 5 };
    const tsv = `id\tdocument\tlabel\n${many((i) => `${i}\tsay "so" ${i}\t${i % 2 ? "good" : "bad"}`)}`;
    expect(read(tsv).rows[3]).toEqual(expected);
    const csv = `label,text\n${many((i) => `${i % 2 ? "good" : "bad"},"say ""so"" ${i}"`)}`;
    expect(read(csv, {}, "a.csv").rows[3]).toEqual(expected);
    const jsonl = many((i) => JSON.stringify({ text: `say "so" ${i}`, label: i % 2 ? "good" : "bad" }));
    expect(read(jsonl, {}, "a.jsonl").rows[3]).toEqual({ ...expected, line: 4 });
    const first = many((i) => `__label__${i % 2 ? "good" : "bad"} say "so" ${i}`);
    expect(read(first, {}, "a.txt").rows[3]).toEqual({ ...expected, line: 4 });
  });

  it("counts what it leaves out, and keeps empty texts where each row counts", () => {
    const tsv = `text\tlabel\n${many((i) => `some text ${i}\t${i % 2}`)}\n\t1\nno label\t\n \t0`;
    const { rows, warnings } = read(tsv);
    expect(rows).toHaveLength(12);
    expect(warnings).toEqual([
      { problem: "no text, left out", count: 2, lines: [14, 16] },
      { problem: "no label, left out", count: 1, lines: [15] },
    ]);
    expect(read(tsv, { keepEmpty: true }).rows).toHaveLength(14);
  });

  it("names file and line of a fault", () => {
    const tsv = `text\tlabel\n${many((i) => `some text ${i}\t${i % 2}`)}`;
    const { format, separator, header, columns } = recognize(tsv);
    const recognized = { format, separator, header, columns };
    const broken = (row: string) => () => readLabeled(`${tsv}\n${row}`, { source: "b.tsv", recognized, numeric: true });
    expect(broken("a\tb\tc")).toThrow("b.tsv:14: expected 2 cells as in the first row, got 3");
    expect(broken("a\tb")).toThrow('b.tsv:14: expected a number, got "b"');
    const json = '{"text": "so", "label": 1}\n{"text": "so"}';
    expect(() => read(json, {}, "c.jsonl")).toThrow('c.jsonl:2: expected a field "label", got text');
  });
});

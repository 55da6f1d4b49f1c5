import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { columnOf, readCsv, readJsonl, readTsv } from "./tables.ts";

const cells = ({ rows }: ReturnType<typeof readCsv>) => rows.map((row) => row.cells);

describe("readCsv", () => {
  it("reads quoted cells with separators, line breaks and quotes, and knows the lines", () => {
    const table = readCsv('a,"b, c"\r\n"x\r\ny ""z""",\n\n"",1\n', { header: false });
    expect(table.rows).toEqual([
      { cells: ["a", "b, c"], line: 1 },
      { cells: ['x\ny "z"', ""], line: 2 },
      { cells: ["", "1"], line: 5 },
    ]);
    expect(cells(readCsv('a;"b;"', { header: false, separator: ";" }))).toEqual([["a", "b;"]]);
  });
  it("reads back whatever is written by the rules", () => {
    const r = random(4);
    const pool = [...'a",\n; 가', '""', "\t"];
    for (let trial = 0; trial < 300; trial++) {
      const width = 1 + r.below(4);
      const rows = Array.from({ length: 1 + r.below(4) }, () =>
        Array.from({ length: width }, () =>
          Array.from({ length: r.below(5) }, () => pool[r.below(pool.length)]).join(""),
        ),
      );
      const text = rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")).join("\r\n");
      expect(cells(readCsv(text, { header: false })), text).toEqual(rows);
    }
  });
  it.each([
    ['a,b\n"c\nd,e\n', "train.csv:2: a quote that begins here does not close"],
    ['a,b\n"c"d,e', 'train.csv:2: expected a separator after a closing quote, got "d,e"'],
    ['a,b\nsay "c",e', 'train.csv:2: a quote inside the cell "say \\"c\\"" that does not begin with one'],
    ["a,b\n\n1,2,3", "train.csv:3: expected 2 cells as in the first row, got 3"],
  ])("names file and line: %j", (text, message) => {
    expect(() => readCsv(text, { source: "train.csv" })).toThrow(message);
  });
});

describe("readTsv", () => {
  it("takes quotes for letters unless told", () => {
    expect(cells(readTsv('5" disk\t"ok\n', { header: false }))).toEqual([['5" disk', '"ok']]);
    expect(cells(readTsv('"a\tb"\tc', { header: false, quotes: true }))).toEqual([["a\tb", "c"]]);
  });
  it("sees a header over numbers or of usual names, and none else", () => {
    expect(readTsv("film\tstars\nHeat\t5\nIt\t4\n").header).toEqual(["film", "stars"]);
    expect(readTsv("\ufeffid\tdocument\tlabel\n1\t좋아요\t1\n").header).toEqual(["id", "document", "label"]);
    expect(readTsv("text \tTag\ngood\tpos\n").header).toEqual(["text", "Tag"]);
    for (const text of [
      "good\tpos\nbad\tneg\n",
      "1\t2\n3\t4\n",
      "text\ttext\na\t1\n",
      "text\tlabel\n",
      "",
      "text\t7\na\t8",
    ]) {
      expect(readTsv(text).header, text).toBeUndefined();
    }
    expect(readTsv("a\tb\n", { header: true })).toEqual({ header: ["a", "b"], rows: [], source: "tsv" });
  });
});

describe("columnOf", () => {
  it("finds columns by name and number, and lists them otherwise", () => {
    const table = readTsv("id\ttext\n1\ta\n", { source: "x.tsv" });
    expect([columnOf(table, "text"), columnOf(table, 0), columnOf(table, -1)]).toEqual([1, 0, 1]);
    expect(() => columnOf(table, "label")).toThrow('x.tsv: expected a column named "label", got "id", "text"');
    expect(() => columnOf(table, 2)).toThrow('x.tsv: expected a column 3, got "id", "text"');
    expect(() => columnOf(readTsv("1\t2"), "label")).toThrow("got 2 columns without names");
  });
});

describe("readJsonl", () => {
  it("reads objects and names the line of what is none", () => {
    expect(readJsonl('{"a":1}\n\n{"b":[2]}\r\n')).toEqual([
      { value: { a: 1 }, line: 1 },
      { value: { b: [2] }, line: 3 },
    ]);
    expect(() => readJsonl('{"a":1}\n{"a":\n', { source: "d.jsonl" })).toThrow(
      'd.jsonl:2: expected a JSON object, got "{\\"a\\":"',
    );
    expect(() => readJsonl("[1]")).toThrow("jsonl:1: expected a JSON object");
  });
});

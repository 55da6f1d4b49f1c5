// Rows on disk are the rows that the reader of the whole text gives.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { random } from "../base/index.ts";
import {
  conllReader,
  conlluReader,
  jsonPairReader,
  labeledReader,
  linesOf,
  type RowReader,
  scanReader,
  selectRows,
  tablePairReader,
  taggedJsonlReader,
  withoutRows,
} from "../data/index.ts";
import { openRows } from "./file-rows.ts";

const folder = mkdtempSync(join(tmpdir(), "unrolled-rows-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, contents: string | Uint8Array) => {
  writeFileSync(join(folder, name), contents);
  return join(folder, name);
};

const r = random(4);
const words = ["so", "좋아요", "été", "😀", "a longer word than most", "\ufeffmark"];
const text = () => Array.from({ length: 1 + r.below(9) }, () => words[r.below(words.length)]).join(" ");
const rows = (count: number, row: (i: number) => string, end = "\n") =>
  Array.from({ length: count }, (_, i) => (r.below(20) === 0 ? "" : row(i))).join(end);
const table = (format: "tsv" | "csv", header = false) =>
  labeledReader({ source: "rows.tsv", recognized: { format, header, columns: { text: 0, label: 1 } } });
const quoted = () => `"${text()}${r.below(3) ? "" : '\n""x"", y\r\nz'}"`;
const ud = (i: number) =>
  `# text = du pain\n1-2\tdu\t${"_\t".repeat(7)}_\n1\tde\tde\tADP\t${"_\t".repeat(5)}_\n2\tle\tle\tDET\t${"_\t".repeat(5)}_\n2.1\tx\t${"_\t".repeat(7)}_\n3\tpain${i}\tpain\tNOUN\t${"_\t".repeat(5)}_\n`;

/** Without the getter of the line, which counts each time it is asked. */
const plain = (found: Iterable<object>) => Array.from(found, (row) => ({ ...row }));

type Case = [name: string, contents: string, reader: () => RowReader<object>];
const cases: Case[] = [
  ["tsv", rows(300, (i) => `${text()}\t${i}`), () => table("tsv")],
  [
    "tsv with a mark, a header and CR LF",
    `\ufefftext\tlabel\r\n${rows(300, (i) => `${text()}\t${i}`, "\r\n")}`,
    () => table("tsv", true),
  ],
  ["tsv with CR", rows(300, (i) => `${text()}\t${i}`, "\r"), () => table("tsv")],
  ["csv with line breaks in quotes", rows(150, (i) => `${quoted()},${i}`), () => table("csv")],
  [
    "jsonl",
    rows(300, (i) => JSON.stringify({ text: text(), label: i })),
    () => labeledReader({ recognized: { format: "jsonl" } }),
  ],
  [
    "label first",
    rows(300, (i) => `__label__${i} ${text()}`),
    () => labeledReader({ recognized: { format: "label-first" } }),
  ],
  ["conll", rows(400, (i) => (r.below(4) ? `w${i}\tO` : "")), () => conllReader()],
  ["conll with spaces and documents", `-DOCSTART- -X- O\n\n${rows(300, (i) => `w${i}  N O`)}`, () => conllReader()],
  [
    "conll of characters",
    rows(300, (i) => (i % 7 ? `한\tO` : " \tO")).replace(/^/, "## a comment\n"),
    () => conllReader(),
  ],
  ["conllu", rows(200, ud), () => conlluReader()],
  [
    "spans",
    rows(200, () => JSON.stringify({ text: `${text()} so`, spans: [{ start: 0, end: 2, label: "X" }] })),
    () => taggedJsonlReader(),
  ],
  ["pairs", `source\ttarget\n${rows(200, () => `${text()}\t${r.below(9) ? text() : " "}`)}`, () => tablePairReader()],
  [
    "json pairs",
    rows(200, () => JSON.stringify({ a: [text(), "x"], b: text() })),
    () => jsonPairReader({ columns: { source: "a", target: "b" } }),
  ],
  ["scan", rows(200, () => `IN: ${text()} OUT: ${text()}`), () => scanReader()],
];

describe("openRows", () => {
  it.each(cases)("gives the rows of the whole text, in any order: %s", async (_, contents, reader) => {
    const whole = reader();
    const all = [...whole.rows(linesOf(contents))];
    // Windows so small that rows lie across them, and so few that they are read again.
    const disk = await openRows(write("rows", contents), reader(), { window: 256, memory: 4096 });
    expect(disk.length).toBe(all.length);
    expect(plain(disk)).toEqual(all);
    expect(disk.warnings).toEqual(whole.warnings());
    const places = Int32Array.from({ length: 20 }, () => r.below(all.length));
    expect(plain(disk.read(places))).toEqual(Array.from(places, (i) => all[i]));
    disk.close();
  });

  it("reads selections and what they leave", async () => {
    const contents = rows(100, (i) => `${text()}\t${i}`);
    const all = [...table("tsv").rows(linesOf(contents))];
    const disk = await openRows(write("rows", contents), table("tsv"));
    for (const places of [[], [0], [3, 4, 5, 90], [all.length - 1], all.map((_, i) => i)].map((list) =>
      Int32Array.from(list),
    )) {
      expect(plain(selectRows(disk, places))).toEqual(selectRows(all, places));
      expect(plain(withoutRows(disk, places))).toEqual(withoutRows(all, places));
    }
  });

  it("knows the line of a row among thousands", async () => {
    const disk = await openRows(
      write(
        "rows",
        rows(3000, (i) => `${text()}\t${i}`),
      ),
      table("tsv"),
    );
    for (const { label, line } of disk.read([0, 1023, 1024, disk.length - 1])) expect(line).toBe(Number(label) + 1);
    disk.close();
  });

  it("unpacks gzip", async () => {
    const disk = await openRows(write("rows.gz", gzipSync("a\t1\nb\t2")), table("tsv"));
    expect(disk.read([1, 0])).toEqual([
      { text: "b", label: "2", line: 2 },
      { text: "a", label: "1", line: 1 },
    ]);
    disk.close();
  });

  it("says what is wrong with a file, and where", async () => {
    const open = (contents: string | Uint8Array) => openRows(write("bad", contents), table("tsv"));
    await expect(open("a\t1\nb")).rejects.toThrow(/rows.tsv:2: expected 2 cells as in the first row, got 1/);
    await expect(open(Uint8Array.of(97, 9, 98, 10, 0xe9, 10))).rejects.toThrow(/byte 0xe9 at position 4, in line 2/);
    await expect(open("a\0b")).rejects.toThrow(/binary file/);
    await expect(open("")).rejects.toThrow(/expected rows of text and label, got none/);
    await expect(openRows(folder, table("tsv"))).rejects.toThrow(/expected a file, got a folder/);
    await expect(openRows(join(folder, "no"), table("tsv"))).rejects.toThrow(/no such file/);
    await expect(open(gzipSync("a\t1\n".repeat(99)).subarray(0, 20))).rejects.toThrow(/gzip/);
    const disk = await openRows(write("changed", "a\t1\nb\t2\nc\t3\nd\t4"), table("tsv"), { window: 4, memory: 8 });
    write("changed", "a\t1");
    expect(() => disk.read([0])).toThrow(/the file changed while it was in use/);
  });
});

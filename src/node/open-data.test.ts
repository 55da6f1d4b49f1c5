import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DataKind, writeConll } from "../data/index.ts";
import { openData } from "./open-data.ts";

let scratch = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "unrolled-data-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));
const write = (name: string, contents: string | Uint8Array) => {
  const path = join(scratch, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, contents);
  return path;
};
const times = (n: number, row: (i: number) => string) => `${Array.from({ length: n }, (_, i) => row(i)).join("\n")}\n`;
const prose = (i: number) => `the ${["cat", "dog", "cow"][i % 3]} sat on mat number ${i}`;

const samples: [kind: DataKind, name: string, contents: string][] = [
  ["classification", "a.tsv", `text\tlabel\n${times(40, (i) => `${prose(i)}\t${i % 2 ? "x" : "y"}`)}`],
  ["classification", "a.jsonl", times(40, (i) => JSON.stringify({ text: prose(i), label: i % 2 ? "x" : "y" }))],
  ["regression", "b.csv", `text,score\n${times(40, (i) => `"${prose(i)}, so",${i / 7}`)}`],
  [
    "tagging",
    "c.conll",
    writeConll(Array.from({ length: 20 }, (_, i) => ({ tokens: ["a", `b${i}`], tags: ["O", "B-X"] }))),
  ],
  ["tagging", "c.conllu", times(20, () => `1\ta${"\t_".repeat(8)}\n`)],
  [
    "tagging",
    "c.jsonl",
    times(20, () => JSON.stringify({ text: "Kim so", entities: [{ start_offset: 0, end_offset: 3, label: "P" }] })),
  ],
  ["pairs", "d.tsv", times(40, (i) => `${prose(i)} ${i}\t${prose(i + 1)} ${i}`)],
  ["pairs", "d.jsonl", times(40, (i) => JSON.stringify({ source: prose(i), target: prose(i + 1) }))],
  ["pairs", "d.txt", times(40, (i) => `IN: jump ${i} OUT: JUMP ${i}`)],
  ["series", "e.csv", `date,x\n${times(40, (i) => `2024-01-${String(1 + (i % 28)).padStart(2, "0")},${i / 3}`)}`],
  ["music", "f.abc", "X:1\nT:t\nM:4/4\nL:1/8\nK:G\nGABc dedB|\n"],
  ["music", "f.json", '{"train": [[[60, 64], [], [67]]]}'],
  ["text", "g.txt", times(40, (i) => `${prose(i)}, and ${prose(i + 1)}.`)],
  ["text", "g.jsonl", times(40, (i) => JSON.stringify({ text: prose(i) }))],
];

describe("openData", () => {
  it.each(samples)("opens %s: %s, plain and packed, in memory and from disk alike", async (kind, name, contents) => {
    const plain = await openData([write(name, contents)]);
    const packed = await openData([write(`packed-${name}.gz`, gzipSync(contents))], { stream: true });
    expect(plain.kind).toBe(kind);
    const rowsOf = (data: typeof plain) =>
      "rows" in data
        ? [...data.rows].map(({ line: _, ...row }) => ({ ...row }))
        : data.kind === "text"
          ? data.text.whole()
          : data.kind === "series"
            ? data.series.series
            : data.kind === "music"
              ? data.music
              : undefined;
    const strip = (rows: unknown) => JSON.parse(JSON.stringify(rows)) as unknown;
    expect(strip(rowsOf(packed))).toEqual(strip(rowsOf(plain)));
    expect(packed.fingerprint()).toBe(plain.fingerprint());
    plain.close();
    packed.close();
  });

  it("reads several files as one, in memory and from disk", async () => {
    const files = [0, 1, 2].map((k) =>
      write(`part-${k}.tsv`, `text\tlabel\n${times(30, (i) => `${prose(i)} ${k}\t${i % 2}`)}`),
    );
    for (const stream of [false, true]) {
      const data = await openData([join(scratch, "part-*.tsv")], { stream });
      if (data.kind !== "classification") throw new Error(data.kind);
      expect(data.files).toEqual(files);
      const all = [...data.rows].map(({ text }) => text);
      expect(all).toHaveLength(90);
      if ("read" in data.rows)
        expect(data.rows.read([89, 31, 0, 30]).map(({ text }) => text)).toEqual([all[89], all[31], all[0], all[30]]);
      data.close();
    }
    const text = await openData([write("one.txt", "a b\nc"), write("two.txt", "d e\n")], { kind: "text" });
    expect(text.kind === "text" && text.text.whole()).toBe("a b\nc\nd e\n");
  });

  it("labels lists of names by their files, and reads parallel files as pairs", async () => {
    const folder = join(scratch, "names");
    for (const language of ["Korean", "Dutch"])
      write(
        `names/${language}.txt`,
        times(25, (i) => `${language[0]}name${i}`),
      );
    const names = await openData([folder], { kind: "classification" });
    if (names.kind !== "classification") throw new Error(names.kind);
    expect(names.rows).toHaveLength(50);
    expect([...names.rows][0]).toMatchObject({ text: "Dname0", label: "Dutch" });
    const sides = ["en", "ko"].map((side) =>
      write(
        `train.${side}`,
        times(30, (i) => `${side} ${prose(i)}`),
      ),
    );
    const pairs = await openData(sides, { kind: "pairs" });
    expect(pairs.kind === "pairs" && [...pairs.rows][3]).toMatchObject({
      source: `en ${prose(3)}`,
      target: `ko ${prose(3)}`,
    });
  });

  it("notes what was converted, reordered and left out, and refuses what cannot be read as asked", async () => {
    const dates = (i: number) => `2024-03-${String(28 - i).padStart(2, "0")}`;
    const sales = `date;shop;sales\n${times(28, (i) => `${dates(i)};M\xfcnchen;1.${100 + i},5`)}`;
    const data = await openData([write("sales.csv", Buffer.from(sales, "latin1"))]);
    if (data.kind !== "series") throw new Error(data.kind);
    expect(data.notes.join("\n")).toMatch(/windows-1252[\s\S]*"shop"[\s\S]*newest first/);
    expect(data.series.series[0]![0]).toBe(1127.5);
    const text = write(
      "plain.txt",
      times(40, (i) => `${prose(i)}, and ${prose(i + 1)}.`),
    );
    await expect(openData([text], { kind: "tagging" })).rejects.toThrow(
      "plain.txt: expected tags of tokens (jsonl, conllu, conll, tag-lines), got plain text",
    );
    await expect(openData([text, text.replace("plain", "other")])).rejects.toThrow("other.txt: no such file");
    await expect(openData([write("empty.csv", "")])).rejects.toThrow("got an empty file");
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { host } from "../../../test/cli/in-process.ts";
import { type CorpusOptions, drawLines, readCorpus } from "../../node/tokens/corpus.ts";
import { output } from "../output.ts";
import { corpusReader } from "./tokenizing.ts";

const folder = mkdtempSync(join(tmpdir(), "unrolled-corpus-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const reader = corpusReader(output(host({ out: "", err: "" })));
const options: CorpusOptions = { tokens: "char", lines: false, valid: 0.25, seed: 1, maxVocabulary: 100, atLeast: 2 };
const { tokens: _, maxVocabulary: __, ...asFound } = options;

describe("readCorpus", () => {
  it("cuts the last part off, and knows its characters", async () => {
    const { tokenizer, train, valid, ...sizes } = await readCorpus(reader, [write("a", "abcdefxyz한글글")], options);
    expect(tokenizer.decode(train as Int32Array)).toBe("abcdefxyz");
    expect(tokenizer.decode(valid as Int32Array)).toBe("한글글");
    expect(sizes).toMatchObject({ trainTokens: 9, validTokens: 2 });
  });
  it("never cuts a character in two", async () => {
    const emoji = await readCorpus(reader, [write("b", "😀😁😂😀😁😂a")], { ...options, valid: 0.4 });
    const text = [emoji.train, emoji.valid].map((ids) => emoji.tokenizer.decode(ids as Int32Array));
    expect(text.join("")).toBe("😀😁😂😀😁😂a");
    const family = await readCorpus(reader, [write("g", "👨‍👩‍👧e\u0301👨‍👩‍👧e\u0301ab")], {
      ...options,
      tokens: "grapheme",
      valid: 0,
    });
    expect(family.train).toHaveLength(6);
  });
  it("cuts between words, and leaves out of the vocabulary what only the validation text has", async () => {
    const text = `${"one two three ".repeat(10)}four four four`;
    const { tokenizer, train, valid } = await readCorpus(reader, [write("c", text)], {
      ...options,
      tokens: "word",
      valid: 0.09,
    });
    expect(tokenizer.decode(train as Int32Array)).toBe("one two three ".repeat(10).trim());
    expect(tokenizer.decode(valid as Int32Array)).toBe("<unk> <unk> <unk>");
  });
  it("takes a corpus with <unk> as it is: all words between spaces, and the end of each line", async () => {
    const text = " \n = Title = \n \n once it 's seen , the <unk> @-@ 5 .\n";
    const { tokenizer, train, trainTokens, ...rest } = await readCorpus(reader, [write("w", text)], {
      ...asFound,
      valid: 0,
    });
    expect(rest).toMatchObject({ tokens: "word", words: expect.stringContaining("tokenized already") });
    const expected = text
      .split("\n")
      .flatMap((line, i, all) => [
        ...line.split(/\s+/).filter((word) => word !== ""),
        ...(i + 1 < all.length ? ["\n"] : []),
      ]);
    expect(Array.from(train as Int32Array, (id) => tokenizer.vocabulary.token(id))).toEqual(expected);
    expect(trainTokens).toBe(expected.length);
    expect([...tokenizer.vocabulary.tokens].sort()).toEqual([...new Set(expected)].sort());
  });
  it("reads characters of other texts, and words as told", async () => {
    const prose = "It's seen, it's seen; the end.\n".repeat(9);
    const spaced = "it 's seen , it 's seen . once\n".repeat(30);
    const units = async (text: string, more: Partial<CorpusOptions> = {}) => {
      const { tokens, tokenizer } = await readCorpus(reader, [write("u", text)], { ...asFound, valid: 0, ...more });
      return [tokens, tokenizer.vocabulary.tokens.includes("'s")];
    };
    expect(await units(prose)).toEqual(["char", false]);
    expect(await units(spaced)).toEqual(["char", false]);
    expect(await units(spaced, { tokens: "word" })).toEqual(["word", true]);
    expect(await units(spaced, { tokens: "word", split: "unicode" })).toEqual(["word", false]);
    expect(await units("a <unk> b 's c".repeat(9), { tokens: "char" })).toEqual(["char", false]);
  });
  it("puts a line break between files, not within", async () => {
    const { tokenizer, train } = await readCorpus(reader, [write("d", "ab"), write("e", "cd\n"), write("f", "ef")], {
      ...options,
      valid: 0,
    });
    expect(tokenizer.decode(train as Int32Array)).toBe("ab\ncd\nef");
  });
});

it("drawLines parts at random by the seed, in order", () => {
  const lines = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, "0"));
  const [train, held] = drawLines("lines", lines, 0.2, 3);
  expect(held).toHaveLength(20);
  expect([...train, ...held].sort()).toEqual(lines);
  expect(held).toEqual([...held].sort());
  expect(held.at(0)! < "40" && held.at(-1)! > "60").toBe(true);
  expect(drawLines("lines", lines, 0.2, 3)).toEqual([train, held]);
  expect(drawLines("lines", lines, 0.2, 4)[1]).not.toEqual(held);
});

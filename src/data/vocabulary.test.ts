import { describe, expect, it } from "vitest";
import { splitData } from "./split.ts";
import { compareCodePoints, vocabulary, vocabularyFromJSON } from "./vocabulary.ts";

describe("vocabulary", () => {
  it("puts specials first, then tokens by code point or by count", () => {
    const tokens = ["c", "a", "c", "b", "<pad>", "c", "b"];
    const byCode = vocabulary(tokens, { specials: ["<pad>", "<unk>"] });
    expect(byCode.tokens).toEqual(["<pad>", "<unk>", "a", "b", "c"]);
    expect(byCode.counts).toEqual([1, 0, 1, 2, 3]);
    expect(vocabulary(tokens, { order: "count" }).tokens).toEqual(["c", "b", "<pad>", "a"]);
    expect(vocabulary(tokens, { maxSize: 2 }).tokens).toEqual(["b", "c"]);
    expect(byCode.id("b")).toBe(3);
    expect(byCode.id("z")).toBeUndefined();
    expect(byCode.token(4)).toBe("c");
    expect(() => byCode.token(5)).toThrow("expected an id from 0 to 4, got 5");
  });
  it("is the same after saving, with names that objects treat specially", () => {
    const made = vocabulary(["__proto__", "constructor", "1", ""], { specials: ["<pad>"] });
    const read = vocabularyFromJSON(JSON.parse(JSON.stringify(made)));
    expect(read.toJSON()).toEqual(made.toJSON());
    expect(read.id("__proto__")).toBe(made.tokens.indexOf("__proto__"));
    expect(read.id("toString")).toBeUndefined();
  });
  it("refuses broken files", () => {
    for (const broken of [undefined, {}, { tokens: [1] }, { tokens: ["a"], counts: [] }, { tokens: ["a", "a"] }]) {
      expect(() => vocabularyFromJSON(broken, "config.json")).toThrow(/^config\.json: /);
    }
    expect(() => vocabularyFromJSON({ tokens: ["a"], specials: ["b"] })).toThrow("specials are not the first");
  });
  it("orders by code points where UTF-16 does not", () => {
    const sorted = ["a", "ab", "\uE000", "\u{10000}", "\u{10FFFF}"];
    expect([...sorted].reverse().sort(compareCodePoints)).toEqual(sorted);
    expect("\u{10000}" < "\uE000").toBe(true);
  });
});

describe("split", () => {
  it("cuts in order, without a gap", () => {
    const ids = Int32Array.from({ length: 1003 }, (_, i) => i);
    const { train, valid, test } = splitData(ids, { valid: 0.1, test: 0.1 });
    expect([train.length, valid.length, test.length]).toEqual([802, 100, 101]);
    expect([...train, ...valid, ...test]).toEqual([...ids]);
    expect(splitData(new Int32Array(1115394), { valid: 0.1 }).train.length).toBe(1003854);
    expect(splitData(new Uint8Array(10), { valid: 0.1, test: 0.1 }).train.length).toBe(8);
    expect(splitData(["a", "b"], { valid: 0.5 })).toEqual({ train: ["a"], valid: ["b"], test: [] });
  });
  it("refuses to leave nothing to train on", () => {
    expect(() => splitData([1, 2], { valid: 0.6, test: 0.4 })).toThrow("below 1");
    expect(() => splitData([1, 2], { valid: 1 })).toThrow("below 1");
    expect(() => splitData([1, 2], { valid: Number.NaN })).toThrow("got NaN");
  });
});

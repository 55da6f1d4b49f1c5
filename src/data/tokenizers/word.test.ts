import { describe, expect, it } from "vitest";
import { tokenizerFromJSON } from "./from-json.ts";
import { eachWord, type WordSplit } from "./split-words.ts";
import { countUnknown } from "./tokenizer.ts";
import { wordTokenizer } from "./word.ts";

function words(text: string, split: WordSplit = "unicode", whole: string[] = []) {
  const found: string[] = [];
  eachWord(text, split, whole, (start, end) => found.push(text.slice(start, end)));
  return found;
}

describe("eachWord", () => {
  it.each([
    ["Don't stop, l’eau!", ["Don't", "stop", ",", "l’eau", "!"]],
    ["It cost 3.14 or 1,000.", ["It", "cost", "3.14", "or", "1,000", "."]],
    ["a\r\n\n b\tc", ["a", "\n", "\n", "b", "c"]],
    ["나는 학교에 간다.", ["나는", "학교에", "간다", "."]],
    ["cafe\u0301 हिन्दी 𝒳𐍈", ["cafe\u0301", "हिन्दी", "𝒳𐍈"]],
    ["ok👩‍🚀!❤️x", ["ok", "👩‍🚀", "!", "❤️", "x"]],
    ["well-known 'quoted' x'", ["well", "-", "known", "'", "quoted", "'", "x", "'"]],
    ["\ud800a\udc00", ["\ud800", "a", "\udc00"]],
  ])("cuts %j", (text, expected) => {
    expect(words(text)).toEqual(expected);
  });
  it("keeps special tokens whole, and cuts at spaces only where told", () => {
    expect(words("a <unk>, <b>", "unicode", ["<unk>"])).toEqual(["a", "<unk>", ",", "<", "b", ">"]);
    expect(words(" it 's <unk>. \n= a =\n", "whitespace")).toEqual(["it", "'s", "<unk>.", "\n", "=", "a", "=", "\n"]);
    expect(words("a\ufeff b \ufeff \u0001\u3000c\x1cd")).toEqual(["a", "b", "c", "d"]);
    expect(words("a\ufeff b \ufeff \u0001\u3000c\x1cd", "whitespace")).toEqual([
      "a\ufeff",
      "b",
      "\ufeff",
      "\u0001",
      "c",
      "d",
    ]);
  });
});

describe("words by Intl.Segmenter", () => {
  it.each([
    ["我喜欢猫。你呢？", ["我", "喜欢", "猫", "。", "你", "呢", "？"]],
    ["ฉันชอบแมว", ["ฉัน", "ชอบ", "แมว"]],
    ["أنا أحب القطط", ["أنا", "أحب", "القطط"]],
    ["don’t\r\n\n 3.14\t<unk>.", ["don’t", "\n", "\n", "3.14", "<unk>", "."]],
    ["", []],
  ])("cuts %j", (text, expected) => {
    expect(words(text, "segmenter", ["<unk>", "<pad>"])).toEqual(expected);
  });
  it("come back as text, with spaces where the script has them", () => {
    for (const text of [
      "我喜欢猫。你呢？\n",
      "ฉันชอบแมว",
      "나는 학교에 간다.",
      "the cat, 42 猫",
      "東京都に住んでいます。",
    ]) {
      const tokenizer = tokenizerFromJSON(JSON.parse(JSON.stringify(wordTokenizer.fit(text, { split: "segmenter" }))));
      expect(tokenizer.decode(tokenizer.encode(text, { unknown: "error" }))).toBe(text);
    }
  });
});

describe("wordTokenizer", () => {
  it("numbers words by frequency, then by code point", () => {
    const tokenizer = wordTokenizer.fit("b a b c. a b");
    expect(tokenizer.vocabulary.tokens).toEqual(["<unk>", "b", "a", ".", "c"]);
    expect(tokenizer.vocabulary.counts).toEqual([0, 3, 2, 1, 1]);
    const ids = tokenizer.encode("b zebra a");
    expect([...ids]).toEqual([1, 0, 2]);
    expect(countUnknown(tokenizer, ids)).toBe(1);
    expect(() => tokenizer.encode("zebra b", { unknown: "error" })).toThrow('unknown word "zebra"');
  });
  it("keeps the most frequent, within minCount and maxSize", () => {
    const text = "a a a b b c";
    expect(wordTokenizer.fit(text, { minCount: 2 }).vocabulary.tokens).toEqual(["<unk>", "a", "b"]);
    expect(wordTokenizer.fit(text, { maxSize: 2 }).vocabulary.tokens).toEqual(["<unk>", "a"]);
    expect(wordTokenizer.fit("A a", { lowercase: true }).vocabulary.counts).toEqual([0, 2]);
  });
  it("decodes to readable text", () => {
    const text =
      'He said, "well-known (or not) isn\'t 3.5 %!"\n\n"No," she said: costs $5, 50... "Why?" 〈한국어〉 «oui».\n';
    const tokenizer = wordTokenizer.fit(text);
    const readable = tokenizer.decode(tokenizer.encode(text));
    expect(readable).toBe(
      'He said, "well-known (or not) isn\'t 3.5%!"\n\n"No," she said: costs $5, 50... "Why?" 〈 한국어 〉 «oui».\n',
    );
    const stream = tokenizer.decodeStream();
    expect(Array.from(tokenizer.encode(text), (id) => stream.push(id)).join("")).toBe(readable);
  });
  it("is the same after saving", () => {
    const text = "the cat, <unk> THE cat\nsat";
    for (const split of ["unicode", "whitespace"] as const) {
      const tokenizer = wordTokenizer.fit(text, { split, lowercase: true, specials: ["pad", "unk"] });
      const again = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));
      expect(again.encode(`${text} new`)).toEqual(tokenizer.encode(`${text} new`));
      expect(tokenizer.special).toEqual({ pad: 0, unk: 1 });
    }
  });
  it("finds every one of many words", () => {
    const many = Array.from({ length: 20000 }, (_, i) => `w${i.toString(36)}`);
    const tokenizer = wordTokenizer.fit(many.join(" "));
    const ids = tokenizer.encode(many.join(" "), { unknown: "error" });
    expect(Array.from(ids, (id) => tokenizer.vocabulary.token(id))).toEqual(many);
  });
});

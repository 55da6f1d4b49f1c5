// Our tokenizers in Hugging Face's schema: ids are equal to those of their library, on texts and on fuzzed Unicode.
// `HUB_CASES=file npx vitest run src/interop/hub-tokenizer.test.ts`, then `python test/fixtures/make_hub_tokenizers.py file`,
// writes the fixture anew.
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { random } from "../base/index.ts";
import { bpeTokenizer, charTokenizer, type Tokenizer, wordTokenizer } from "../data/index.ts";
import { toHubTokenizer } from "./hub-tokenizer.ts";

const lines = [
  "The quick brown fox doesn't jump, it's 3.14 times lazier!",
  "L’été à Paris… 1,234 cafés (ouverts) <unk> & co_op",
  "나는 집에 간다. 너는 집에 있다.\nSecond line; e\u0301 and 👩\u200d🚀 ✌️",
];
const specials = ["pad", "bos", "eos", "unk"] as const;
const tokenizers: Record<string, Tokenizer> = {
  char: charTokenizer.fit(lines, { specials }),
  word: wordTokenizer.fit(lines),
  "word, lower case": wordTokenizer.fit(lines, { lowercase: true, specials }),
  "word, whitespace": wordTokenizer.fit(lines, { split: "whitespace" }),
  bpe: bpeTokenizer.fit(lines, { merges: 60, minPairCount: 1 }),
  "bpe, lower case": bpeTokenizer.fit(lines, { merges: 30, lowercase: true, minPairCount: 1 }),
};

const pool = [
  ...lines.join(""),
  ..."  \n\t\r\u00a0\u2009\u3000\ufeff\u0085\u0007'’.,_▁<unk>٣²Ⅷ\u200c\u200d\u0301\ufe0fÀß漢😀",
];
const texts = [
  "",
  ...lines,
  ...Array.from({ length: 200 }, (_, i) => {
    const r = random([i, 7]);
    return Array.from({ length: 1 + r.below(24) }, () => pool[r.below(pool.length)]).join("");
  }),
];

const place = new URL("../../test/fixtures/hub-tokenizers.json", import.meta.url);
const writeTo = process.env.HUB_CASES;
const cases = Object.entries(tokenizers).map(([name, tokenizer]) => ({ name, hub: toHubTokenizer(tokenizer) }));

it.runIf(writeTo !== undefined)("writes cases", () => writeFileSync(writeTo!, JSON.stringify({ texts, cases })));

describe.runIf(writeTo === undefined)("in Hugging Face's library", () => {
  const fixture = (writeTo === undefined ? JSON.parse(readFileSync(place, "utf8")) : {}) as Record<
    string,
    { hub: object; ids: number[][] }
  >;
  it.each(Object.entries(tokenizers))("%s gives the same ids", (name, tokenizer) => {
    const { hub, ids } = fixture[name]!;
    expect(JSON.parse(JSON.stringify(toHubTokenizer(tokenizer)))).toEqual(hub);
    for (const [i, text] of texts.entries()) expect([...tokenizer.encode(text)], JSON.stringify(text)).toEqual(ids[i]);
  });
});

it("refuses what the schema cannot express", () => {
  const graphemes = charTokenizer.fit("ab", { unit: "grapheme" });
  expect(() => toHubTokenizer(graphemes)).toThrow("got characters by grapheme");
  const letters = bpeTokenizer.fit("가나", { jamo: true });
  expect(() => toHubTokenizer(letters)).toThrow("got subwords of Korean letters");
  const segmented = wordTokenizer.fit("a b", { split: "segmenter" });
  expect(() => toHubTokenizer(segmented)).toThrow("got words by Intl.Segmenter");
  const greek = wordTokenizer.fit("ΟΔΟΣ", { lowercase: true });
  expect(() => toHubTokenizer(greek)).toThrow("Greek sigma");
});

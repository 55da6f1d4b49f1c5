import { describe, expect, it } from "vitest";
import { random, UnrolledError } from "../../base/index.ts";
import { charTokenizer } from "./char.ts";
import { tokenizerFromJSON } from "./from-json.ts";
import { eachGrapheme } from "./graphemes.ts";
import { encodeLines } from "./lines.ts";
import { countUnknown } from "./tokenizer.ts";

describe("charTokenizer", () => {
  it("numbers code points in their order", () => {
    const tokenizer = charTokenizer.fit("ba\n\u{10000}\uE000가a");
    expect(tokenizer.vocabulary.tokens).toEqual(["\n", "a", "b", "가", "\uE000", "\u{10000}"]);
    expect(tokenizer.vocabulary.counts).toEqual([1, 2, 1, 1, 1, 1]);
    expect([...tokenizer.encode("a\u{10000}b")]).toEqual([1, 5, 2]);
    expect(charTokenizer.fit("\u{10000}가\uE000\nab").vocabulary.tokens).toEqual(tokenizer.vocabulary.tokens);
  });
  it("gives back every text, in both units, whole and as a stream, before and after saving", () => {
    const text = "Ünïcode e\u0301 👨‍👩‍👧 한국어 \u1112\u1161\u11ab\r\n<unk>\ud800 end 🇰🇷🇩🇪";
    for (const unit of ["codePoint", "grapheme"] as const) {
      const tokenizer = charTokenizer.fit(text, { unit, specials: ["pad", "bos", "eos", "unk"] });
      const again = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));
      const ids = tokenizer.encode(text);
      expect(tokenizer.decode(ids)).toBe(text);
      expect(again.encode(text)).toEqual(ids);
      const stream = again.decodeStream();
      expect(Array.from(ids, (id) => stream.push(id)).join("")).toBe(text);
      expect(countUnknown(tokenizer, ids)).toBe(0);
    }
  });
  it("counts what a reader counts in graphemes", () => {
    const tokenizer = charTokenizer.fit("e\u0301🇰🇷\r\n한", { unit: "grapheme" });
    expect([...tokenizer.vocabulary.tokens].sort()).toEqual(["\r\n", "e\u0301", "한", "🇰🇷"].sort());
  });
  it("lists unknown characters of a prompt, each once, with a hint", () => {
    const error = thrown(() => charTokenizer.fit("abc").encode("aéß éa😀"));
    expect(error.message).toBe(
      'charTokenizer.encode: unknown characters "é" (U+00E9), "ß" (U+00DF), " " (U+0020), "😀" (U+1F600)\n' +
        "  hint: the model has only seen the characters of its training text: leave these out, or train on a text that has them",
    );
    expect(error.code).toBe("data");
    expect(thrown(() => charTokenizer.fit("abc").encode("defghijklmno")).message).toContain("and 4 more\n");
  });
  it("puts <unk> for unknown text where it has one", () => {
    const tokenizer = charTokenizer.fit("aab", { specials: ["unk"], minCount: 2 });
    expect(tokenizer.vocabulary.tokens).toEqual(["<unk>", "a"]);
    const ids = tokenizer.encode("a😀b");
    expect([...ids]).toEqual([1, 0, 0]);
    expect(countUnknown(tokenizer, ids)).toBe(2);
    expect(tokenizer.decode(ids)).toBe("a\uFFFD\uFFFD");
    expect(() => tokenizer.encode("b", { unknown: "error" })).toThrow("unknown character");
    expect(() => charTokenizer.fit("a").encode("b", { unknown: "token" })).toThrow('"unk" among its specials');
  });
  it("leaves what occurs once in a text of many characters to <unk>, where asked", () => {
    const text = "aabbccd";
    const many = charTokenizer.fit(text, { unknownAbove: 3 });
    expect(many.vocabulary.tokens).toEqual(["<unk>", "a", "b", "c"]);
    expect(many.decode(many.encode("adz"))).toBe("a\uFFFD\uFFFD");
    expect(charTokenizer.fit(text, { unknownAbove: 4 }).vocabulary.tokens).toEqual(["a", "b", "c", "d"]);
    const lines = charTokenizer.fit(text, { unknownAbove: 3, specials: ["bos", "unk", "eos"] });
    expect(lines.vocabulary.tokens).toEqual(["<bos>", "<unk>", "<eos>", "a", "b", "c"]);
  });
  it("refuses an empty text and broken files", () => {
    expect(thrown(() => charTokenizer.fit("")).code).toBe("data");
    const json = charTokenizer.fit("ab").toJSON();
    for (const broken of [null, 7, {}, { ...json, unit: "byte" }, { ...json, vocabulary: { tokens: ["a", "a"] } }]) {
      expect(thrown(() => tokenizerFromJSON(broken)).code).toBe("file");
    }
  });
  it("marks the ends of lines in lines mode", () => {
    const lines = ["ab", "", "b"];
    const tokenizer = charTokenizer.fit(lines, { specials: ["pad", "bos", "eos"] });
    expect(encodeLines(tokenizer, lines).map((ids) => [...ids])).toEqual([
      [1, 3, 4, 2],
      [1, 4, 2],
    ]);
    expect(tokenizer.decode([1, 3, 4, 2, 0])).toBe("ab");
  });
});

describe("eachGrapheme", () => {
  it("agrees with Intl.Segmenter on random mixtures of scripts", () => {
    const r = random(3);
    const pool = [
      ..."aZ 1\r\n\t\u00adéñλжけガ中한글、！‘…©️",
      "\u0301",
      "\u0483",
      "\u3099",
      "\uff9e",
      "\u200d",
      "\ufe0f",
    ];
    pool.push("👨", "🇰", "🇷", "ᄒ", "ᅡ", "ᆫ", "க", "்", "ष", "\ud83d", "\u0600", "\u0e33", "अ", "\u094d", "\u0000");
    const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
    for (let trial = 0; trial < 2000; trial++) {
      const text = Array.from({ length: 1 + r.below(12) }, () => pool[r.below(pool.length)]).join("");
      const ours: string[] = [];
      eachGrapheme(text, (start, end) => ours.push(text.slice(start, end)));
      expect(ours, JSON.stringify(text)).toEqual([...segmenter.segment(text)].map(({ segment }) => segment));
    }
  });
});

function thrown(run: () => unknown): UnrolledError {
  try {
    run();
  } catch (error) {
    if (error instanceof UnrolledError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

it("writes ids to memory that it is given", () => {
  const tokenizer = charTokenizer.fit("ab😀");
  const into = new Int32Array(8).fill(-1);
  const ids = tokenizer.encode("b😀a", { into });
  expect([...ids]).toEqual([...tokenizer.encode("b😀a")]);
  expect(ids.buffer).toBe(into.buffer);
  expect([...into.subarray(ids.length)]).toEqual([-1, -1, -1, -1, -1]);
});

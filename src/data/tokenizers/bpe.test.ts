import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { bpeTokenizer } from "./bpe.ts";
import { learnMerges, mergeIn } from "./bpe-train.ts";
import { tokenizerFromJSON } from "./from-json.ts";

const lines = [
  "low lower lowest, newer newest widest.",
  "the lowest of the low is lower than the newest",
  "it's 1999; they're new: widen the lowest!",
  "나는 집에 간다. 너는 집에 있다.",
];
const all = lines.join("\n");

/** Learns merges by counting every pair again each time. */
function slowMerges(words: { symbols: number[]; count: number }[], alphabet: string[], most: number) {
  const symbols = [...alphabet];
  const merges: [number, number][] = [];
  while (merges.length < most) {
    const counts = new Map<string, number>();
    for (const { symbols: word, count } of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        const key = `${word[i]} ${word[i + 1]}`;
        counts.set(key, (counts.get(key) ?? 0) + count);
      }
    }
    const best = [...counts]
      .map(([key, count]) => ({ pair: key.split(" ").map(Number) as [number, number], count }))
      .sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1])[0];
    if (!best || best.count < 2) break;
    const [left, right] = best.pair;
    const made = symbols[left]! + symbols[right]!;
    let id = symbols.indexOf(made);
    if (id < 0) id = symbols.push(made) - 1;
    if (!merges.some(([l, r]) => l === left && r === right)) merges.push(best.pair);
    for (const { symbols: word } of words) mergeIn(word, left, right, id);
  }
  return { symbols, merges };
}

describe("learnMerges", () => {
  it("learns what counting again each time learns", () => {
    const r = random(4);
    for (let n = 0; n < 60; n++) {
      const make = () =>
        Array.from({ length: 2 + r.below(12) }, () => ({
          symbols: Array.from({ length: 1 + r.below(9) }, () => r.below(3)),
          count: 1 + r.below(4),
        }));
      const words = make();
      const copy = structuredClone(words);
      const fast = learnMerges(words, ["a", "b", "c"], { merges: 12, minCount: 2 });
      const slow = slowMerges(copy, ["a", "b", "c"], 12);
      expect(fast.merges).toEqual(slow.merges);
      expect(fast.symbols).toEqual(slow.symbols);
      expect(words).toEqual(copy);
      expect(fast.counts.reduce((a, b) => a + b)).toBe(copy.reduce((sum, w) => sum + w.symbols.length * w.count, 0));
    }
  });
});

describe("bpeTokenizer", () => {
  it("gives back every text of known characters", () => {
    const tokenizer = bpeTokenizer.fit(lines, { merges: 60 });
    const alphabet = [...new Set(all)].filter((c) => c !== "\n");
    const r = random(9);
    const texts = [...lines, "", " ", "  low  ", " a"];
    for (let n = 0; n < 300; n++) {
      texts.push(Array.from({ length: r.below(30) }, () => alphabet[r.below(alphabet.length)]).join(""));
    }
    for (const text of texts) {
      const ids = tokenizer.encode(text, { unknown: "error" });
      expect(tokenizer.decode(ids)).toBe(text);
      const stream = tokenizer.decodeStream();
      expect(Array.from(ids, (id) => stream.push(id)).join("") + stream.end()).toBe(text);
    }
  });

  it("cuts Korean syllables where asked: forms of a stem share it, and every text comes back", () => {
    const forms = ["간다", "갔다", "갈까", "온다", "왔다", "올까", "난다", "났다", "날까"];
    const korean = forms.map((form) => `나는 ${form}! Café ㅋㅋ`);
    const [letters, whole] = [true, false].map((jamo) => bpeTokenizer.fit(korean, { merges: 40, jamo }));
    const tokens = (text: string) => [...letters!.encode(text)].map((id) => letters!.vocabulary.token(id));
    // An ending that was never seen with its stem: its letters are known, its syllable is not.
    const fresh = "논다 옸다";
    expect(letters!.decode(letters!.encode(fresh, { unknown: "error" }))).toBe(fresh);
    expect(() => whole!.encode(fresh, { unknown: "error" })).toThrow("unknown characters");
    expect(tokens("간").join("")).toBe("▁\u1100\u1161\u11ab");
    const again = tokenizerFromJSON(JSON.parse(JSON.stringify(letters!.toJSON())));
    const r = random(4);
    const alphabet = [...new Set([...korean, ...fresh].join(""))];
    for (let n = 0; n < 300; n++) {
      const text = Array.from({ length: r.below(20) }, () => alphabet[r.below(alphabet.length)]).join("");
      const ids = again.encode(text, { unknown: "error" });
      expect(ids).toEqual(letters!.encode(text));
      expect(again.decode(ids)).toBe(text);
      const stream = again.decodeStream();
      expect(Array.from(ids, (id) => stream.push(id)).join("") + stream.end()).toBe(text);
      const cut = letters!.encode(text, { dropout: 0.5, random: r });
      expect(letters!.decode(cut)).toBe(text);
    }
    expect(whole!.toJSON()).toHaveProperty("jamo", false);
    const { jamo: _, ...older } = whole!.toJSON(); // saved before there was a choice
    expect(tokenizerFromJSON(older).encode("간다")).toEqual(whole!.encode("간다"));
    expect(() => tokenizerFromJSON({ ...older, jamo: 1 })).toThrow("expected a bpe tokenizer");
  });

  it("makes frequent words one token, the same at the start and within", () => {
    const tokenizer = bpeTokenizer.fit(lines, { merges: 200 });
    const shown = (text: string) => [...tokenizer.encode(text)].map((id) => tokenizer.vocabulary.token(id));
    expect(shown("lowest the lowest")).toEqual(["▁lowest", "▁the", "▁lowest"]);
    expect(shown("lowish, newer")).toEqual(["▁low", "i", "s", "h", ",", "▁ne", "wer"]);
  });

  it("does not depend on the order of the lines", () => {
    const a = bpeTokenizer.fit(lines, { merges: 50 });
    const b = bpeTokenizer.fit([...lines].reverse(), { merges: 50 });
    expect(b.toJSON()).toEqual(a.toJSON());
    expect(bpeTokenizer.fit(lines, { merges: 20 }).toJSON().merges).toEqual(
      (a.toJSON().merges as number[]).slice(0, 40),
    );
  });

  it("counts the tokens as they stand after the merges", () => {
    const tokenizer = bpeTokenizer.fit(lines, { merges: 50 });
    const counts = new Array<number>(tokenizer.vocabulary.size).fill(0);
    for (const line of lines) for (const id of tokenizer.encode(line)) counts[id]!++;
    expect(tokenizer.vocabulary.counts).toEqual(counts);
  });

  it("puts <unk> for unknown characters, or lists them", () => {
    const tokenizer = bpeTokenizer.fit("aa bb aa", { merges: 5 });
    const { unk } = tokenizer.special;
    expect(tokenizer.decode(tokenizer.encode("aaxaa 😀"))).toBe("aa\ufffdaa \ufffd");
    expect([...tokenizer.encode("😀")].filter((id) => id === unk)).toHaveLength(1);
    expect(() => tokenizer.encode("aa 😀", { unknown: "error" })).toThrow('unknown character "😀" (U+1F600)');
    const rare = bpeTokenizer.fit("aab", { minCount: 2, merges: 2 });
    expect(rare.decode(rare.encode("ab"))).toBe("a\ufffd");
    const { bos, eos, pad } = tokenizer.special;
    expect(tokenizer.decode([bos!, ...tokenizer.encode("aa bb"), eos!, pad!])).toBe("aa bb");
  });

  it("leaves merges out with dropout: other pieces, the same text", () => {
    const tokenizer = bpeTokenizer.fit(lines, { merges: 200 });
    const seen = new Set<string>();
    const r = random(3);
    for (let n = 0; n < 50; n++) {
      const ids = tokenizer.encode(lines[1]!, { dropout: 0.1, random: r });
      expect(tokenizer.decode(ids)).toBe(lines[1]);
      seen.add(ids.join());
    }
    expect(seen.size).toBeGreaterThan(10);
    const characters = tokenizer.encode("low new", { dropout: 1, random: r });
    expect(characters).toHaveLength(8);
    expect(() => tokenizer.encode("a", { dropout: 0.1 })).toThrow("expected random");
  });

  it("is the same after saving, and refuses what is broken", () => {
    const tokenizer = bpeTokenizer.fit(lines, { merges: 80, lowercase: true });
    const saved = JSON.parse(JSON.stringify(tokenizer)) as Record<string, unknown>;
    const back = tokenizerFromJSON(saved);
    for (const line of lines) expect(back.encode(line.toUpperCase())).toEqual(tokenizer.encode(line));
    expect(back.toJSON()).toEqual(tokenizer.toJSON());
    expect(() => tokenizerFromJSON({ ...saved, merges: [0] })).toThrow("expected merges: pairs of ids");
    expect(() => tokenizerFromJSON({ ...saved, merges: [4, 4] })).toThrow("the merge of 4 and 4 has no token");
    expect(() => bpeTokenizer.fit("")).toThrow("expected a text, got an empty one");
  });

  it("is not slow on a word without end", () => {
    const tokenizer = bpeTokenizer.fit(lines, { merges: 80 });
    const text = "lowerwidest".repeat(2000);
    const started = performance.now();
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

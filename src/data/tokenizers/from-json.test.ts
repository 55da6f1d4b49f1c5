import { expect, it } from "vitest";
import { type Random, random, UnrolledError } from "../../base/index.ts";
import { charTokenizer } from "./char.ts";
import { tokenizerFromJSON } from "./from-json.ts";
import { wordTokenizer } from "./word.ts";

const odd: unknown[] = [null, true, -1, 1e300, 0.5, "", "char", "<unk>", [], [[]], {}, { toString: 1 }, { length: 3 }];

/** A copy of JSON data in which one place, chosen at random, holds something else, or nothing. */
function damaged(value: unknown, r: Random): unknown {
  const inside = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (inside.length === 0 || r.below(4) === 0) return odd[r.below(odd.length)];
  const chosen = r.below(inside.length);
  if (r.below(5) === 0) inside.splice(chosen, 1);
  else inside[chosen]![1] = damaged(inside[chosen]![1], r);
  return Array.isArray(value) ? inside.map(([, item]) => item) : Object.fromEntries(inside);
}

it("opens damaged files or refuses them with one clear error, and never breaks", () => {
  const r = random(8);
  const text = "the cat, the 한글 cat 😀\n";
  const good = [
    charTokenizer.fit(text, { specials: ["pad", "unk"] }).toJSON(),
    charTokenizer.fit(text, { unit: "grapheme" }).toJSON(),
    wordTokenizer.fit(text).toJSON(),
  ];
  let refused = 0;
  for (let trial = 0; trial < 3000; trial++) {
    const json = damaged(good[trial % 3], r);
    try {
      const tokenizer = tokenizerFromJSON(json);
      tokenizer.decode(tokenizer.vocabulary.tokens.map((_, id) => id));
      tokenizer.encode(text);
    } catch (error) {
      expect(error, JSON.stringify(json)).toBeInstanceOf(UnrolledError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(1000);
  expect(refused).toBeLessThan(3000);
});

import { expect, it } from "vitest";
import { lettersOf, syllableWriter } from "./hangul.ts";

/** All syllables there are. */
const syllables = Array.from({ length: 11_172 }, (_, i) => String.fromCharCode(0xac00 + i)).join("");

it("takes syllables apart as Unicode's NFD does, and nothing else", () => {
  expect(lettersOf(syllables)).toBe(syllables.normalize("NFD"));
  expect(lettersOf("é 가A각ㅋㅋ")).toBe(`é ${"가".normalize("NFD")}A${"각".normalize("NFD")}ㅋㅋ`);
});

it.each([1, 2, 3, 7])("puts them together as NFC does, %i letters at a time", (size) => {
  const text = `한국어 ${syllables}é A\u1100\u1100\u1161\u11a8\u11a8 \u1161\u11a8 \u1100😀\u1112\u1161`;
  const letters = lettersOf(text);
  const writer = syllableWriter();
  let out = "";
  for (let i = 0; i < letters.length; i += size) out += writer.push(letters.slice(i, i + size));
  expect(out.length).toBeLessThan(text.length); // the last syllable may still grow
  out += writer.end();
  expect(out).toBe(text.normalize("NFC"));
  expect(writer.end()).toBe("");
});

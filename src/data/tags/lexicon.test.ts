import { expect, it } from "vitest";
import { vocabularyFromJSON } from "../vocabulary.ts";
import { lexiconMatches, lexiconPlaces, lexiconWidth, wordsAtPlace } from "./lexicon.ts";

const words = ["서울", "서울시", "울시", "시", "서울시장", "장", "abcdefghij", "없다"];
const lexicon = vocabularyFromJSON({ tokens: words });

/** The words at each place of a character. */
function shown(text: string, t: number): string[][] {
  const { ids, weights } = lexiconMatches(lexicon, [...text]);
  return Array.from({ length: lexiconPlaces }, (_, place) => {
    const from = t * lexiconWidth + place * wordsAtPlace;
    const at = Array.from({ length: wordsAtPlace }, (_, i) => from + i).filter((i) => weights[i]! > 0);
    for (const i of at) expect(weights[i]).toBeCloseTo(1 / at.length);
    return at.map((i) => words[ids[i]!]!);
  });
}

it("finds the words that begin, go on, end and stand alone at a character, the longest first", () => {
  const text = "옛 서울시장이"; // 시 is at 4
  expect(shown(text, 2)).toEqual([["서울시장", "서울시", "서울"], [], [], []]);
  expect(shown(text, 3)).toEqual([["울시"], ["서울시장", "서울시"], ["서울"], []]);
  expect(shown(text, 4)).toEqual([[], ["서울시장"], ["서울시", "울시"], ["시"]]);
  expect(shown(text, 5)).toEqual([[], [], ["서울시장"], ["장"]]);
  for (const t of [0, 1, 6]) expect(shown(text, t)).toEqual([[], [], [], []]);
});

it("reads words of ten characters, three at a place, and nothing in an empty sentence", () => {
  expect(shown("abcdefghij", 0)[0]).toEqual(["abcdefghij"]);
  const nested = vocabularyFromJSON({ tokens: ["가", "가나", "가나다", "가나다라", "가나다라마"] });
  const { ids, weights } = lexiconMatches(nested, [..."가나다라마"]);
  expect([...ids.slice(0, wordsAtPlace)]).toEqual([4, 3, 2]);
  expect(weights[0]).toBeCloseTo(1 / 3);
  expect(lexiconMatches(lexicon, []).ids.length).toBe(0);
});

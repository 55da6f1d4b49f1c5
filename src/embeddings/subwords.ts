// Subwords as in fastText: character n-grams of `<word>`, hashed into a fixed number of buckets
// (Bojanowski et al., "Enriching word vectors with subword information", 2017); for Korean also n-grams of its letters
// (Park et al., "Subword-level word vector representations for Korean", 2018).

import { lettersOf } from "../base/index.ts";

const encoder = new TextEncoder();

/** Letters of Korean syllables, with a mark (U+11A7) for a final consonant that is not there: each syllable has three. */
const threeLettersOf = (word: string): string =>
  word.replace(/[가-힣]/g, (syllable) => lettersOf(syllable).padEnd(3, "\u11a7"));

export interface SubwordOptions {
  /** Shortest and longest n-gram in characters (code points); fastText's defaults are 3 and 6. */
  minn: number;
  maxn: number;
  /** Number of hash buckets shared by all n-grams; fastText's default is 2,000,000. */
  bucket: number;
  /**
   * Also n-grams of 3 to 5 letters (jamo) of Korean syllables, so that a stem is known with any ending: 간다, 갔다 and
   * 갈까 begin alike. Words without Korean syllables keep the n-grams of their characters.
   */
  jamo?: boolean;
}

/**
 * The buckets (each in [0, bucket)) of a word's n-grams, in fastText's order, those of letters last; an n-gram that occurs
 * twice counts twice. Characters are UTF-8 code points; single characters are no n-grams at the borders `<` and `>`.
 */
export function ngramBuckets(word: string, { minn, maxn, bucket, jamo = false }: SubwordOptions): number[] {
  if (maxn < 1 || bucket < 1) return [];
  const buckets = bucketsOf(`<${word}>`, minn, maxn, bucket);
  const letters = jamo ? threeLettersOf(word) : word;
  return letters === word ? buckets : buckets.concat(bucketsOf(`<${letters}>`, ...lengthsOfLetters, bucket));
}

/** Of Park et al.: an n-gram of three letters is a syllable at most, one of five reaches into the next. */
const lengthsOfLetters = [3, 5] as const;

function bucketsOf(text: string, minn: number, maxn: number, bucket: number): number[] {
  const bytes = encoder.encode(text);
  const continues = (i: number) => i < bytes.length && (bytes[i]! & 0xc0) === 0x80;
  const buckets: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    if (continues(i)) continue;
    let hash = 2166136261; // FNV-1a over sign-extended bytes
    for (let j = i, n = 1; j < bytes.length && n <= maxn; n++) {
      do {
        const byte = bytes[j++]!;
        hash = Math.imul(hash ^ (byte < 128 ? byte : byte | 0xffffff00), 16777619);
      } while (continues(j));
      if (n >= minn && !(n === 1 && (i === 0 || j === bytes.length))) buckets.push((hash >>> 0) % bucket);
    }
  }
  return buckets;
}

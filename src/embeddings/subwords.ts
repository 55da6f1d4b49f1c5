// Subwords as in fastText: character n-grams of `<word>`, hashed into a fixed number of buckets
// (Bojanowski et al., "Enriching word vectors with subword information", 2017).

const encoder = new TextEncoder();

export interface SubwordOptions {
  /** Shortest and longest n-gram in characters (code points); fastText's defaults are 3 and 6. */
  minn: number;
  maxn: number;
  /** Number of hash buckets shared by all n-grams; fastText's default is 2,000,000. */
  bucket: number;
}

/**
 * The buckets (each in [0, bucket)) of a word's n-grams, in fastText's order; an n-gram that occurs twice counts twice.
 * Characters are UTF-8 code points; single characters are no n-grams at the borders `<` and `>`.
 */
export function ngramBuckets(word: string, { minn, maxn, bucket }: SubwordOptions): number[] {
  if (maxn < 1 || bucket < 1) return [];
  const bytes = encoder.encode(`<${word}>`);
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

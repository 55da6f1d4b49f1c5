// Tokenizers for rows of texts and for pairs, learned from the training rows.
import { textsToLearnFrom } from "../hold-out.ts";
import { type RowsOrList, rowAt } from "../rows.ts";
import { bpeTokenizer } from "./bpe.ts";
import { charTokenizer } from "./char.ts";
import type { WordSplit } from "./split-words.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { wordTokenizer } from "./word.ts";

export const tokenKinds = ["char", "grapheme", "word", "subword", "jamo"] as const;
/** How text becomes tokens; `jamo` are subwords over the letters of Korean syllables. */
export type TokenKind = (typeof tokenKinds)[number];

export const isSubword = (tokens: TokenKind | undefined): boolean => tokens === "subword" || tokens === "jamo";

interface TokenChoice {
  tokens?: TokenKind;
  vocabulary?: number;
  /** Where words end, with `word`; by default `unicode`. */
  split?: WordSplit;
}

/** What word vectors decide. */
interface KnownWords {
  known?: readonly string[];
  lowercase?: boolean;
}

/** Subwords by default: they cover every text of known characters, whatever its script and spacing. */
export function fitTokenizer(
  rows: RowsOrList<{ readonly text: string }>,
  { tokens = "subword", vocabulary: maxSize, split }: TokenChoice,
  words: KnownWords = {},
): Tokenizer {
  const specials = ["pad", "unk"] as const;
  // A character seen once or twice in many rows becomes <unk>, so that <unk> is trained too.
  const minCount = rows.length >= 1000 ? 3 : 1;
  const texts = textsToLearnFrom(rows, ({ text }) => text);
  if (tokens === "word")
    return wordTokenizer.fit(texts, { specials, minCount: Math.min(2, minCount), maxSize, split, ...words });
  if (isSubword(tokens))
    return bpeTokenizer.fit(texts, { specials, minCount, merges: maxSize ?? 8000, jamo: tokens === "jamo" });
  return charTokenizer.fit(texts, { specials, minCount, unit: tokens === "char" ? "codePoint" : "grapheme" });
}

/**
 * Subwords of both sides together; characters or words for each side apart. What a corpus of this size can teach: a
 * merge for every seven pairs, from 500 to 4,000.
 *
 * @param words of the source's vectors
 */
export function pairTokenizers(
  pairs: RowsOrList<{ readonly source: string; readonly target: string }>,
  { tokens = "subword", vocabulary: maxSize }: TokenChoice,
  words: KnownWords = {},
): Tokenizer | { source: Tokenizer; target: Tokenizer } {
  const sources = () => textsToLearnFrom(pairs, ({ source }) => source);
  const targets = () => textsToLearnFrom(pairs, ({ target }) => target);
  const minCount = pairs.length >= 5000 ? 2 : 1;
  if (isSubword(tokens)) {
    const merges = maxSize ?? Math.max(500, Math.min(4000, Math.round(pairs.length / 7)));
    const both = (function* () {
      yield* sources();
      yield* targets();
    })();
    return bpeTokenizer.fit(both, { merges, minCount, jamo: tokens === "jamo" });
  }
  const specials = ["pad", "bos", "eos", "unk"] as const;
  const learn = (side: Iterable<string>, more: KnownWords = {}): Tokenizer =>
    tokens === "word"
      ? wordTokenizer.fit(side, { specials, minCount, maxSize, ...more })
      : charTokenizer.fit(side, { specials, unit: tokens === "grapheme" ? "grapheme" : "codePoint" });
  return { source: learn(sources(), words), target: learn(targets()) };
}

/** Tokens that 98 of 100 pairs fit in on either side, the end included; of many pairs, measured on ten thousand. */
export function usualLength(
  tokenizer: ReturnType<typeof pairTokenizers>,
  pairs: RowsOrList<{ readonly source: string; readonly target: string }>,
): number {
  const { source, target } = "kind" in tokenizer ? { source: tokenizer, target: tokenizer } : tokenizer;
  const lengths: number[] = [];
  const every = Math.ceil(pairs.length / 10_000);
  for (let i = 0; i < pairs.length; i += every) {
    const pair = rowAt(pairs, i);
    lengths.push(1 + Math.max(source.encode(pair.source).length, target.encode(pair.target).length));
  }
  return lengths.sort((a, b) => a - b)[Math.floor(0.98 * (lengths.length - 1))] ?? 0;
}

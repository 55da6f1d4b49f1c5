// What the tokens of a text are: characters, words or subwords; and where words end.
import { isSubword, type TokenKind } from "./fit.ts";
import { recognizeTokenized, type Tokenized } from "./recognize-tokenized.ts";
import type { WordSplit } from "./split-words.ts";

export interface UnitOptions {
  /** By default words of a text in which rare words are `<unk>`, characters of any other. */
  tokens?: TokenKind;
  /** Where words end; by default at spaces in a text that is tokenized already. */
  split?: WordSplit;
  /** Most words in a vocabulary of words, by default all words of a text with `<unk>`, else 20,000 that occur twice; merges of subwords, by default 8,000. */
  maxVocabulary?: number;
}

/** What tokens are, chosen or recognized. */
export interface Units {
  tokens: TokenKind;
  split: WordSplit;
  minCount: number;
  maxVocabulary: number | undefined;
  words?: string;
}

/** @param sample the beginning of the text */
export function unitsOf(sample: string, { tokens: chosen, split: given, maxVocabulary }: UnitOptions): Units {
  const found = recognizeTokenized(sample);
  const tokens = chosen ?? (found.unknown ? "word" : "char");
  const split = given ?? (found.tokenized ? "whitespace" : "unicode");
  const own = found.unknown && split === "whitespace";
  return {
    tokens,
    split,
    // A word seen once teaches little and costs a row of the embedding and one of the output layer.
    minCount: own ? 1 : 2,
    maxVocabulary: maxVocabulary ?? (isSubword(tokens) ? 8000 : own ? undefined : 20_000),
    ...(tokens === "word" ? { words: describeWords(found, split, given !== undefined) } : {}),
  };
}

function describeWords({ tokenized, unknown }: Tokenized, split: WordSplit, given: boolean): string {
  if (split === "segmenter") return "by Intl.Segmenter; punctuation and the end of a line are tokens of their own";
  if (split === "unicode") return "letters and digits; punctuation and the end of a line are tokens of their own";
  const why = given || !tokenized ? "" : ": the text is tokenized already";
  return `between spaces${why}; the end of a line is a token${unknown ? ", rare words are <unk>" : ""}`;
}

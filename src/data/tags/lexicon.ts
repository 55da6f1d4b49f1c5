// Words of a lexicon in a sentence whose tokens are characters ("SoftLexicon": Ma et al., "Simplify the usage of lexicon in
// Chinese NER", 2020). Each character reads the words that begin with it, go through it, end with it, and are it alone. So a
// tagger of characters knows words, in scripts that write no spaces and in those that put endings behind them.
import { type RowsOrList, spreadRows } from "../rows.ts";
import { type Vocabulary, vocabularyFromJSON } from "../vocabulary.ts";

/** Begins, goes on, ends, alone. */
export const lexiconPlaces = 4;
/** Words that are read at a place of a character; of more, the longest. */
export const wordsAtPlace = 3;
/** Ids for each character. */
export const lexiconWidth = lexiconPlaces * wordsAtPlace;
/** Longest word that is looked up, in characters. */
export const longestWord = 10;

/**
 * The words around each character: ids, and the weight of each, 1 over how many there are at that place, or 0 for none;
 * [T, lexiconWidth] row-major, place by place.
 */
export function lexiconMatches(
  lexicon: Vocabulary,
  tokens: readonly string[],
): { ids: Int32Array; weights: Float32Array } {
  const T = tokens.length;
  const ids = new Int32Array(T * lexiconWidth);
  const weights = new Float32Array(T * lexiconWidth);
  const counts = new Uint8Array(T * lexiconPlaces);
  const put = (t: number, place: number, id: number) => {
    const at = t * lexiconPlaces + place;
    if (counts[at]! < wordsAtPlace) ids[at * wordsAtPlace + counts[at]!++] = id;
  };
  // The longest first.
  for (let length = Math.min(longestWord, T); length > 0; length--)
    for (let start = 0; start + length <= T; start++) {
      const id = lexicon.id(tokens.slice(start, start + length).join(""));
      if (id === undefined) continue;
      if (length === 1) put(start, 3, id);
      else {
        put(start, 0, id);
        for (let t = start + 1; t < start + length - 1; t++) put(t, 1, id);
        put(start + length - 1, 2, id);
      }
    }
  for (const [at, count] of counts.entries()) weights.fill(1 / count, at * wordsAtPlace, at * wordsAtPlace + count);
  return { ids, weights };
}

/** Most sentences that a coverage is counted in. */
const mostCounted = 5000;

/**
 * How much of sentences a lexicon knows: the different words of two characters and more that stand in them, and the share of
 * characters that are part of one. Of many sentences, 5,000 at even distances are counted.
 */
export function lexiconCoverage(
  words: readonly string[],
  sentences: RowsOrList<{ readonly tokens: readonly string[] }>,
): { words: number; share: number } {
  const lexicon = lexiconVocabulary(words);
  const longer = (lexiconPlaces - 1) * wordsAtPlace; // the last place is that of a word of one character
  const found = new Set<number>();
  let [known, all] = [0, 0];
  for (const { tokens } of spreadRows(sentences, mostCounted / sentences.length)) {
    const { ids, weights } = lexiconMatches(lexicon, tokens);
    for (let t = 0; t < tokens.length; t++) {
      const from = t * lexiconWidth;
      let covered = false;
      for (let at = from; at < from + longer; at++)
        if (weights[at]! > 0) {
          found.add(ids[at]!);
          covered = true;
        }
      if (covered) known++;
    }
    all += tokens.length;
  }
  return { words: found.size, share: all === 0 ? 0 : known / all };
}

/** Each word once, in the given order. */
export const lexiconVocabulary = (words: Iterable<string>): Vocabulary =>
  vocabularyFromJSON({ tokens: [...new Set(words)] });

// Words as tokens, with punctuation and newlines as tokens of their own.
import { checkChoice, fail } from "../../base/index.ts";
import { type Vocabulary, vocabularyFromCounts, vocabularyFromJSON } from "../vocabulary.ts";
import { wordJoiner } from "./join-words.ts";
import { eachWord, type WordSplit, wordSplits } from "./split-words.ts";
import { type TextTable, textTable } from "./text-table.ts";
import {
  type EncodeOptions,
  learnFrom,
  type SpecialName,
  specialIds,
  specialTokens,
  type Tokenizer,
  type TokenizerJson,
  type TokenizerLearner,
  unknownId,
  unknownReport,
} from "./tokenizer.ts";

export interface WordTokenizerOptions {
  /** Words that occur less often become `<unk>`. Default 1; 2 or 3 is usual, for a word seen once teaches little. */
  minCount?: number;
  /** Most tokens to keep, specials included; the most frequent stay. Default: no bound. */
  maxSize?: number;
  /** Default false. */
  lowercase?: boolean;
  /**
   * Words to know whatever their count, and beyond `maxSize`: those of word vectors, say. They come last, in their order;
   * what the text could never hold as one word ("New York", where texts are cut at spaces) is left out. Default: none.
   */
  known?: Iterable<string>;
  /**
   * Default `unicode`; `whitespace` for corpora that are tokenized already (WikiText, Penn Treebank); `segmenter` for scripts
   * without spaces between words.
   */
  split?: WordSplit;
  /** Special tokens to have, in this order. Default `["unk"]`: a text always has words that the vocabulary lacks. */
  specials?: readonly SpecialName[];
}

/** Counts words: in memory, or with the help of a disk (src/node/tokens). */
export interface WordCounter {
  /** Counts the word `text[start, end)`. */
  add(text: string, start: number, end: number): void;
  /**
   * The words with their counts, once all were added. Left out may be those that occur less often than `minCount` and those
   * beyond the `most` frequent (of equals, the smaller code points first), but none of `always`.
   */
  counts(keep: { minCount: number; most: number; always: readonly string[] }): ReadonlyMap<string, number>;
}

/** Counts in memory. */
function wordCounter(): WordCounter {
  const table = textTable();
  return { add: table.count, counts: () => new Map(table.entries()) };
}

/**
 * Words as tokens; ids go by frequency, then by code point. `<unk>` written out in a text is the unknown word.
 *
 * @example
 * ```ts
 * const tokenizer = wordTokenizer.fit(texts, { minCount: 2, maxSize: 20_000 });
 * ```
 */
export const wordTokenizer = {
  /**
   * Takes the vocabulary from a text, or from its pieces (lines, chapters), which are counted apart.
   * @throws UnrolledError where there is no word in it
   */
  fit: (text: string | Iterable<string>, options: WordTokenizerOptions = {}): Tokenizer =>
    learnFrom(wordTokenizer.learner(options), text),

  /**
   * The same for a text that comes piece by piece.
   * @param counter where words are counted: in memory by default, which grows with the number of different words
   */
  learner(options: WordTokenizerOptions = {}, counter: WordCounter = wordCounter()): TokenizerLearner {
    const { minCount = 1, maxSize, lowercase = false, split = "unicode", specials = ["unk"] } = options;
    const where = "wordTokenizer.fit";
    checkChoice(`${where}(split)`, split, wordSplits);
    const whole = specialTokens(specials);
    return {
      add(original) {
        const piece = lowercase ? original.toLowerCase() : original;
        eachWord(piece, split, whole, (start, end) => counter.add(piece, start, end));
      },
      done() {
        const counts = counter.counts({ minCount, most: maxSize ?? Infinity, always: whole });
        if (counts.size === 0) fail({ where, expected: "a text with words", received: "none", code: "data" });
        const vocabulary = vocabularyFromCounts(counts, { specials: whole, minCount, maxSize, order: "count" });
        const more = new Map<string, number>();
        for (const original of options.known ?? []) {
          const word = lowercase ? original.toLowerCase() : original;
          if (vocabulary.id(word) === undefined && isOneWord(word, split, whole)) more.set(word, counts.get(word) ?? 0);
        }
        const all = more.size > 0 ? extended(vocabulary, more) : vocabulary;
        return build(all, tableOf(all), split, lowercase);
      },
    };
  },

  fromJSON: wordFromJSON,
};

/** Finds the id of `text[start, end)`; -1 for none. */
type Find = TextTable["find"];

/** Reads what `toJSON` gave. @throws UnrolledError with code "file" where it is something else. */
export function wordFromJSON(json: unknown): Tokenizer {
  return readWordTokenizer(json, tableOf);
}

const tableOf = ({ tokens }: Vocabulary): Find => textTable(tokens).find;

/** The same, with another way to find words: a short text does not need a fast one. */
export function readWordTokenizer(json: unknown, finder: (vocabulary: Vocabulary) => Find): Tokenizer {
  const { kind, split, lowercase, vocabulary } = (json ?? {}) as Partial<TokenizerJson>;
  if (kind !== "word" || !wordSplits.includes(split as WordSplit) || typeof lowercase !== "boolean") {
    fail({
      where: "tokenizer",
      expected: "a word tokenizer",
      received: JSON.stringify(kind) ?? "none",
      code: "file",
    });
  }
  const words = vocabularyFromJSON(vocabulary, "tokenizer");
  return build(words, finder(words), split as WordSplit, lowercase);
}

/** Whether a text could hold this as one token of its own. */
function isOneWord(word: string, split: WordSplit, whole: readonly string[]): boolean {
  let tokens = 0;
  let all = false;
  eachWord(word, split, whole, (start, end) => {
    tokens++;
    all = start === 0 && end === word.length;
  });
  return tokens === 1 && all;
}

/** The vocabulary with further tokens behind its own. */
function extended({ tokens, specials, counts }: Vocabulary, more: ReadonlyMap<string, number>): Vocabulary {
  return vocabularyFromJSON({
    tokens: [...tokens, ...more.keys()],
    specials,
    counts: [...counts, ...more.values()],
  });
}

function build(vocabulary: Vocabulary, find: Find, split: WordSplit, lowercase: boolean): Tokenizer {
  const special = specialIds(vocabulary);
  const show = (id: number, join: (token: string) => string) => {
    const token = vocabulary.token(id);
    return id < vocabulary.specials.length && id !== special.unk ? "" : join(token);
  };

  function encode(original: string, options: EncodeOptions = {}): Int32Array {
    const where = "wordTokenizer.encode";
    const unk = unknownId(where, special, options);
    const report = unknownReport(where, "word");
    const text = lowercase ? original.toLowerCase() : original;
    let ids = new Int32Array(Math.ceil(text.length / 4) + 16);
    let n = 0;
    eachWord(text, split, vocabulary.specials, (start, end) => {
      let id = find(text, start, end);
      if (id < 0) {
        if (unk === undefined) report.add(text.slice(start, end));
        id = unk ?? 0;
      }
      if (n === ids.length) {
        const longer = new Int32Array(n * 2);
        longer.set(ids);
        ids = longer;
      }
      ids[n++] = id;
    });
    report.throwIfAny();
    return ids.slice(0, n);
  }

  return Object.freeze({
    kind: "word" as const,
    vocabulary,
    special,
    encode,
    decode(ids: Iterable<number>) {
      const join = wordJoiner(split);
      return Array.from(ids, (id) => show(id, join)).join("");
    },
    decodeStream() {
      const join = wordJoiner(split);
      return { push: (id: number) => show(id, join), end: () => "" };
    },
    toJSON: () => ({ kind: "word", split, lowercase, vocabulary: vocabulary.toJSON() }),
  });
}

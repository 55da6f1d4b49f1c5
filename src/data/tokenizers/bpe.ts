// Subwords as tokens: byte-pair encoding over code points, with the space before a word as part of it (`▁word`). Frequent
// words are one token, rare ones several, and every text of known characters comes back as it was.
import { checkNumber, fail, lettersOf, type Random, syllableWriter } from "../../base/index.ts";
import { compareCodePoints, type Vocabulary, vocabularyFromJSON } from "../vocabulary.ts";
import { keyOf, learnMerges, type Merge, mergeIn } from "./bpe-train.ts";
import {
  type EncodeOptions,
  learnFrom,
  ownString,
  type SpecialName,
  specialIds,
  specialTokens,
  type Tokenizer,
  type TokenizerJson,
  type TokenizerLearner,
  unknownId,
  unknownReport,
} from "./tokenizer.ts";

export interface BpeTokenizerOptions {
  /** Merges to learn: the vocabulary has about as many tokens and the alphabet. Default 8000, usual for 30,000 sentences. */
  merges?: number;
  /** Characters that occur less often are left to `<unk>`. Default 1. */
  minCount?: number;
  /** Pairs that occur less often are not merged. Default 2: a pair seen once is no pattern. */
  minPairCount?: number;
  /** Default false. */
  lowercase?: boolean;
  /**
   * Take Korean syllables apart into their letters (jamo) first, so that a subword may end inside a syllable: 간다, 갔다 and
   * 갈까 then share their stem. `decode` puts them together; a text that has them apart comes back joined. Default false.
   */
  jamo?: boolean;
  /** Special tokens to have, in this order. Default all four, as translation needs: `["pad", "bos", "eos", "unk"]`. */
  specials?: readonly SpecialName[];
}

export interface BpeEncodeOptions extends EncodeOptions {
  /**
   * Probability to leave a merge out each time, so that a word is cut differently in each epoch (Provilkov et al., "BPE-
   * dropout", 2020, use 0.1). Default 0. For training text only.
   */
  dropout?: number;
  /** Where the chance comes from; needed with `dropout`. */
  random?: Random;
}

export interface BpeTokenizer extends Tokenizer {
  readonly kind: "bpe";
  encode(text: string, options?: BpeEncodeOptions): Int32Array;
}

/** Stands for a space, as in SentencePiece. A text that holds it gets a space back in its place. */
const mark = "▁";
/**
 * Merges never cross these: words with the space before them, endings after an apostrophe, numbers, runs of signs, and
 * each other kind of white space. 64 code points at most, so that no "word" takes long.
 */
const pieces = /['’][\p{L}\p{M}]{1,64}|▁?[\p{L}\p{M}]{1,64}|▁?\p{N}{1,64}|▁?[^\s▁\p{L}\p{M}\p{N}]{1,64}|[\s▁]/gu;

/**
 * Subword tokenizer. Ids: specials, then characters by code point, then merges in the order learned.
 *
 * @example
 * ```ts
 * const tokenizer = bpeTokenizer.fit(texts, { merges: 8000 });
 * tokenizer.encode("unbelievable"); // ids of subwords
 * ```
 */
export const bpeTokenizer = {
  /**
   * Learns merges from a text or from its pieces (lines). For translation, fit one on both languages together.
   * @throws UnrolledError where there is no text
   */
  fit: (text: string | Iterable<string>, options: BpeTokenizerOptions = {}): BpeTokenizer =>
    learnFrom(bpeTokenizer.learner(options), text),

  /** The same for a text that comes piece by piece. Memory grows with the number of different words. */
  learner(options: BpeTokenizerOptions = {}): TokenizerLearner<BpeTokenizer> {
    const { merges = 8000, minCount = 1, minPairCount = 2, lowercase = false, jamo = false } = options;
    const rules = { lowercase, jamo };
    const specials = options.specials ?? ["pad", "bos", "eos", "unk"];
    const where = "bpeTokenizer.fit";
    checkNumber(`${where}: merges`, merges, { min: 0, integer: true });
    checkNumber(`${where}: minCount`, minCount, { min: 1 });
    const words = new Map<string, number>();
    return {
      add(text) {
        for (const [piece] of marked(text, rules).matchAll(pieces)) {
          const count = words.get(piece);
          if (count === undefined) words.set(ownString(piece), 1);
          else words.set(piece, count + 1);
        }
      },
      done() {
        const characters = new Map<string, number>();
        for (const [word, count] of words) {
          for (const character of word) characters.set(character, (characters.get(character) ?? 0) + count);
        }
        if (characters.size === 0) fail({ where, expected: "a text", received: "an empty one", code: "data" });
        characters.delete(mark);
        const kept = [...characters].filter(([, count]) => count >= minCount).map(([character]) => character);
        const alphabet = [mark, ...kept.sort(compareCodePoints)];
        const ids = new Map(alphabet.map((character, id) => [character, id]));
        // An unknown character parts a word: nothing merges with it.
        const list = [...words].flatMap(([word, count]) =>
          runs(Array.from(word, (character) => ids.get(character) ?? -1)).map((symbols) => ({ symbols, count })),
        );
        const learned = learnMerges(list, alphabet, { merges, minCount: minPairCount });
        const shift = specials.length;
        const vocabulary = vocabularyFromJSON({
          tokens: [...specialTokens(specials), ...learned.symbols],
          specials: specialTokens(specials),
          counts: [...specials.map(() => 0), ...learned.counts],
        });
        return build(
          vocabulary,
          learned.merges.map(([left, right]) => [left + shift, right + shift]),
          rules,
        );
      },
    };
  },

  fromJSON: bpeFromJSON,
};

/** Reads what `toJSON` gave. @throws UnrolledError with code "file" where it is something else. */
export function bpeFromJSON(json: unknown): BpeTokenizer {
  const { kind, lowercase, jamo = false, merges, vocabulary: saved } = (json ?? {}) as Partial<TokenizerJson>;
  if (kind !== "bpe" || typeof lowercase !== "boolean" || typeof jamo !== "boolean") {
    const received = JSON.stringify({ kind, lowercase, jamo });
    fail({ where: "tokenizer", expected: "a bpe tokenizer", received, code: "file" });
  }
  const vocabulary = vocabularyFromJSON(saved, "tokenizer");
  const isId = (id: unknown) => Number.isInteger(id) && vocabulary.tokens[id as number] !== undefined;
  if (!Array.isArray(merges) || merges.length % 2 !== 0 || !merges.every(isId)) {
    fail({
      where: "tokenizer",
      expected: "merges: pairs of ids",
      received: JSON.stringify(merges)?.slice(0, 60) ?? "none",
      code: "file",
    });
  }
  const pairs = Array.from({ length: merges.length / 2 }, (_, i): Merge => [merges[2 * i], merges[2 * i + 1]]);
  const lost = pairs.find(
    ([left, right]) => vocabulary.id(vocabulary.tokens[left]! + vocabulary.tokens[right]!) === undefined,
  );
  if (lost) fail({ where: "tokenizer", problem: `the merge of ${lost.join(" and ")} has no token`, code: "file" });
  return build(vocabulary, pairs, { lowercase, jamo });
}

/** How a text is changed before it is cut. */
interface Rules {
  readonly lowercase: boolean;
  readonly jamo: boolean;
}

/** Spaces as marks, with one before the first word, so that a word is the same token wherever it stands. */
function marked(text: string, { lowercase, jamo }: Rules, continued = false): string {
  if (text === "") return "";
  const letters = jamo ? lettersOf(text) : text;
  const own = (lowercase ? letters.toLowerCase() : letters).replaceAll(" ", mark);
  return continued ? own : mark + own;
}

/** The stretches between the -1s. */
function runs(symbols: readonly number[]): number[][] {
  const result: number[][] = [[]];
  for (const symbol of symbols) {
    if (symbol >= 0) result.at(-1)!.push(symbol);
    else result.push([]);
  }
  return result.filter((run) => run.length > 0);
}

const unchanged = { push: (text: string) => text, end: () => "" };

function build(vocabulary: Vocabulary, merges: readonly Merge[], rules: Rules): BpeTokenizer {
  const special = specialIds(vocabulary);
  const ranks = new Map(merges.map(([left, right], rank) => [keyOf(left, right), rank]));
  const made = merges.map(([left, right]) => vocabulary.id(vocabulary.tokens[left]! + vocabulary.tokens[right]!)!);
  const cache = new Map<string, readonly number[]>();
  const cacheSize = 100_000; // words; a corpus has few distinct ones
  const reserved = vocabulary.specials.length;

  /** Applies the merges in the order learned. Unknown characters are -1 and merge with nothing. */
  function cut(word: string, skip?: () => boolean): number[] {
    const ids = Array.from(word, (character) => {
      const id = vocabulary.id(character);
      return id === undefined || id < reserved ? -1 : id;
    });
    while (ids.length > 1) {
      let best = Infinity;
      for (let i = 0; i + 1 < ids.length; i++) {
        const rank = ranks.get(keyOf(ids[i]!, ids[i + 1]!));
        if (rank !== undefined && rank < best && !skip?.()) best = rank;
      }
      if (best === Infinity) break;
      mergeIn(ids, merges[best]![0], merges[best]![1], made[best]!);
    }
    return ids;
  }

  function encode(text: string, options: BpeEncodeOptions = {}): Int32Array {
    const where = "bpeTokenizer.encode";
    const { dropout = 0, random, continued } = options;
    checkNumber(`${where}: dropout`, dropout, { min: 0, max: 1 });
    if (dropout > 0 && !random) fail({ where, expected: "random, with dropout", received: "none" });
    const unk = unknownId(where, special, options);
    const report = unknownReport(where, "character");
    const out: number[] = [];
    for (const [word] of marked(text, rules, continued).matchAll(pieces)) {
      let ids = dropout > 0 ? cut(word, () => random!.uniform() < dropout) : cache.get(word);
      if (!ids) {
        ids = cut(word);
        if (cache.size >= cacheSize) cache.clear();
        cache.set(word, ids);
      }
      for (const id of ids) out.push(id >= 0 ? id : (unk ?? -1));
      if (unk === undefined && ids.includes(-1)) {
        for (const character of word) if (vocabulary.id(character) === undefined) report.add(character);
      }
    }
    report.throwIfAny();
    return Int32Array.from(out);
  }

  function decodeStream() {
    let first = true;
    const { push: joined, end } = rules.jamo ? syllableWriter() : unchanged;
    return {
      end,
      push(id: number): string {
        const token = vocabulary.token(id);
        if (id < reserved && id !== special.unk) return "";
        const text = id === special.unk ? "\ufffd" : token.replaceAll(mark, " ");
        const shown = first && text.startsWith(" ") ? text.slice(1) : text;
        first = false;
        return joined(shown);
      },
    };
  }

  return Object.freeze({
    kind: "bpe" as const,
    vocabulary,
    special,
    encode,
    decode(ids: Iterable<number>) {
      const { push, end } = decodeStream();
      return Array.from(ids, push).join("") + end();
    },
    decodeStream,
    toJSON: () => ({ kind: "bpe", ...rules, merges: merges.flat(), vocabulary: vocabulary.toJSON() }),
  });
}

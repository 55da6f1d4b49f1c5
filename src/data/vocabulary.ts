// A vocabulary: which token has which id. One kind for characters, words, tags and labels.
import { checkNumber, fail } from "../base/index.ts";

/** An immutable table of tokens. Ids are 0 .. size-1; specials come first, in the order they were given. */
export interface Vocabulary {
  /** Number of tokens, specials included. */
  readonly size: number;
  /** The tokens by id. */
  readonly tokens: readonly string[];
  /** The tokens that stand for no text of the corpus: padding, begin, end, unknown. */
  readonly specials: readonly string[];
  /** How often each token occurred in what the vocabulary was made from, by id (0 for specials that did not occur). */
  readonly counts: readonly number[];
  /** The id of a token, or undefined where the vocabulary lacks it. */
  id(token: string): number | undefined;
  /** The token of an id. @throws UnrolledError where the id is out of range. */
  token(id: number): string;
  toJSON(): VocabularyJson;
}

/** What is saved; plain data. */
export interface VocabularyJson {
  tokens: string[];
  specials: string[];
  counts: number[];
}

export interface VocabularyOptions {
  /** Tokens that get the first ids, in this order, whether they occur or not. Default: none. */
  specials?: readonly string[];
  /** Tokens that occur less often are left out. Default 1: keep all. */
  minCount?: number;
  /** Most tokens to keep, specials included; the rarest go. Default: no bound. */
  maxSize?: number;
  /**
   * `codePoint` (default): by the tokens' code points, so that the same set of tokens always has the same ids.
   * `count`: the most frequent first, then by code point.
   */
  order?: "codePoint" | "count";
}

/**
 * Counts tokens and numbers them.
 *
 * @param tokens the occurrences (a token that comes twice counts 2)
 * @example vocabulary(["b", "a", "b"], { specials: ["<pad>"] }).tokens // ["<pad>", "a", "b"]
 */
export function vocabulary(tokens: Iterable<string>, options: VocabularyOptions = {}): Vocabulary {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return vocabularyFromCounts(counts, options);
}

/** The same from counts that were taken elsewhere. */
export function vocabularyFromCounts(
  counts: ReadonlyMap<string, number>,
  { specials = [], minCount = 1, maxSize = Infinity, order = "codePoint" }: VocabularyOptions = {},
): Vocabulary {
  checkNumber("vocabulary: minCount", minCount, { min: 1 });
  if (maxSize !== Infinity) checkNumber("vocabulary: maxSize", maxSize, { min: specials.length + 1 });
  const reserved = new Set(specials);
  let kept = [...counts].filter(([token, count]) => count >= minCount && !reserved.has(token));
  if (order === "count" || kept.length + specials.length > maxSize) {
    kept.sort((a, b) => b[1] - a[1] || compareCodePoints(a[0], b[0]));
    kept = kept.slice(0, maxSize - specials.length);
  }
  if (order === "codePoint") kept.sort((a, b) => compareCodePoints(a[0], b[0]));
  return table(
    [...specials, ...kept.map(([token]) => token)],
    specials,
    [...specials.map((token) => counts.get(token) ?? 0), ...kept.map(([, count]) => count)],
    "vocabulary",
  );
}

/** Reads what `toJSON` gave. @throws UnrolledError with code "file" where it is not a vocabulary. */
export function vocabularyFromJSON(json: unknown, where = "vocabulary"): Vocabulary {
  const { tokens, specials = [], counts } = (json ?? {}) as Partial<VocabularyJson>;
  const strings = (list: unknown): list is string[] =>
    Array.isArray(list) && list.every((item) => typeof item === "string");
  if (!strings(tokens)) fail({ where, expected: "tokens: a list of strings", received: kindOf(tokens), code: "file" });
  if (!strings(specials) || specials.some((token, id) => tokens[id] !== token)) {
    fail({ where, problem: "specials are not the first of the tokens", code: "file" });
  }
  const numbers = counts ?? tokens.map(() => 0);
  if (!Array.isArray(numbers) || numbers.length !== tokens.length || !numbers.every((n) => Number.isFinite(n))) {
    fail({ where, expected: `${tokens.length} counts`, received: kindOf(counts), code: "file" });
  }
  return table(tokens, specials, numbers, where);
}

function table(
  tokens: readonly string[],
  specials: readonly string[],
  counts: readonly number[],
  where: string,
): Vocabulary {
  const ids = new Map<string, number>();
  for (let id = 0; id < tokens.length; id++) ids.set(tokens[id]!, id);
  if (ids.size !== tokens.length) {
    const twice = tokens.find((token, id) => ids.get(token) !== id);
    fail({ where, problem: `token ${JSON.stringify(twice)} is listed twice`, code: "file" });
  }
  const frozen = Object.freeze([...tokens]);
  return Object.freeze({
    size: tokens.length,
    tokens: frozen,
    specials: Object.freeze([...specials]),
    counts: Object.freeze([...counts]),
    id: (token: string) => ids.get(token),
    token(id: number) {
      const token = frozen[id];
      if (token !== undefined) return token;
      return fail({ where: "vocabulary", expected: `an id from 0 to ${frozen.length - 1}`, received: String(id) });
    },
    toJSON: () => ({ tokens: [...tokens], specials: [...specials], counts: [...counts] }),
  });
}

/** Order by code points; JavaScript's own `<` goes by UTF-16 units, where U+10000 comes before U+E000. */
export function compareCodePoints(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference) return difference;
  }
  return a.length - b.length;
}

/** Moves surrogates (d800..dfff) above the rest of the 16-bit units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? `a list of ${value.length}` : (JSON.stringify(value)?.slice(0, 60) ?? "none");
}

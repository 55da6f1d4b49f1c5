// What a tagger learns from its corpus before it trains: the words, their characters, the tags and how they are written.
import { fail } from "../../base/index.ts";
import type { NumberSteps } from "../readings.ts";
import type { RowsOrList } from "../rows.ts";
import { type Vocabulary, type VocabularyJson, vocabularyFromCounts, vocabularyFromJSON } from "../vocabulary.ts";
import { contextVocabulary } from "./context.ts";
import { lexiconVocabulary } from "./lexicon.ts";
import { allowedTransitions, convertTags, detectScheme, type TagScheme } from "./schemes.ts";

/** A sentence to train on or to score. */
export interface Tagged {
  readonly tokens: readonly string[];
  readonly tags: readonly string[];
  /** Line of its first token in the file, for messages. */
  readonly line?: number;
}

/** Steps of D numbers each, with a tag for each step: a sensor's readings, say. */
export interface TaggedSteps {
  readonly steps: NumberSteps;
  readonly tags: readonly string[];
  readonly line?: number;
}

export type TaggerRow = Tagged | TaggedSteps;

export interface TaggerVocabularyOptions {
  /** Words that come less often are unknown, so that the model learns what to make of unknown words. 2 by default. */
  minCount?: number;
  /** Words that are known whatever their count: those that have a pretrained vector. */
  known?: Iterable<string>;
  /** Words are looked up in lower case where their own form is unknown; what the case says the characters tell. True by default. */
  lowercase?: boolean;
  /** Tokens are single characters: neighboring pairs are then looked up too, instead of a word's characters. */
  characters?: boolean;
  /** Where tokens are characters: words, of several characters mostly, that are looked up in each sentence. */
  lexicon?: Iterable<string>;
  /** The vocabulary of the language model whose hidden states the tagger reads, in the order of ids: `contextOf(model).tokens`. */
  context?: readonly string[];
  /**
   * How the model writes spans. `IOBES` by default: that a span ends is then a tag of its own. Tags that are not of spans
   * are kept as they are.
   */
  scheme?: TagScheme;
}

/** Immutable; made by {@link taggerVocabulary}. */
export interface TaggerVocabulary {
  readonly words: Vocabulary;
  /** Characters of words, or (where tokens are characters) pairs of neighboring tokens. */
  readonly parts: Vocabulary;
  readonly characters: boolean;
  /** Words of several characters; absent where none are looked up. */
  readonly lexicon?: Vocabulary;
  /** The characters that the language model knows; absent where there is none. */
  readonly context?: Vocabulary;
  readonly lowercase: boolean;
  /** The tags by id, as the model writes them. */
  readonly tags: readonly string[];
  /** The scheme of `tags`, and that of the corpus; `none` where tags are not of spans. */
  readonly scheme: TagScheme | "none";
  readonly written: TagScheme | "none";
  toJSON(): TaggerVocabularyJson;
}

export interface TaggerVocabularyJson {
  words: VocabularyJson;
  parts: VocabularyJson;
  characters: boolean;
  lexicon?: VocabularyJson;
  context?: VocabularyJson;
  lowercase: boolean;
  tags: string[];
  scheme: TagScheme | "none";
  written: TagScheme | "none";
}

const unknown = "<unk>";
/** Stands for what comes before the first token and after the last one. */
const border = "";

/**
 * Gathers words, parts and tags.
 *
 * @throws UnrolledError with code "data" where there is no sentence
 *
 * @example
 * ```ts
 * const vocabulary = taggerVocabulary([{ tokens: ["Ada", "sleeps"], tags: ["B-PER", "O"] }], { minCount: 1 });
 * ```
 */
export function taggerVocabulary(
  sentences: RowsOrList<TaggerRow>,
  {
    minCount = 2,
    known,
    lowercase,
    characters = false,
    lexicon,
    context,
    scheme = "IOBES",
  }: TaggerVocabularyOptions = {},
): TaggerVocabulary {
  if (sentences.length === 0)
    fail({ where: "tagger", expected: "at least one sentence", received: "none", code: "data" });
  const lower = lowercase ?? !characters;
  const words = counter();
  const parts = counter();
  const tags = new Set<string>();
  function* read() {
    for (const row of sentences) {
      const tokens = "tokens" in row ? row.tokens : [];
      for (const token of tokens) words.add(lower ? token.toLowerCase() : token);
      if (characters) for (const pair of pairs(tokens)) parts.add(pair);
      else for (const token of tokens) for (const character of token) parts.add(character);
      yield row.tags;
    }
  }
  const { scheme: written } = detectScheme(read());
  for (const sentence of sentences)
    for (const tag of written === "none" ? sentence.tags : convertTags(sentence.tags, scheme)) tags.add(tag);
  for (const token of known ?? []) words.add(token, minCount);
  return table({
    words: vocabularyFromCounts(words.counts, { specials: [unknown], minCount, order: "count" }).toJSON(),
    parts: vocabularyFromCounts(parts.counts, { specials: [unknown], minCount: 2, order: "count" }).toJSON(),
    characters,
    ...(characters && lexicon ? { lexicon: lexiconVocabulary(lexicon).toJSON() } : {}),
    ...(context ? { context: contextVocabulary(context).toJSON() } : {}),
    lowercase: lower,
    tags: [...tags].sort(),
    scheme: written === "none" ? "none" : scheme,
    written,
  });
}

/** Most different words that are counted at a time. */
const mostWords = 2_000_000;

/** Counts words. Where there are too many different ones, those seen least go: a corpus on disk has no end of them. */
function counter() {
  const counts = new Map<string, number>();
  let least = 1;
  return {
    counts,
    add(word: string, times = 1) {
      counts.set(word, (counts.get(word) ?? 0) + times);
      while (counts.size > mostWords) {
        for (const [each, count] of counts) if (count <= least) counts.delete(each);
        least++;
      }
    },
  };
}

/** Reads what `toJSON` gave. @throws UnrolledError with code "file" */
export function taggerVocabularyFromJSON(json: unknown): TaggerVocabulary {
  const data = json as TaggerVocabularyJson | undefined;
  if (!Array.isArray(data?.tags))
    return fail({ where: "tagger vocabulary", expected: "a list of tags", received: typeof data?.tags, code: "file" });
  return table(data);
}

function table(data: TaggerVocabularyJson): TaggerVocabulary {
  return Object.freeze({
    ...data,
    words: vocabularyFromJSON(data.words),
    parts: vocabularyFromJSON(data.parts),
    lexicon: data.lexicon && vocabularyFromJSON(data.lexicon),
    context: data.context && vocabularyFromJSON(data.context),
    toJSON: () => data,
  });
}

/** The ids of words: as written, else in lower case, else unknown (0). */
export function wordIds({ words, lowercase }: TaggerVocabulary, tokens: readonly string[]): Int32Array {
  return Int32Array.from(
    tokens,
    (token) => words.id(token) ?? (lowercase ? words.id(token.toLowerCase()) : undefined) ?? 0,
  );
}

/** The ids of a word's characters; of a longer word than `limit` those at both ends, where endings and prefixes are. */
export function characterIds({ parts }: TaggerVocabulary, token: string, limit: number): Int32Array {
  const all = [...token];
  const head = Math.ceil(limit / 2);
  const kept = all.length <= limit ? all : [...all.slice(0, head), ...all.slice(head - limit)];
  return Int32Array.from(kept, (character) => parts.id(character) ?? 0);
}

/** The ids of the pairs around each token: (before, it) at [2 t], (it, after) at [2 t + 1]. */
export function pairIds({ parts }: TaggerVocabulary, tokens: readonly string[]): Int32Array {
  const ids = pairs(tokens).map((pair) => parts.id(pair) ?? 0);
  return Int32Array.from({ length: 2 * tokens.length }, (_, i) => ids[(i >> 1) + (i & 1)]!);
}

/** T + 1 pairs of neighbors, the borders among them. */
function pairs(tokens: readonly string[]): string[] {
  return Array.from({ length: tokens.length + 1 }, (_, t) => `${tokens[t - 1] ?? border}\t${tokens[t] ?? border}`);
}

const shapes: readonly RegExp[] = [
  /^(?:https?:|www\.)/iu, // an address
  /^@./u,
  /^#./u,
  /^\p{Ll}+$/u, // small letters
  /^\p{Lu}\p{Ll}+$/u, // a capital first
  /^\p{Lu}$/u,
  /^\p{Lu}+$/u, // capitals
  /^\p{Nd}+$/u, // digits
  /\p{Nd}/u,
  /\p{Lu}/u, // capitals among others
  /\p{L}/u, // letters that have no case, small ones among marks
];

/** How many shapes of words there are: those above, and marks only. */
export const shapeCount = shapes.length + 1;

/** The shapes of words. */
export function shapeIds(tokens: readonly string[]): Int32Array {
  return Int32Array.from(tokens, (token) => {
    const found = shapes.findIndex((shape) => shape.test(token));
    return found < 0 ? shapes.length : found;
  });
}

/** Tags as the model writes them -> as the corpus does. */
export function tagsAsWritten({ scheme, written }: TaggerVocabulary, tags: readonly string[]): string[] {
  return scheme === "none" || written === "none" ? [...tags] : convertTags(tags, written);
}

/**
 * Ids of a sentence's tags. In evaluation a tag that training did not have takes the id of the nearest one: of its type, else
 * `O`. `report` counts it as a fault in any case.
 *
 * @throws UnrolledError with the line of such a tag, where `strict`
 */
export function tagIds(
  vocabulary: TaggerVocabulary,
  { tags, line }: Pick<Tagged, "tags" | "line">,
  { strict }: { strict: boolean },
): Int32Array {
  const { scheme } = vocabulary;
  const ids = tagTable(vocabulary);
  return Int32Array.from(scheme === "none" ? tags : convertTags(tags, scheme), (tag, t) => {
    const id = ids.get(tag);
    if (id !== undefined) return id;
    if (!strict) return nearest(vocabulary, tag);
    return fail({
      where: line === undefined ? "tagger" : `tagger: line ${line + t}`,
      problem: `unknown tag ${JSON.stringify(tag)}`,
      hint: `the tags of training were ${vocabulary.tags.slice(0, 12).join(", ")}${vocabulary.tags.length > 12 ? ", ..." : ""}`,
      code: "data",
    });
  });
}

function nearest({ tags, scheme }: TaggerVocabulary, tag: string): number {
  const type = tag.slice(1);
  const alike = scheme === "none" ? -1 : tags.findIndex((one) => one.length > 1 && one.slice(1) === type);
  return Math.max(0, alike >= 0 ? alike : tags.indexOf("O"));
}

const tables = new WeakMap<TaggerVocabulary, Map<string, number>>();
function tagTable(vocabulary: TaggerVocabulary): Map<string, number> {
  const found = tables.get(vocabulary) ?? new Map(vocabulary.tags.map((tag, id) => [tag, id]));
  tables.set(vocabulary, found);
  return found;
}

/** What may follow what in the model's scheme; undefined where everything may. */
export const allowedIn = ({ tags, scheme }: TaggerVocabulary): Uint8Array | undefined =>
  scheme === "none" ? undefined : allowedTransitions(tags, scheme);

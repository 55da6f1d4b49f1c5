// From files to what a language model trains on: text is read, tokenized, and split into training and validation data.
import { fail } from "../../base/index.ts";
import { charTokenizer, linesOf, type Tokenizer, wordTokenizer } from "../../data/index.ts";
import type { TextFiles } from "../../node/index.ts";
import type { Ids } from "../../tasks/index.ts";
import type { Output } from "../output.ts";
import { listed, openFiles } from "../source.ts";
import { plural } from "../terminal/index.ts";
import { drawValidation } from "./rows.ts";
import { type TokenKind, type UnitOptions, type Units, unitsOf } from "./units.ts";

export interface CorpusOptions extends UnitOptions {
  /** Each line is a sequence, instead of the text one long stream. */
  lines: boolean;
  /** A fraction of the text, or files. */
  valid: number | readonly string[];
  /** Draws the validation lines in lines mode. */
  seed: number;
  /** Shortest stream that can be trained on: one window and the next token. */
  atLeast: number;
}

export interface Corpus {
  tokenizer: Tokenizer;
  tokens: TokenKind;
  /** Where words end, for people; nothing for characters. */
  words?: string;
  /** Ids of a stream, or lines. */
  train: Ids | readonly string[];
  /** Nothing where `valid` is 0. */
  valid: Ids | readonly string[] | undefined;
  /** Tokens to train on. */
  trainTokens: number;
  validTokens: number;
}

/** A text is read from its beginning to its end: few bytes of the file need to stay in memory. */
const inOrder = { memory: 1 << 20 };

/** Files as one text, with a line break between two of them. */
export const readTexts = async (show: Output, files: readonly string[]): Promise<string> =>
  (await openFiles(show, files, "text", inOrder)).text.whole();

/** The ids of files as one stream, read piece by piece. */
export async function readIds(show: Output, files: readonly string[], tokenizer: Tokenizer): Promise<Ids> {
  const opened = await openFiles(show, files, "text", inOrder);
  try {
    const ids = idBuffer(tokenizer, opened.text.size);
    for (const piece of opened.text.pieces()) ids.add(piece);
    return ids.all();
  } finally {
    opened.close();
  }
}

/** Lines that are not empty. */
export const filledLines = (text: string): string[] => [...linesOf(text)].filter((line) => line !== "");

/** A part of a text by which it is recognized, in UTF-16 units. */
const sampleSize = 1 << 16;

export async function readCorpus(show: Output, files: readonly string[], options: CorpusOptions): Promise<Corpus> {
  const { valid } = options;
  if (options.lines) {
    const validText = typeof valid === "number" ? undefined : await readTexts(show, valid);
    const text = await readTexts(show, files);
    const units = unitsOf(text.slice(0, sampleSize), options);
    return { ...partLines(listed(files), text, validText, { ...options, ...units }), ...units };
  }
  const opened = await openFiles(show, files, "text", inOrder);
  const held = typeof valid === "number" ? undefined : await openFiles(show, valid, "text", inOrder);
  try {
    const [sample = ""] = opened.text.pieces();
    const units = unitsOf(sample, options);
    return { ...partStream(listed(files), opened.text, held?.text, { ...options, ...units }), ...units };
  } finally {
    opened.close();
    held?.close();
  }
}

type Chosen = CorpusOptions & Units;
type Parts = Omit<Corpus, keyof Units>;

/** One long stream: its end is the validation text. It is read piece by piece: in memory are only ids, a byte or two each. */
function partStream(name: string, text: TextFiles, validText: TextFiles | undefined, options: Chosen): Parts {
  const { valid, tokens, atLeast } = options;
  const word = tokens === "word";
  let length = 0;
  function* counted(): Generator<string> {
    length = 0;
    for (const piece of text.pieces()) {
      length += piece.length;
      yield piece;
    }
  }
  /** Pieces up to the cut, then those after it. */
  function* parts(): Generator<[piece: string, held: boolean]> {
    const at = validText ? length : Math.floor(length * (1 - (valid as number)) + 1e-9);
    let [before, cut] = [0, false];
    for (const piece of text.pieces()) {
      const from = cut ? 0 : cutIn(piece, at - before, tokens);
      if (from > 0) yield [piece.slice(0, from), false];
      if (from < piece.length) {
        cut = true;
        yield [piece.slice(from), true];
      }
      before += piece.length;
    }
    if (validText) for (const piece of validText.pieces()) yield [piece, true];
  }
  // Characters of the validation text are in the vocabulary; words that occur only there are unknown.
  if (word) for (const _ of counted());
  const tokenizer = fitTokenizer(
    name,
    word ? firstOf(parts()) : validText ? both(counted(), validText.pieces()) : counted(),
    options,
    [],
  );
  const train = idBuffer(tokenizer, length);
  const rest = idBuffer(tokenizer, 1 + (validText ? validText.size : Math.ceil(length * (valid as number))));
  for (const [piece, isHeld] of parts()) (isHeld ? rest : train).add(piece);
  const trained = train.all();
  if (trained.length < atLeast) {
    fail({
      where: name,
      expected: `at least ${atLeast} ${word ? "words" : "characters"} to train on (--bptt + 1)`,
      received: String(trained.length),
      hint: "give more text, or a smaller --bptt",
      code: "data",
    });
  }
  const held = rest.all();
  if (held.length === 1) tooLittle(name, plural(held.length, word ? "word" : "character"));
  return {
    tokenizer,
    train: trained,
    valid: held.length > 0 ? held : undefined,
    trainTokens: trained.length,
    validTokens: Math.max(0, held.length - 1),
  };
}

function* firstOf(parts: Iterable<[piece: string, held: boolean]>): Generator<string> {
  for (const [piece, held] of parts) if (!held) yield piece;
}

function* both(first: Iterable<string>, second: Iterable<string>): Generator<string> {
  yield* first;
  yield* second;
}

/** Ids, in as few bytes each as the vocabulary allows. @param most ids that are expected at most */
function idBuffer(tokenizer: Tokenizer, most: number) {
  const { size } = tokenizer.vocabulary;
  const Kind = size <= 256 ? Uint8Array : size <= 65_536 ? Uint16Array : Int32Array;
  let ids = new Kind(most);
  let count = 0;
  let into = new Int32Array(0); // for the ids of a piece; new memory for each would pile up until it is collected
  return {
    add(piece: string): void {
      if (piece.length > into.length) into = new Int32Array(piece.length);
      const more = tokenizer.encode(piece, { into });
      if (count + more.length > ids.length) {
        const wider = new Kind(Math.ceil(1.2 * (count + more.length)));
        wider.set(ids.subarray(0, count));
        ids = wider;
      }
      ids.set(more, count);
      count += more.length;
    },
    all: (): Ids => ids.subarray(0, count),
  };
}

/** Lines as sequences: validation lines are drawn at random, as lists are often sorted. */
function partLines(name: string, text: string, validText: string | undefined, options: Chosen): Parts {
  const { valid, seed } = options;
  const lines = filledLines(text);
  if (lines.length === 0) fail({ where: name, expected: "lines", received: "only empty lines", code: "data" });
  const [train, held] =
    validText === undefined ? drawLines(name, lines, valid as number, seed) : [lines, filledLines(validText)];
  if (valid !== 0 && held.length === 0) tooLittle(name, plural(lines.length, "line"));
  const tokenizer = fitTokenizer(name, options.tokens === "word" ? train : [...train, ...held], options, [
    "pad",
    "bos",
    "eos",
  ]);
  const count = (some: readonly string[]) => some.reduce((sum, line) => sum + tokenizer.encode(line).length + 1, 0);
  return {
    tokenizer,
    train,
    valid: held.length > 0 ? held : undefined,
    trainTokens: count(train),
    validTokens: count(held),
  };
}

/** Splits a list at random; each part keeps its order. */
export function drawLines(
  source: string,
  lines: readonly string[],
  fraction: number,
  seed: number,
): [readonly string[], readonly string[]] {
  const [train, held = []] = drawValidation(lines, fraction, { seed, source });
  return [[...train], held];
}

/** Where to cut a piece of text so that `at` units come before: between characters, or between words. */
function cutIn(piece: string, at: number, tokens: TokenKind): number {
  if (at >= piece.length) return piece.length;
  let cut = Math.max(0, at);
  if (tokens === "word") while (cut > 0 && cut < piece.length && !/\s/.test(piece[cut - 1]!)) cut++;
  else if (cut > 0 && (piece.charCodeAt(cut) & 0xfc00) === 0xdc00) cut++;
  return cut;
}

function fitTokenizer(
  name: string,
  pieces: Iterable<string>,
  { tokens, split, minCount, maxVocabulary }: Chosen,
  specials: readonly ("pad" | "bos" | "eos")[],
): Tokenizer {
  if (tokens === "word") {
    const tokenizer = wordTokenizer.fit(pieces, {
      specials: [...specials, "unk"],
      split,
      minCount,
      maxSize: maxVocabulary,
    });
    const what = minCount === 1 ? "word" : "word that occurs twice";
    if (ordinary(tokenizer) < 2) oneToken(name, what, ordinary(tokenizer));
    return tokenizer;
  }
  const tokenizer = charTokenizer.fit(pieces, { unit: tokens === "char" ? "codePoint" : "grapheme", specials });
  if (ordinary(tokenizer) < 2) oneToken(name, "character", ordinary(tokenizer));
  return tokenizer;
}

const ordinary = ({ vocabulary }: Tokenizer): number => vocabulary.size - vocabulary.specials.length;

function oneToken(where: string, what: string, received: number): never {
  const hint = "there is nothing to predict in this text";
  return fail({ where, expected: `more than one ${what}`, received: String(received), hint, code: "data" });
}

function tooLittle(where: string, held: string): never {
  const hint = "give more text, or --valid 0";
  return fail({ where, expected: "two or more tokens to hold out for validation", received: held, hint, code: "data" });
}

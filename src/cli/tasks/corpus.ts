// From files to what a language model trains on: text is read, tokenized, and split into training and validation data.
import { fail } from "../../base/index.ts";
import { charTokenizer, linesOf, type Tokenizer, wordTokenizer } from "../../data/index.ts";
import type { Output } from "../output.ts";
import { listed, openFiles } from "../source.ts";
import { plural } from "../terminal/index.ts";
import { drawValidation } from "./rows.ts";

export type TokenKind = "char" | "grapheme" | "word";

export interface CorpusOptions {
  tokens: TokenKind;
  /** Each line is a sequence, instead of the text one long stream. */
  lines: boolean;
  /** A fraction of the text, or files. */
  valid: number | readonly string[];
  /** Draws the validation lines in lines mode. */
  seed: number;
  /** Most words in a vocabulary of words. */
  maxVocabulary: number;
  /** Shortest stream that can be trained on: one window and the next token. */
  atLeast: number;
}

export interface Corpus {
  tokenizer: Tokenizer;
  /** Ids of a stream, or lines. */
  train: Int32Array | readonly string[];
  /** Nothing where `valid` is 0. */
  valid: Int32Array | readonly string[] | undefined;
  /** Tokens to train on. */
  trainTokens: number;
  validTokens: number;
}

/** Files as one text, with a line break between two of them. */
export const readTexts = async (show: Output, files: readonly string[]): Promise<string> =>
  (await openFiles(show, files, "text")).text.whole();

/** Lines that are not empty. */
export const filledLines = (text: string): string[] => [...linesOf(text)].filter((line) => line !== "");

export async function readCorpus(show: Output, files: readonly string[], options: CorpusOptions): Promise<Corpus> {
  const text = await readTexts(show, files);
  const validText = typeof options.valid === "number" ? undefined : await readTexts(show, options.valid);
  return (options.lines ? partLines : partStream)(listed(files), text, validText, options);
}

/** One long stream: its end is the validation text. */
function partStream(name: string, text: string, validText: string | undefined, options: CorpusOptions): Corpus {
  const { valid, tokens, atLeast } = options;
  const [first, last] = validText === undefined ? cutText(text, valid as number, tokens) : [text, validText];
  // Characters of the validation text are in the vocabulary; words that occur only there are unknown.
  const tokenizer = fitTokenizer(name, tokens === "word" ? [first] : [first, last], options, []);
  const train = tokenizer.encode(first);
  if (train.length < atLeast) {
    fail({
      where: name,
      expected: `at least ${atLeast} ${tokens === "word" ? "words" : "characters"} to train on (--bptt + 1)`,
      received: String(train.length),
      hint: "give more text, or a smaller --bptt",
      code: "data",
    });
  }
  const held = last === "" ? undefined : tokenizer.encode(last);
  if (held && held.length < 2) tooLittle(name, plural(held.length, tokens === "word" ? "word" : "character"));
  return { tokenizer, train, valid: held, trainTokens: train.length, validTokens: held ? held.length - 1 : 0 };
}

/** Lines as sequences: validation lines are drawn at random, as lists are often sorted. */
function partLines(name: string, text: string, validText: string | undefined, options: CorpusOptions): Corpus {
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

/** Cuts off the end of a text, between characters or between words. */
function cutText(text: string, fraction: number, tokens: TokenKind): [string, string] {
  let at = Math.floor(text.length * (1 - fraction) + 1e-9);
  if (tokens === "word") while (at > 0 && at < text.length && !/\s/.test(text[at - 1]!)) at++;
  else if (at > 0 && at < text.length && (text.charCodeAt(at) & 0xfc00) === 0xdc00) at++;
  return [text.slice(0, at), text.slice(at)];
}

function fitTokenizer(
  name: string,
  pieces: readonly string[],
  { tokens, maxVocabulary }: CorpusOptions,
  specials: readonly ("pad" | "bos" | "eos")[],
): Tokenizer {
  if (tokens === "word") {
    // A word seen once teaches little and costs a row of the embedding and one of the output layer.
    const tokenizer = wordTokenizer.fit(pieces, {
      specials: [...specials, "unk"],
      minCount: 2,
      maxSize: maxVocabulary,
    });
    if (ordinary(tokenizer) < 2) oneToken(name, "word that occurs twice", ordinary(tokenizer));
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

// From files to what a language model trains on: text read, cut into tokens, parted into training and validation.
import { createHash } from "node:crypto";
import { fail, foldIn, random, randomKey } from "../base/index.ts";
import { charTokenizer, linesOf, type Tokenizer, wordTokenizer } from "../data/index.ts";
import { readText } from "../node/index.ts";

export type TokenKind = "char" | "grapheme" | "word";

export interface CorpusOptions {
  tokens: TokenKind;
  /** Each line a sequence of its own, in place of one long stream. */
  lines: boolean;
  /** A fraction of the text, or a file. */
  valid: number | string;
  /** Draws the validation lines in lines mode. */
  seed: number;
  /** Most words in a vocabulary of words. */
  maxVocabulary: number;
  /** Shortest stream that can be trained on: one window and the token after it. */
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
  /** SHA-256 of the texts, so that a resumed run reads the same ones. */
  fingerprint: string;
}

/** Reads files as one text, a line break between two of them. */
export async function readCorpus(files: readonly string[], options: CorpusOptions): Promise<Corpus> {
  const texts: string[] = [];
  for (const file of files) texts.push(await readText(file));
  const text = texts.map((one, i) => (i + 1 < texts.length && !one.endsWith("\n") ? `${one}\n` : one)).join("");
  const validText = typeof options.valid === "string" ? await readText(options.valid) : undefined;
  const name = files.length === 1 ? files[0]! : `${files.length} files`;
  const parted = options.lines ? partLines(name, text, validText, options) : partStream(name, text, validText, options);
  const hash = createHash("sha256")
    .update(text)
    .update("\0")
    .update(validText ?? "");
  return { ...parted, fingerprint: hash.digest("hex") };
}

type Parted = Omit<Corpus, "fingerprint">;

/** One long stream: the validation text is its last part. */
function partStream(name: string, text: string, validText: string | undefined, options: CorpusOptions): Parted {
  const { valid, tokens, atLeast } = options;
  const [first, last] = validText === undefined ? cutText(text, valid as number, tokens) : [text, validText];
  // Characters of the validation text are known to the model; words that only it has are unknown ones.
  const tokenizer = fitTokenizer(name, tokens === "word" ? [first] : [first, last], options, []);
  const train = tokenizer.encode(first);
  if (train.length < atLeast) {
    fail({
      where: name,
      expected: `at least ${atLeast} ${tokens === "word" ? "words" : "characters"} to train on, a window of --bptt and one more`,
      received: String(train.length),
      hint: "give more text, or a smaller --bptt",
      code: "data",
    });
  }
  const held = last === "" ? undefined : tokenizer.encode(last);
  if (held && held.length < 2) tooLittle(name, held.length, tokens === "word" ? "words" : "characters");
  return { tokenizer, train, valid: held, trainTokens: train.length, validTokens: held ? held.length - 1 : 0 };
}

/** Lines that stand for themselves: those to validate on are drawn, for lists are often sorted. */
function partLines(name: string, text: string, validText: string | undefined, options: CorpusOptions): Parted {
  const { valid, seed } = options;
  const filled = (all: string) => [...linesOf(all)].filter((line) => line !== "");
  const lines = filled(text);
  if (lines.length === 0) fail({ where: name, expected: "lines", received: "only empty ones", code: "data" });
  const [train, held] = validText === undefined ? drawLines(lines, valid as number, seed) : [lines, filled(validText)];
  if (train.length === 0 || (valid !== 0 && held.length === 0)) tooLittle(name, lines.length, "lines");
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

/** Parts a list at random, each part in its old order. */
export function drawLines(lines: readonly string[], fraction: number, seed: number): [string[], string[]] {
  const order = Int32Array.from({ length: lines.length }, (_, i) => i);
  random(foldIn(randomKey(seed), "valid")).shuffle(order);
  const held = new Set(order.subarray(0, Math.round(lines.length * fraction)));
  return [lines.filter((_, i) => !held.has(i)), lines.filter((_, i) => held.has(i))];
}

/** Cuts off the last part of a text: anywhere between characters, or between words. */
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
    // A word seen once teaches little and costs a row of the embedding and one of the output.
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
  const hint = "there is nothing to predict in such a text";
  return fail({ where, expected: `more than one ${what}`, received: String(received), hint, code: "data" });
}

function tooLittle(where: string, count: number, what: string): never {
  const problem = `too few ${what} (${count}) to hold a part out for validation`;
  return fail({ where, problem, hint: "give more text, or --valid 0", code: "data" });
}

// A text to ids, piece by piece: the tokenizer is learned in one pass and the ids are written in another, to memory or to
// shards on disk. What comes out depends on the text and the choices alone, not on where it goes.
import { fail } from "../../base/index.ts";
import { plural } from "../../base/words.ts";
import {
  bpeTokenizer,
  charTokenizer,
  isSubword,
  type SpecialName,
  type Tokenizer,
  type TokenizerLearner,
  type TokenKind,
  type Units,
  type WordCounter,
  wordTokenizer,
} from "../../data/index.ts";
import type { TextFiles } from "../text-source.ts";
import type { Part } from "./token-writer.ts";
import { diskWordCounter } from "./word-counts.ts";

export interface TextToTokenize {
  /** For messages. */
  readonly name: string;
  readonly text: TextFiles;
  /** What is held out: another text, or this fraction of the text, at its end. By default 0.1, at most 10 million characters. */
  readonly valid: TextFiles | number | undefined;
}

/** Characters that are held out of a large text: scoring more takes minutes and changes the third digit at most. */
const mostHeld = 10_000_000;

export interface TokenChoice extends Readonly<Units> {
  /** A tokenizer that is there already; nothing is learned then. */
  readonly tokenizer?: Tokenizer;
}

/** Where ids go. */
export interface TokenSink {
  /** @param expected ids of each part, at most; words have fewer */
  begin(tokenizer: Tokenizer, expected: Readonly<Record<Part, number>>): void;
  add(part: Part, ids: Int32Array): void;
}

export interface Work {
  readonly signal?: AbortSignal;
  /** Called now and then with the share of this pass that is done. */
  onProgress?(pass: "learning" | "encoding", done: number): void;
}

/** Characters that are enough to learn subwords from; counting more takes memory without end. */
const enoughText = 2 ** 25;

/**
 * Tokenizes a text into a sink; returns the tokens of each part.
 *
 * @throws UnrolledError with code "data" where there is nothing to train on or to hold out
 */
export async function tokenizeText(
  { name, text, valid }: TextToTokenize,
  choice: TokenChoice,
  sink: TokenSink,
  work: Work = {},
): Promise<{ tokenizer: Tokenizer; tokens: Readonly<Record<Part, number>> }> {
  const breathe = breather(work.signal);
  const { size } = text;
  const fraction = typeof valid === "object" ? 0 : (valid ?? 0.1);
  const { tokens } = choice;
  // Characters of the held-out text are in the vocabulary; words that occur only there are unknown.
  const whole = tokens === "char" || tokens === "grapheme";
  const counter = tokens === "word" && !choice.tokenizer ? diskWordCounter() : undefined;
  const learner = choice.tokenizer ? undefined : learnerOf(choice, [], counter);

  let length = 0;
  if ((learner && whole) || fraction > 0)
    for (const piece of text.pieces()) {
      length += piece.length;
      if (whole) learner?.add(piece);
      work.onProgress?.("learning", length / size / (whole ? 1 : 2));
      await breathe();
    }
  const cut =
    fraction === 0
      ? Infinity
      : Math.max(Math.floor(length * (1 - fraction) + 1e-9), valid === undefined ? length - mostHeld : 0);
  /** Pieces up to the cut, then those after it. */
  function* parts(): Generator<[piece: string, part: Part]> {
    let [before, held] = [0, false];
    for (const piece of text.pieces()) {
      const from = held ? 0 : cutIn(piece, cut - before, tokens);
      if (from > 0) yield [piece.slice(0, from), "train"];
      if (from < piece.length) {
        held = true;
        yield [piece.slice(from), "val"];
      }
      before += piece.length;
    }
    if (typeof valid === "object") for (const piece of valid.pieces()) yield [piece, "val"];
  }
  if (learner) {
    let read = 0;
    const every = isSubword(tokens) ? Math.ceil(size / enoughText) : 1;
    let number = 0;
    for (const [piece, part] of parts()) {
      if (whole ? typeof valid !== "object" || part === "train" : part === "val" || number++ % every > 0) continue;
      learner.add(piece);
      read += piece.length;
      work.onProgress?.("learning", 0.5 + (read * every) / size / 2);
      await breathe();
    }
  }
  const tokenizer = choice.tokenizer ?? learner!.done();
  counter?.close();
  if (!choice.tokenizer) checkLearned(name, tokenizer, choice);

  const counts: Record<Part, number> = { train: 0, val: 0 };
  const heldSize = typeof valid === "object" ? valid.size : Math.max(0, Math.min(length - cut, length));
  sink.begin(tokenizer, { train: length || size, val: 1 + heldSize });
  let into = new Int32Array(0); // for the ids of a piece; new memory for each would pile up until it is collected
  let read = 0;
  const begun: Record<Part, boolean> = { train: false, val: false };
  for (const [piece, part] of parts()) {
    if (piece.length > into.length) into = new Int32Array(piece.length);
    const ids = tokenizer.encode(piece, { into, continued: begun[part] });
    begun[part] = true;
    sink.add(part, ids);
    counts[part] += ids.length;
    read += piece.length;
    work.onProgress?.("encoding", read / (size + (typeof valid === "object" ? valid.size : 0)));
    await breathe();
  }
  if (counts.val === 1) tooLittle(name, plural(1, unitOf(tokenizer)));
  return { tokenizer, tokens: counts };
}

/** What a tokenizer's tokens are called. */
export const unitOf = ({ kind }: Tokenizer): string =>
  kind === "char" ? "character" : kind === "word" ? "word" : "subword";

/** What learns the tokenizer that was chosen. */
export function learnerOf(
  { tokens, split, minCount, maxVocabulary }: Units,
  more: readonly SpecialName[] = [],
  counter?: WordCounter,
): TokenizerLearner {
  if (tokens === "word")
    return wordTokenizer.learner({ specials: [...more, "unk"], split, minCount, maxSize: maxVocabulary }, counter);
  if (isSubword(tokens))
    return bpeTokenizer.learner({ specials: [...more, "unk"], merges: maxVocabulary, jamo: tokens === "jamo" });
  const unit = tokens === "char" ? "codePoint" : "grapheme";
  return charTokenizer.learner({ unit, specials: more, unknownAbove });
}

/** A script with more characters than this has others that a text lacks. */
const unknownAbove = 1000;

/** Where to cut a piece of text so that `at` units come before: between characters, or between words. */
function cutIn(piece: string, at: number, tokens: TokenKind): number {
  if (at >= piece.length) return piece.length;
  let cut = Math.max(0, at);
  if (tokens === "word" || isSubword(tokens))
    while (cut > 0 && cut < piece.length && !/\s/.test(piece[cut - 1]!)) cut++;
  else if (cut > 0 && (piece.charCodeAt(cut) & 0xfc00) === 0xdc00) cut++;
  return cut;
}

/** Lets signals through every few milliseconds; work on strings never waits by itself. */
function breather(signal?: AbortSignal): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < 50) return undefined;
    return new Promise<void>((go) => setImmediate(go)).then(() => {
      last = performance.now();
      signal?.throwIfAborted();
    });
  };
}

/** Refuses a vocabulary of one token. */
export function checkLearned(
  where: string,
  { kind, vocabulary }: Tokenizer,
  { minCount }: Pick<Units, "minCount">,
): void {
  const received = vocabulary.size - vocabulary.specials.length;
  if (received >= 2) return;
  const what = kind !== "word" ? "character" : minCount === 1 ? "word" : "word that occurs twice";
  const hint = "there is nothing to predict in this text";
  fail({ where, expected: `more than one ${what}`, received: String(received), hint, code: "data" });
}

export function tooLittle(where: string, held: string): never {
  const hint = "give more text, or set valid to 0";
  return fail({ where, expected: "two or more tokens to hold out for validation", received: held, hint, code: "data" });
}

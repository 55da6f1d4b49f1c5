// What every tokenizer does, and what the tokenizers share: special tokens and the report of unknown ones.
import { fail } from "../../base/index.ts";
import { type TokenStream, tokenBlocks, tokenStream } from "../token-stream.ts";
import type { Vocabulary, VocabularyJson } from "../vocabulary.ts";

/** Special tokens by their names; each is written `<name>` in the vocabulary and never occurs by accident in a text. */
export type SpecialName = "pad" | "bos" | "eos" | "unk";

export interface EncodeOptions {
  /**
   * What to do with text the vocabulary lacks: `error` lists it; `token` puts `<unk>` in its place.
   * Default: `token` where the tokenizer has `<unk>`, else `error`.
   */
  unknown?: "error" | "token";
  /**
   * Memory for the ids, as long as the text or longer: a character tokenizer returns a view of it and takes no memory of its
   * own. For a text that is encoded piece by piece.
   */
  into?: Int32Array;
  /** The text goes on from one that was encoded before: subwords put no space before its first word. Default false. */
  continued?: boolean;
}

/** Text to ids and back. Immutable. */
export interface Tokenizer {
  readonly kind: "char" | "word" | "bpe";
  readonly vocabulary: Vocabulary;
  /** Ids of the special tokens it has. */
  readonly special: { readonly [name in SpecialName]?: number };
  /** @throws UnrolledError that lists what is unknown, where `unknown` is `error`. */
  encode(text: string, options?: EncodeOptions): Int32Array;
  /** Readable text. `<pad>`, `<bos>` and `<eos>` give nothing; `<unk>` gives U+FFFD (characters, subwords) or `<unk>` (words). */
  decode(ids: Iterable<number>): string;
  /**
   * Decodes ids as they come: the pieces, joined, are what `decode` gives for all of them. `end` gives what may have been held
   * back, the letters of a Korean syllable that another one could have joined.
   */
  decodeStream(): { push(id: number): string; end(): string };
  toJSON(): TokenizerJson;
}

/** Learns a tokenizer from a text that comes piece by piece, so that it need not be in memory. */
export interface TokenizerLearner<T extends Tokenizer = Tokenizer> {
  /** Reads a piece: whole lines, or whole words. */
  add(piece: string): void;
  /** What was learned. @throws UnrolledError where there was no text */
  done(): T;
}

/** What a learner makes of a text, or of its pieces. */
export function learnFrom<T extends Tokenizer>(learner: TokenizerLearner<T>, text: string | Iterable<string>): T {
  for (const piece of typeof text === "string" ? [text] : text) learner.add(piece);
  return learner.done();
}

/** A string that holds no other alive: a slice of a long text would keep the whole of it in memory. */
export const ownString = (text: string): string => (text.length < 13 ? text : ` ${text}`.slice(1));

/** What is saved as `tokenizer.json`; plain data. */
export interface TokenizerJson {
  kind: string;
  vocabulary: VocabularyJson;
  [option: string]: unknown;
}

/** The vocabulary's names of special tokens. */
export function specialTokens(names: readonly SpecialName[]): string[] {
  return names.map((name) => `<${name}>`);
}

/** The ids of the special tokens that a vocabulary has. */
export function specialIds(vocabulary: Vocabulary): Tokenizer["special"] {
  const names: SpecialName[] = ["pad", "bos", "eos", "unk"];
  return Object.freeze(
    Object.fromEntries(
      names.flatMap((name) => {
        const id = vocabulary.specials.indexOf(`<${name}>`);
        return id < 0 ? [] : [[name, id]];
      }),
    ),
  );
}

/** How many of the ids are `<unk>`: report it beside a perplexity, for unknown text is cheap to predict. */
export function countUnknown(tokenizer: Tokenizer, ids: ArrayLike<number> | TokenStream): number {
  const { unk } = tokenizer.special;
  if (unk === undefined) return 0;
  let count = 0;
  for (const block of tokenBlocks(tokenStream(ids)))
    for (let i = 0; i < block.length; i++) if (block[i] === unk) count++;
  return count;
}

/** What `encode` puts for unknown text, decided from the options; undefined means: report it. */
export function unknownId(where: string, special: Tokenizer["special"], options: EncodeOptions): number | undefined {
  const { unk } = special;
  const unknown = options.unknown ?? (unk === undefined ? "error" : "token");
  if (unknown === "token" && unk === undefined) {
    fail({ where, expected: 'a tokenizer with "unk" among its specials', received: "none", hint: 'fit it with "unk"' });
  }
  return unknown === "token" ? unk : undefined;
}

/** Gathers unknown tokens and, at the end, throws one error that lists the first of them. */
export function unknownReport(where: string, what: "character" | "word") {
  const seen = new Map<string, number>();
  return {
    add(token: string) {
      seen.set(token, (seen.get(token) ?? 0) + 1);
    },
    throwIfAny() {
      if (seen.size === 0) return;
      const listed = [...seen.keys()].slice(0, 8).map((token) => {
        const codes = [...token].map((c) => `U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`);
        return what === "word" ? JSON.stringify(token) : `${JSON.stringify(token)} (${codes.join(" ")})`;
      });
      const more = seen.size > listed.length ? ` and ${seen.size - listed.length} more` : "";
      fail({
        where,
        problem: `unknown ${what}${seen.size > 1 ? "s" : ""} ${listed.join(", ")}${more}`,
        hint: `the model has only seen the ${what}s of its training text: leave these out, or train on a text that has them`,
        code: "data",
      });
    },
  };
}

// What every tokenizer does, and what the tokenizers share: special tokens and the report of unknown ones.
import { fail } from "../../base/index.ts";
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
  /** Decodes ids as they come: the pieces, joined, are what `decode` gives for all of them. */
  decodeStream(): { push(id: number): string };
  toJSON(): TokenizerJson;
}

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
export function countUnknown(tokenizer: Tokenizer, ids: ArrayLike<number>): number {
  const { unk } = tokenizer.special;
  let count = 0;
  for (let i = 0; i < ids.length; i++) if (ids[i] === unk) count++;
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

// Opens a saved tokenizer of any kind.
import { fail } from "../../base/index.ts";
import { bpeFromJSON } from "./bpe.ts";
import { charFromJSON } from "./char.ts";
import type { Tokenizer, TokenizerJson } from "./tokenizer.ts";
import { wordFromJSON } from "./word.ts";

/** Reads what any tokenizer's `toJSON` gave. @throws UnrolledError with code "file" where it is something else. */
export const tokenizerFromJSON = (json: unknown): Tokenizer => readTokenizer(json, wordFromJSON);

/** The same, with another reader of word tokenizers. */
export function readTokenizer(json: unknown, readWords: (json: unknown) => Tokenizer): Tokenizer {
  const { kind } = (json ?? {}) as Partial<TokenizerJson>;
  if (kind === "char") return charFromJSON(json);
  if (kind === "word") return readWords(json);
  if (kind === "bpe") return bpeFromJSON(json);
  const expected = 'kind "char", "word" or "bpe"';
  return fail({ where: "tokenizer", expected, received: JSON.stringify(kind) ?? "none", code: "file" });
}

// Opens a saved tokenizer of any kind.
import { fail } from "../../base/index.ts";
import { bpeTokenizer } from "./bpe.ts";
import { charTokenizer } from "./char.ts";
import type { Tokenizer, TokenizerJson } from "./tokenizer.ts";
import { wordTokenizer } from "./word.ts";

/** Reads what any tokenizer's `toJSON` gave. @throws UnrolledError with code "file" where it is something else. */
export function tokenizerFromJSON(json: unknown): Tokenizer {
  const { kind } = (json ?? {}) as Partial<TokenizerJson>;
  if (kind === "char") return charTokenizer.fromJSON(json);
  if (kind === "word") return wordTokenizer.fromJSON(json);
  if (kind === "bpe") return bpeTokenizer.fromJSON(json);
  const expected = 'kind "char", "word" or "bpe"';
  return fail({ where: "tokenizer", expected, received: JSON.stringify(kind) ?? "none", code: "file" });
}

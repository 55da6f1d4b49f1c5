// Tokenizers of exported models: they read short texts, and a small file counts for more than the last bit of speed.
import { readTokenizer } from "../../data/tokenizers/from-json.ts";
import type { Tokenizer } from "../../data/tokenizers/tokenizer.ts";
import { readWordTokenizer } from "../../data/tokenizers/word.ts";

export const tokenizerFromJSON = (json: unknown): Tokenizer =>
  readTokenizer(json, (words) =>
    readWordTokenizer(words, (vocabulary) => (text, start, end) => vocabulary.id(text.slice(start, end)) ?? -1),
  );

// A tokenizer in the schema of Hugging Face's `tokenizer.json`, for those whose rules can be written in it. Ids are equal.
import { fail } from "../base/index.ts";
import type { Tokenizer } from "../data/index.ts";

/** White space of JavaScript's `\s`, spelled out: other engines have other ideas of it. */
const space = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";
/** What parts words and is no token itself: white space and control characters, but for line breaks. */
const gap = `(?:(?!\\n)[${space}\\p{Cc}])+`;
/** What parts words that are tokenized already: the white space of Python's `split`, but for line breaks. */
const blank = `(?:(?!\\n)[${space.slice(0, -1)}\x1c-\x1f\x85])+`;

/** Cuts a text at a pattern; what it matches becomes pieces or goes. */
const split = (pattern: string, behavior: "Isolated" | "Removed") => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior,
  invert: false,
});
const sequence = (pretokenizers: readonly object[]) => ({ type: "Sequence", pretokenizers });

/**
 * The tokenizer as `tokenizer.json` of Hugging Face's libraries. It encodes like ours; it adds no special tokens.
 *
 * @throws UnrolledError where it cannot be expressed: graphemes, Korean letters, words by `Intl.Segmenter`, and lower case of Greek (its final sigma)
 *
 * @example
 * ```ts
 * await writeFile("tokenizer.json", JSON.stringify(toHubTokenizer(tokenizer)));
 * ```
 */
export function toHubTokenizer(tokenizer: Tokenizer): object {
  const { vocabulary } = tokenizer;
  const { unit, split: words, lowercase, jamo, merges } = tokenizer.toJSON();
  const refuse = (received: string, otherwise: string) =>
    fail({
      where: "toHubTokenizer",
      expected: "a tokenizer that Hugging Face's schema can express",
      received,
      hint: `train with ${otherwise}, or leave the tokenizer out`,
      code: "data",
    });
  if (tokenizer.kind === "char" && unit === "grapheme") refuse("characters by grapheme", "characters by code point");
  if (lowercase === true && vocabulary.tokens.some((token) => /[σς]/.test(token)))
    refuse("lower case with Greek sigma, which depends on its place in the word", "case kept");
  if (jamo === true) refuse("subwords of Korean letters", "--tokens subword");
  if (words === "segmenter") refuse("words by Intl.Segmenter", "--split unicode");
  const vocab = Object.fromEntries(vocabulary.tokens.map((token, id) => [token, id]));
  const unk = "<unk>";
  const lower = lowercase === true ? [{ type: "Lowercase" }] : [];
  const wordLevel = { type: "WordLevel", vocab, unk_token: unk };
  const whole = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: lower[0] ?? null,
    post_processor: null,
  };
  if (tokenizer.kind === "char")
    return { ...whole, pre_tokenizer: split("[\\s\\S]", "Isolated"), decoder: { type: "Fuse" }, model: wordLevel };
  if (tokenizer.kind === "word")
    return {
      ...whole,
      pre_tokenizer: sequence(
        words === "whitespace"
          ? [split("\\n", "Isolated"), split(blank, "Removed")]
          : [split(gap, "Removed"), split(wordPattern(vocabulary.specials), "Isolated")],
      ),
      decoder: null,
      model: wordLevel,
    };
  const flat = merges as readonly number[];
  const pairs = Array.from({ length: flat.length / 2 }, (_, i) => [
    vocabulary.token(flat[2 * i]!),
    vocabulary.token(flat[2 * i + 1]!),
  ]);
  const other = `[^${space}▁\\p{L}\\p{M}\\p{N}]{1,64}`;
  const pieces = `['’][\\p{L}\\p{M}]{1,64}|▁?[\\p{L}\\p{M}]{1,64}|▁?\\p{N}{1,64}|▁?${other}|[${space}▁]`;
  return {
    ...whole,
    normalizer: {
      type: "Sequence",
      normalizers: [
        ...lower,
        { type: "Replace", pattern: { String: " " }, content: "▁" },
        { type: "Prepend", prepend: "▁" },
      ],
    },
    pre_tokenizer: split(pieces, "Isolated"),
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: tokenizer.special.unk === undefined ? null : unk,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges: pairs,
    },
  };
}

/** The rules of `data/tokenizers/split-words.ts` as one pattern: specials, words and numbers, other signs, line breaks. */
function wordPattern(specials: readonly string[]): string {
  const letter = "\\p{L}\\p{Nl}\\p{No}_";
  const mark = "\\p{M}\u200c\u200d";
  const inner = `(?<=[${letter}${mark}])['’](?=[${letter}])|(?<=\\p{Nd})[.,](?=\\p{Nd})`;
  const word = `[${letter}${mark}\\p{Nd}](?:[${letter}${mark}\\p{Nd}]|${inner})*`;
  const sign = `[^${space}\\p{Cc}${letter}${mark}\\p{Nd}]`;
  const emoji = `${sign}(?:\u200d${sign}|[${mark}])*`;
  return [...specials, word, emoji, "\\n"].join("|");
}

// Whether a text is tokenized already: words and punctuation with spaces between them, as corpora of the field have it.

export interface Tokenized {
  /** Tokens lie between spaces: split at whitespace. */
  readonly tokenized: boolean;
  /** Rare words are `<unk>` in it: the vocabulary is chosen already. */
  readonly unknown: boolean;
}

const mark = /^[,.!?，。！？、]$/u; // no brackets or signs, which code has between spaces
const attached = /[\p{L}\p{N}][,.!?;:，。！？；：]$/u;

/**
 * Recognizes WikiText (`<unk>`, ` @-@ `), Penn Treebank (`<unk>`, `N`) and texts with spaces around punctuation by a piece of
 * them, 10,000 words or so.
 *
 * Tokenized: `<unk>` is at least one in a thousand tokens; or 20 or more commas, points and the like stand alone, and at most a tenth as
 * many end a word ("Mr.").
 */
export function recognizeTokenized(sample: string): Tokenized {
  let [tokens, unknown, alone, joined] = [0, 0, 0, 0];
  for (const [token] of sample.matchAll(/\S+/gu)) {
    tokens++;
    if (token === "<unk>") unknown++;
    else if (mark.test(token)) alone++;
    else if (attached.test(token)) joined++;
  }
  const reserved = unknown > 0 && unknown * 1000 >= tokens;
  return { tokenized: reserved || (alone >= 20 && joined * 10 <= alone), unknown: reserved };
}

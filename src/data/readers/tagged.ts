// What the readers of tagged text give: sentences of tokens with one tag each, and where the tokens stand in the text.
import type { ReadWarning } from "./lines.ts";

/** Where something stands in a text: `[start, end)` in UTF-16 units, as `text.slice(start, end)` counts. */
export type Range = readonly [start: number, end: number];

/** One sentence for a tagger: Tx = Ty. */
export interface TaggedSentence {
  tokens: string[];
  /** One tag a token. */
  tags: string[];
  /** The original text, where the format has it or where it can be put together without doubt. */
  text?: string;
  /** The tokens' places in `text`; there exactly where `text` is. */
  offsets?: Range[];
  /** The line of its first token, from 1. */
  line: number;
}

export interface TaggedData {
  sentences: TaggedSentence[];
  source: string;
  /** The tokens are single characters, spaces among them (KLUE-NER). */
  characters: boolean;
  warnings: ReadWarning[];
}

/**
 * Finds the tokens of a sentence in its text, from left to right; white space between them is free.
 *
 * @returns undefined where a token is not where it should be
 */
export function alignTokens(text: string, tokens: readonly string[]): Range[] | undefined {
  const offsets: Range[] = [];
  let at = 0;
  for (const token of tokens) {
    const start = text.startsWith(token, at) ? at : skipSpace(text, at);
    if (!text.startsWith(token, start)) return undefined;
    at = start + token.length;
    offsets.push([start, at]);
  }
  return offsets;
}

/** The text of tokens put together by `glue`, and where each stands in it. */
export function joinTokens(tokens: readonly string[], glue: string): { text: string; offsets: Range[] } {
  let at = 0;
  const offsets = tokens.map((token): Range => {
    const start = at;
    at += token.length + glue.length;
    return [start, start + token.length];
  });
  return { text: tokens.join(glue), offsets };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at]!)) at++;
  return at;
}

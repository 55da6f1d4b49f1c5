// What the readers of tagged text give: sentences of tokens with one tag each, and where the tokens stand in the text.
import { fail } from "../../base/index.ts";
import type { ReadWarning, warningLog } from "./lines.ts";
import type { RowReader } from "./reader.ts";

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

/** Reads tagged sentences one by one. */
export interface TaggedReader extends RowReader<TaggedSentence> {
  /** Whether the tokens are single characters; known once all are read. */
  characters(): boolean;
}

/** A reader of what `sentencesOf` gives. */
export function taggedReader(
  source: string,
  sentencesOf: (lines: Iterable<string>) => Iterable<TaggedSentence>,
  warnings: ReturnType<typeof warningLog>,
  characters: () => boolean,
): TaggedReader {
  let found: ReadWarning[] | undefined; // a sentence that is read again is not warned of again
  return {
    *rows(lines) {
      let count = 0;
      for (const sentence of sentencesOf(lines)) {
        count++;
        yield sentence;
      }
      if (count === 0) warnings.add("the file has no sentence", 1);
      found = structuredClone(warnings.list());
    },
    row(lines) {
      for (const sentence of sentencesOf(lines)) return sentence;
      return fail({ where: source, problem: "a sentence is gone: the file changed", code: "file" });
    },
    warnings: () => found ?? warnings.list(),
    characters,
  };
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

// A sentence a line, its words and their tags in two columns with a tab between, as many tags as words. So the slots of
// ATIS are often kept, and so two parallel files become one: `paste seq.in seq.out`.
import { fail } from "../../base/index.ts";
import { plural } from "../../base/words.ts";
import { detectScheme } from "../tags/schemes.ts";
import { spanTag } from "./conll-columns.ts";
import type { Recognized, RowFormat, Sample } from "./format.ts";
import { type ReadOptions, warningLog } from "./lines.ts";
import { tableIn } from "./recognize-table.ts";
import { joinTokens, type TaggedReader, type TaggedSentence, taggedReader } from "./tagged.ts";

declare module "./format.ts" {
  interface FormatNames {
    "tag-lines": true;
  }
}

export interface TagLinesOptions extends ReadOptions {
  /** The column of the words, from 0; negative counts from the last. The first by default. */
  tokenColumn?: number;
  /** The column of the tags; the second by default. */
  tagColumn?: number;
}

const wordsOf = (cell: string): string[] => cell.split(/\s+/).filter(Boolean);

/**
 * A first row without tags holds the columns' names.
 *
 * @throws UnrolledError with `file:line` where a row lacks a column, has another number of tags than of words, or a tag that is
 * not one of a span
 */
function tagLinesReader({ source = "tag-lines", tokenColumn = 0, tagColumn = 1 }: TagLinesOptions): TaggedReader {
  const warnings = warningLog();
  const named = (column: number) => (column < 0 ? `a column ${-column} from the end` : `a column ${column + 1}`);
  function* sentencesOf(lines: Iterable<string>): Generator<TaggedSentence> {
    let line = 0;
    for (const row of lines) {
      line++;
      if (row.trim() === "") continue;
      const cells = row.split("\t");
      const [words, tags] = [cells.at(tokenColumn), cells.at(tagColumn)];
      const where = `${source}:${line}`;
      if (words === undefined || tags === undefined) {
        const column = words === undefined ? tokenColumn : tagColumn;
        fail({ where, expected: named(column), received: plural(cells.length, "column"), code: "data" });
      }
      const sentence = { tokens: wordsOf(words), tags: wordsOf(tags) };
      const wrong = sentence.tags.find((tag) => !spanTag.test(tag));
      if (line === 1 && wrong !== undefined && !sentence.tags.some((tag) => spanTag.test(tag))) continue;
      if (sentence.tokens.length !== sentence.tags.length)
        fail({
          where,
          expected: `a tag for each of ${plural(sentence.tokens.length, "word")}`,
          received: plural(sentence.tags.length, "tag"),
          code: "data",
        });
      if (wrong !== undefined)
        fail({ where, expected: "tags such as O, B-city and I-city", received: JSON.stringify(wrong), code: "data" });
      if (sentence.tokens.length > 0) yield { ...sentence, ...joinTokens(sentence.tokens, " "), line };
    }
  }
  return taggedReader(source, sentencesOf, warnings, () => false);
}

export const tagLines: RowFormat<TaggedReader> = {
  kinds: ["tagging"],
  names: ["tag-lines"],
  reader({ source, recognized: { columns }, tokenColumn, tagColumn }) {
    if (typeof tagColumn === "string")
      fail({
        where: source ?? "tag-lines",
        expected: "the number of a tag column",
        received: JSON.stringify(tagColumn),
      });
    const token = tokenColumn ?? columns?.token;
    const tag = tagColumn ?? columns?.tag;
    return tagLinesReader({
      ...(source === undefined ? {} : { source }),
      ...(typeof token === "number" ? { tokenColumn: token } : {}),
      ...(typeof tag === "number" ? { tagColumn: tag } : {}),
    });
  },
  recognize,
};

/** Two columns in which every word has a tag of a span, or none (`O`). A few rows may be faulty: the reader names their lines. */
function recognize(sample: Sample): Recognized | undefined {
  const table = tableIn(sample);
  if (table?.separator !== "\t" || table.rows[0]!.length !== 2) return undefined;
  const rows = table.rows.map((cells) => cells.map(wordsOf));
  for (const [token, tag] of [[0, 1] as const, [1, 0] as const]) {
    const tagged = rows.filter(
      (cells) => cells[0]!.length === cells[1]!.length && cells[tag]!.every((word) => spanTag.test(word)),
    );
    const tags = tagged.map((cells) => cells[tag]!);
    const several = tags.some((words) => words.length > 1);
    if (tagged.length < 2 || tagged.length < 0.95 * sample.filled.length || !several) continue;
    const { scheme, message: spans } = detectScheme(tags);
    if (scheme === "none") continue;
    const order = token === 0 ? "" : "; tags in column 1, words in column 2";
    const message = `tags, one sentence a line, words and tags separated by a tab: ${spans}${sample.whole ? "" : ", in its beginning"}${order}`;
    return { kind: "tagging", format: "tag-lines", separator: "\t", columns: { token, tag }, message };
  }
  return undefined;
}

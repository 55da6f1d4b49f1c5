// Columns, one token a line, an empty line after each sentence: CoNLL-2003 (spaces), WNUT (two columns, tab),
// KLUE-NER (one character a line, `## ` comments). The number of columns and their separator are read off the file.
import { fail } from "../../base/index.ts";
import { linesOf, type ReadOptions, warningLog } from "./lines.ts";
import { joinTokens, type TaggedData, type TaggedReader, type TaggedSentence, taggedReader } from "./tagged.ts";

export interface ConllOptions extends ReadOptions {
  /** The column of the token, from 0; negative counts from the last. Default 0. */
  tokenColumn?: number;
  /** The column of the tag. Default -1: the last (entities in CoNLL-2003; 1 is its part of speech). */
  tagColumn?: number;
  /** What comments begin with, between sentences only. Default: `## ` or `# ` where the file's first line is one. */
  comment?: string;
}

/**
 * Reads columns of tokens and tags. `-DOCSTART-` rows are dropped. Tags are kept as written: see `convertTags`.
 *
 * @throws UnrolledError with `file:line` where a row has another number of columns than the first
 *
 * @example
 * ```ts
 * const { sentences } = readConll(await readText("train.conll"), { source: "train.conll" });
 * ```
 */
export function readConll(text: string | Iterable<string>, options: ConllOptions = {}): TaggedData {
  const reader = conllReader(options);
  const sentences: TaggedSentence[] = [...reader.rows(linesOf(text))];
  const glue = reader.characters() ? "" : " ";
  for (const sentence of sentences) Object.assign(sentence, joinTokens(sentence.tokens, glue));
  return {
    sentences,
    source: options.source ?? "conll",
    characters: reader.characters(),
    warnings: reader.warnings(),
  };
}

/** The same sentence by sentence, without `text` and `offsets`, for files that stay on disk. */
export function conllReader(options: ConllOptions = {}): TaggedReader {
  const { source = "conll", tokenColumn = 0, tagColumn = -1 } = options;
  const warnings = warningLog();
  let width = 0;
  let comment = options.comment;
  let split: ((row: string) => string[]) | undefined;
  // A token that is a space can only come from a file of characters.
  let characters = false;

  function* sentencesOf(lines: Iterable<string>): Generator<TaggedSentence> {
    let tokens: string[] = [];
    let tags: string[] = [];
    let start = 0;
    let line = 0;
    for (const row of lines) {
      line++;
      if (row.trim() === "") {
        if (tokens.length > 0) yield { tokens, tags, line: start };
        tokens = [];
        tags = [];
        continue;
      }
      if (tokens.length === 0) {
        if (comment === undefined) comment = split ? "" : firstComment(row);
        if (comment && (row.startsWith(comment) || row === comment.trimEnd())) continue;
      }
      split ??= row.includes("\t") ? byTab : bySpaces;
      const cells = split(row);
      if (cells[0] === "-DOCSTART-") continue;
      width ||= cells.length;
      if (cells.length !== width || width < 2) {
        fail({
          where: `${source}:${line}`,
          expected: width < 2 ? "at least 2 columns" : `${width} columns as in the rows before`,
          received: `${cells.length} in ${JSON.stringify(row.slice(0, 60))}`,
          hint: split === byTab ? "columns are separated by tabs here" : "columns are separated by spaces here",
          code: "data",
        });
      }
      const token = cells.at(tokenColumn);
      const tag = cells.at(tagColumn);
      if (token === undefined || tag === undefined) {
        const column = token === undefined ? tokenColumn : tagColumn;
        fail({
          where: `${source}:${line}`,
          expected: `a column ${column}`,
          received: `${width} columns`,
          code: "data",
        });
      }
      if (token === "" || tag === "") {
        const what = token === "" ? "token" : "tag";
        fail({ where: `${source}:${line}`, problem: `the ${what} is empty in ${JSON.stringify(row)}`, code: "data" });
      }
      if (tokens.length === 0) start = line;
      characters ||= token === " ";
      tokens.push(token);
      tags.push(tag);
    }
    if (tokens.length > 0) yield { tokens, tags, line: start };
  }
  return taggedReader(source, sentencesOf, warnings, () => characters);
}

/** Writes two columns, token TAB tag. Reading it back gives the same tokens and tags. */
export function writeConll(sentences: Iterable<{ tokens: readonly string[]; tags: readonly string[] }>): string {
  let out = "";
  for (const { tokens, tags } of sentences) {
    tokens.forEach((token, i) => {
      out += `${token}\t${tags[i]}\n`;
    });
    out += "\n";
  }
  return out;
}

const byTab = (row: string) => row.split("\t");
const bySpaces = (row: string) => row.split(" ").filter(Boolean);

/** The comment mark that the first line shows, or "". A row `# NN I-NP O` is a token, not a comment. */
function firstComment(row: string): string {
  if (/^##( |$)/.test(row)) return "## ";
  if (!/^#( |$)/.test(row)) return "";
  const last = bySpaces(row).at(-1)!;
  return /^(O|[BIESLUM]-.+)$/.test(last) ? "" : "# ";
}

// Columns, one token a line, an empty line after each sentence: CoNLL-2003 (spaces), WNUT (two columns, tab), KLUE-NER (one
// character a line, `## ` comments). Separator, number and meaning of the columns are read off the file's first lines.
import { fail } from "../../base/index.ts";
import { plural } from "../../base/words.ts";
import { detectScheme } from "../tags/schemes.ts";
import { type Cells, type ConllColumns, conllColumns, spanTag } from "./conll-columns.ts";
import type { Recognized, RowFormat, Sample } from "./format.ts";
import { linesOf, type ReadOptions, warningLog } from "./lines.ts";
import { joinTokens, type TaggedData, type TaggedReader, type TaggedSentence, taggedReader } from "./tagged.ts";

export interface ConllOptions extends ReadOptions {
  /** The column of the token, from 0; negative counts from the last. Default: found by {@link conllColumns}. */
  tokenColumn?: number;
  /** The column of the tag. Default: found; in CoNLL-2003 the last, the entities (1 is its part of speech). */
  tagColumn?: number;
  /** What comments begin with. Default: `#`, where the line has not the columns of the others. */
  comment?: string;
}

/**
 * Reads columns of tokens and tags. `-DOCSTART-` rows are dropped. Tags are kept as written: see `convertTags`.
 *
 * @throws UnrolledError with `file:line` where a row has another number of columns than most of the first rows
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

/** Lines by which the columns are found. */
const sampleSize = 2000;

/** The same sentence by sentence, without `text` and `offsets`, so that files may stay on disk. */
export function conllReader(options: ConllOptions = {}): TaggedReader {
  const { source = "conll" } = options;
  const warnings = warningLog();
  let layout: Layout | undefined;
  // A token that is a space can only come from a file of characters.
  let characters = false;

  function* sentencesOf(lines: Iterable<string>): Generator<TaggedSentence> {
    let tokens: string[] = [];
    let tags: string[] = [];
    let start = 0;
    let line = 0;
    function* ended(): Generator<TaggedSentence> {
      if (tokens.length > 0) yield { tokens, tags, line: start };
      tokens = [];
      tags = [];
    }
    for (const row of withSample(lines, (first) => {
      layout ??= layoutOf(first, options);
    })) {
      line++;
      const cells = row.trim() === "" ? undefined : layout!.cut(row);
      if (!cells || isDocument(cells, layout!)) {
        yield* ended();
        continue;
      }
      if (isComment(row, cells, layout!, tokens.length === 0)) continue;
      const { token, tag } = cellsOf(row, cells, layout!, `${source}:${line}`);
      if (tokens.length === 0) start = line;
      characters ||= token === " ";
      tokens.push(token);
      tags.push(tag);
    }
    yield* ended();
  }
  return taggedReader(source, sentencesOf, warnings, () => characters);
}

interface Layout {
  cut(row: string): string[];
  tabs: boolean;
  width: number;
  token: number;
  tag: number;
  comment: string | undefined;
}

/** Passes lines on, after showing the first ones. */
function* withSample(lines: Iterable<string>, look: (first: readonly string[]) => void): Generator<string> {
  const first: string[] = [];
  let looked = false;
  for (const line of lines) {
    if (looked) yield line;
    else if (first.push(line) === sampleSize) {
      look(first);
      looked = true;
      yield* first;
    }
  }
  if (looked) return;
  look(first);
  yield* first;
}

const byTab = (row: string) => row.split("\t");
const bySpaces = (row: string) => row.split(/[ \t]+/).filter(Boolean);

function layoutOf(lines: readonly string[], { tokenColumn, tagColumn, comment }: ConllOptions): Layout {
  const filled = lines.filter((line) => line.trim() !== "");
  const tabs = filled.filter((line) => line.includes("\t")).length > filled.length / 2;
  const cut = tabs ? byTab : bySpaces;
  const widths = new Map<number, number>();
  const rows = filled.filter((line) => !/^(#|-DOCSTART-)/.test(line));
  for (const line of rows.length > 0 ? rows : filled) {
    const { length } = cut(line);
    widths.set(length, (widths.get(length) ?? 0) + 1);
  }
  const [width = 0] = [...widths].sort((a, b) => b[1] - a[1])[0] ?? [];
  const at = (column: number) => (column < 0 ? width + column : column);
  const mark = comment ?? firstComment(filled[0] ?? "");
  const bare = { cut, tabs, width, comment: mark, token: 0, tag: width - 1 };
  const found: ConllColumns = conllColumns(sentencesIn(lines, bare), width);
  return {
    ...bare,
    token: tokenColumn === undefined ? found.token : at(tokenColumn),
    tag: tagColumn === undefined ? found.tag : at(tagColumn),
  };
}

/** The rows of the usual width, sentence by sentence. */
function sentencesIn(lines: readonly string[], layout: Layout): Cells[][] {
  const sentences: Cells[][] = [];
  let open: Cells[] = [];
  for (const line of [...lines, ""]) {
    const cells = line.trim() === "" ? [] : layout.cut(line);
    if (cells.length === 0 || isDocument(cells, layout)) {
      if (open.length > 0) sentences.push(open);
      open = [];
    } else if (cells.length === layout.width && !isComment(line, cells, layout, open.length === 0)) open.push(cells);
  }
  return sentences;
}

const isDocument = (cells: Cells, { token }: Layout) => cells.slice(0, token + 2).includes("-DOCSTART-");

/** The comment mark that the first line shows. A row `# NN I-NP O` is a token, not a comment. */
function firstComment(row: string): string | undefined {
  if (/^##( |$)/.test(row)) return "## ";
  if (!/^#( |$)/.test(row)) return undefined;
  return spanTag.test(bySpaces(row).at(-1)!) ? undefined : "# ";
}

/** A comment stands between sentences with the file's mark; else, where a line with `#` has not the columns of a row. */
function isComment(row: string, cells: Cells, { width, tabs, comment }: Layout, between: boolean): boolean {
  if (comment !== undefined && between && (row.startsWith(comment) || row === comment.trimEnd())) return true;
  if (!row.startsWith("#")) return false;
  return (between && cells.length !== width) || (tabs && !row.includes("\t"));
}

function cellsOf(row: string, cells: Cells, layout: Layout, where: string): { token: string; tag: string } {
  const { width, tabs } = layout;
  if (cells.length !== width || width < 2) {
    fail({
      where,
      expected: width < 2 ? "at least 2 columns" : `${width} columns as in most rows`,
      received: `${cells.length} in ${JSON.stringify(row.slice(0, 60))}`,
      hint: `columns are separated by ${tabs ? "tabs" : "spaces"} here`,
      code: "data",
    });
  }
  const [token, tag] = [cells[layout.token], cells[layout.tag]];
  if (token === undefined || tag === undefined) {
    const column = token === undefined ? layout.token : layout.tag;
    fail({ where, expected: `a column ${column + 1}`, received: `${width} columns`, code: "data" });
  }
  if (token === "" || tag === "") {
    const what = token === "" ? "token" : "tag";
    fail({ where, problem: `the ${what} is empty in ${JSON.stringify(row)}`, code: "data" });
  }
  return { token, tag };
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

/** Blocks of rows between empty lines, where a column has few values. */
export const conllTags: RowFormat<TaggedReader> = {
  kinds: ["tagging"],
  names: ["conll"],
  reader({ source, recognized: { columns }, tokenColumn, tagColumn }) {
    const token = tokenColumn ?? columns?.token;
    const tag = tagColumn ?? columns?.tag;
    return conllReader({
      ...(source === undefined ? {} : { source }),
      ...(typeof token === "number" ? { tokenColumn: token } : {}),
      ...(typeof tag === "number" ? { tagColumn: tag } : {}),
    });
  },
  recognize: recognizeConll,
};

function recognizeConll({ lines, extension, whole }: Sample): Recognized | undefined {
  const named = /^(conll|iob2?|bio)$/.test(extension);
  const ending = lines.findLastIndex((line) => line.trim() === "");
  if (lines.length === 0 || (ending < 0 && !named)) return undefined;
  const blocks = ending < 0 || whole ? lines : lines.slice(0, ending);
  const layout = layoutOf(blocks, {});
  const { width } = layout;
  const sentences = sentencesIn(blocks, layout);
  const rows = sentences.reduce((sum, sentence) => sum + sentence.length, 0);
  const filled = blocks.filter((line) => line.trim() !== "" && !line.startsWith("#"));
  // Few rows may be faulty: the reader names their lines. More of them where the name leaves no doubt.
  if (width < 2 || rows < 2 || rows < filled.length * (named ? 0.5 : 0.95)) return undefined;
  const { token, tag } = conllColumns(sentences, width);
  const tokens = sentences.flat().map((cells) => cells[token]!);
  // A token has no spaces within; rows of texts and labels have, and empty lines between them are mere slips.
  if (tokens.filter((text) => /\S\s+\S/.test(text)).length * 10 > rows) return undefined;
  const tags = sentences.map((sentence) => sentence.map((cells) => cells[tag]!));
  const distinct = new Set(tags.flat()).size;
  if (distinct > Math.max(3, rows / 3)) return undefined;
  const { scheme, message: spans } = detectScheme(tags);
  // Without spans, prose of two words a line would look alike: ask for sentences of several tokens.
  if (scheme === "none" && !named && rows < sentences.length * 2) return undefined;
  const what = scheme === "none" ? plural(distinct, "tag") : spans;
  const part = whole ? "" : ", in its beginning";
  const unit = tokens.includes(" ") ? "character" : "token";
  const where = width > 2 ? `; token in column ${token + 1}, tag in column ${tag + 1}` : "";
  const message = `tags, one ${unit} a line (CoNLL): ${what}${part}${where}`;
  return { kind: "tagging", format: "conll", columns: { token, tag }, message };
}

// CoNLL-U (universaldependencies.org/format.html): ten tab-separated columns, `#` comments, one word a line.
import { fail } from "../../base/index.ts";
import type { RowFormat } from "./format.ts";
import { linesOf, type ReadOptions, warningLog } from "./lines.ts";
import {
  alignTokens,
  type Range,
  type TaggedData,
  type TaggedReader,
  type TaggedSentence,
  taggedReader,
} from "./tagged.ts";

export interface ConlluOptions extends ReadOptions {
  /** Which column is the tag. Default `upos`: the 17 universal parts of speech. */
  tag?: "upos" | "xpos" | "deprel" | "lemma";
}

const columns = { lemma: 2, upos: 3, xpos: 4, deprel: 7 } as const;

/**
 * Reads words and one column of tags. Multiword tokens (`3-4`) and empty nodes (`5.1`) are skipped: their words stand
 * in the lines after. `offsets` point into `# text`; the words of a multiword token share its place there where they
 * are not its letters (French "du" is the words "de" and "le").
 *
 * @throws UnrolledError with `file:line` where a row has not ten columns or its ID does not follow the one before
 *
 * @example
 * ```ts
 * const { sentences } = readConllu(await readText("en_ewt.conllu"));
 * ```
 */
export function readConllu(text: string | Iterable<string>, options: ConlluOptions = {}): TaggedData {
  const reader = readerOf(options, true);
  const sentences = [...reader.rows(linesOf(text))];
  return { sentences, source: options.source ?? "conllu", characters: false, warnings: reader.warnings() };
}

/** The same sentence by sentence, without `text` and `offsets`, so that files may stay on disk. */
export const conlluReader = (options: ConlluOptions = {}): TaggedReader => readerOf(options, false);

function readerOf({ source = "conllu", tag = "upos" }: ConlluOptions, withText: boolean): TaggedReader {
  const column = columns[tag];
  const warnings = warningLog();

  function close(open: Open): TaggedSentence {
    const { tokens, tags, start } = open;
    const sentence: TaggedSentence = { tokens, tags, line: start };
    const placed = withText ? place(open) : undefined;
    if (placed) Object.assign(sentence, placed);
    else if (withText && open.text !== undefined) warnings.add("the words do not match # text; no offsets", start);
    return sentence;
  }
  function* sentencesOf(lines: Iterable<string>): Generator<TaggedSentence> {
    let open: Open = newSentence();
    let line = 0;
    for (const row of lines) {
      line++;
      if (row.trim() === "") {
        if (open.tokens.length > 0) yield close(open);
        open = newSentence();
        continue;
      }
      if (row.startsWith("#")) {
        const match = /^# ?text ?= ?(.*)$/.exec(row);
        if (match) open.text = match[1]!;
        continue;
      }
      const cells = row.split("\t");
      const id = cells[0]!;
      if (cells.length !== 10) {
        fail({
          where: `${source}:${line}`,
          expected: "10 columns separated by tabs",
          received: `${cells.length} in ${JSON.stringify(row.slice(0, 60))}`,
          code: "data",
        });
      }
      if (/^\d+\.\d+$/.test(id)) continue;
      const multi = /^(\d+)-(\d+)$/.exec(id);
      if (multi) {
        open.surface.push({ form: cells[1]!, first: Number(multi[1]) - 1, last: Number(multi[2]) - 1 });
        continue;
      }
      if (id !== String(open.tokens.length + 1)) {
        fail({ where: `${source}:${line}`, expected: `ID ${open.tokens.length + 1}`, received: id, code: "data" });
      }
      const index = open.tokens.length;
      if (index === 0) open.start = line;
      if ((open.surface.at(-1)?.last ?? -1) < index) open.surface.push({ form: cells[1]!, first: index, last: index });
      open.tokens.push(cells[1]!);
      open.tags.push(cells[column]!);
      if (cells[column] === "_") warnings.add(`no ${tag} given ("_" is kept as a tag)`, line);
    }
    if (open.tokens.length > 0) yield close(open);
  }
  return taggedReader(source, sentencesOf, warnings, () => false);
}

interface Open {
  tokens: string[];
  tags: string[];
  start: number;
  text?: string;
  /** What is written in the text: a word, or several words in one. */
  surface: { form: string; first: number; last: number }[];
}

const newSentence = (): Open => ({ tokens: [], tags: [], start: 0, surface: [] });

/** The text and the words' places in it; without `# text` the words are joined by spaces. */
function place({ tokens, surface, text }: Open): { text: string; offsets: Range[] } | undefined {
  const whole = text ?? surface.map(({ form }) => form).join(" ");
  const places = alignTokens(
    whole,
    surface.map(({ form }) => form),
  );
  if (!places) return undefined;
  const offsets: Range[] = new Array(tokens.length);
  surface.forEach(({ form, first, last }, i) => {
    const [start, end] = places[i]!;
    const words = tokens.slice(first, last + 1);
    let at = start;
    const letters = words.join("") === form;
    words.forEach((word, j) => {
      offsets[first + j] = letters ? [at, at + word.length] : [start, end];
      at += word.length;
    });
  });
  return { text: whole, offsets };
}

export const conlluTags: RowFormat<TaggedReader> = {
  kinds: ["tagging"],
  names: ["conllu"],
  reader({ source = "conllu", tagColumn = "upos" }) {
    const name = typeof tagColumn === "number" ? numbered[tagColumn] : tagColumn;
    if (name !== undefined && name in columns) return conlluReader({ source, tag: name as keyof typeof columns });
    return fail({
      where: source,
      expected: `a tag column ${Object.keys(columns).join(", ")}`,
      received: String(tagColumn),
    });
  },
  recognize({ filled }) {
    const rows = filled.filter((line) => !line.startsWith("#")).slice(0, 50);
    const row = (line: string) => /^\d+([-.]\d+)?\t/.test(line) && line.split("\t").length === 10;
    if (rows.length === 0 || rows.filter(row).length < 0.9 * rows.length) return undefined;
    return { kind: "tagging", format: "conllu", message: "tags, one word a line (CoNLL-U): parts of speech" };
  },
};

const numbered = Object.fromEntries(Object.entries(columns).map(([name, place]) => [place, name]));

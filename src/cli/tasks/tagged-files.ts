// Files of tagged tokens, in whichever format.
import { fail } from "../../base/index.ts";
import {
  conllReader,
  conlluReader,
  describeWarning,
  type RowsOrList,
  readConll,
  readConllu,
  readTaggedJsonl,
  taggedJsonlReader,
} from "../../data/index.ts";
import type { Tagged } from "../../index.ts";
import { openRows } from "../../node/index.ts";
import type { Output } from "../output.ts";
import { recognizeFile, type SourceFile, textOf } from "../source.ts";
import { joinRows, staysOnDisk } from "./rows.ts";

export interface TaggedRows {
  sentences: RowsOrList<Tagged>;
  /** Tokens are characters. */
  characters: boolean;
}

const formats = {
  conll: { read: readConll, reader: conllReader },
  conllu: { read: readConllu, reader: conlluReader },
  jsonl: { read: readTaggedJsonl, reader: taggedJsonlReader },
} as const;

export interface TaggedFileOptions {
  stream?: boolean;
  /** Never from disk. */
  memory?: boolean;
  /** Columns of CoNLL files, from 1. */
  tokenColumn?: number;
  tagColumn?: number;
}

/** Opens tagged files, from disk where they are large, and reports what was left out. */
export async function openTagged(
  show: Output,
  files: readonly SourceFile[],
  { stream = false, memory = false, ...columns }: TaggedFileOptions = {},
): Promise<TaggedRows> {
  const streamed = !memory && staysOnDisk(files, { stream });
  const parts: RowsOrList<Tagged>[] = [];
  let characters = true;
  for (const file of files) {
    const { kind, format, message } = await recognizeFile(file);
    if (kind !== "tagging" || !Object.hasOwn(formats, format))
      return fail({ where: file.name, expected: "tagged tokens", received: message, code: "data" });
    const { read, reader } = formats[format as keyof typeof formats];
    const place = (column: number | undefined) => (column === undefined ? undefined : column - 1);
    const options = {
      source: file.name,
      ...(format === "conll" ? { tokenColumn: place(columns.tokenColumn), tagColumn: place(columns.tagColumn) } : {}),
    };
    if (streamed) {
      const lines = reader(options);
      const rows = await openRows(file.path, lines);
      parts.push(rows);
      characters &&= lines.characters();
      for (const warning of rows.warnings) show.warn(describeWarning(file.name, warning));
    } else {
      const data = read(await textOf(show, file), options);
      parts.push(data.sentences);
      characters &&= data.characters;
      for (const warning of data.warnings) show.warn(describeWarning(file.name, warning));
    }
  }
  return { sentences: joinRows(parts), characters };
}

/** The same in memory. */
export async function readTagged(
  show: Output,
  files: readonly SourceFile[],
  columns: Pick<TaggedFileOptions, "tokenColumn" | "tagColumn"> = {},
): Promise<{ sentences: Tagged[]; characters: boolean }> {
  const { sentences, characters } = await openTagged(show, files, { ...columns, memory: true });
  return { sentences: [...sentences], characters };
}

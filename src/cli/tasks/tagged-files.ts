// Files of tagged tokens, in whichever format.
import { fail } from "../../base/index.ts";
import {
  conllReader,
  conlluReader,
  describeWarning,
  isStreamed,
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

/** Opens tagged files, from disk where they are large, and reports what was left out. */
export async function openTagged(
  show: Output,
  files: readonly SourceFile[],
  { stream = false, memory = false }: { stream?: boolean; memory?: boolean } = {},
): Promise<TaggedRows> {
  const streamed = !memory && staysOnDisk(files, { stream });
  const parts: RowsOrList<Tagged>[] = [];
  let characters = true;
  for (const file of files) {
    const { kind, format, message } = await recognizeFile(file);
    if (kind !== "tagging" || !Object.hasOwn(formats, format))
      return fail({ where: file.name, expected: "tagged tokens", received: message, code: "data" });
    const { read, reader } = formats[format as keyof typeof formats];
    const options = { source: file.name };
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
): Promise<{ sentences: Tagged[]; characters: boolean }> {
  const { sentences, characters } = await openTagged(show, files, { memory: true });
  return { sentences: isStreamed(sentences) ? [...sentences] : [...sentences], characters };
}

// The registry of data formats: a new format is one file and one line here.
import { fail } from "../../base/index.ts";
import { abcTunes, choraleSteps, type MusicData, midiFile } from "../music/formats.ts";
import type { SeriesData } from "../series/read-series.ts";
import { seriesTable } from "../series/series-table.ts";
import { conllTags } from "./conll.ts";
import { conlluTags } from "./conllu.ts";
import {
  type DataFormat,
  type DataKind,
  type FormatOptions,
  type Recognized,
  type RowFormat,
  sampleOf,
  type WholeFormat,
} from "./format.ts";
import { type LabeledText, labeledJsonl, labeledTable, labelFirstLines } from "./labeled.ts";
import { pairJsonl, pairTable, type TextPair } from "./pairs.ts";
import type { RowReader } from "./reader.ts";
import { scanLines } from "./scan.ts";
import { taggedJsonl } from "./spans.ts";
import { tagLines } from "./tag-lines.ts";
import type { TaggedReader } from "./tagged.ts";
import { labeledLines, plainText, type TextRow, textJsonl } from "./text.ts";

/** What reads the rows of each kind of data, one by one. */
export interface RowReaders {
  classification: RowReader<LabeledText>;
  regression: RowReader<LabeledText>;
  tagging: TaggedReader;
  pairs: RowReader<TextPair>;
  text: RowReader<TextRow>;
}

/** What a file of the other kinds gives as a whole. */
export interface WholeData {
  series: SeriesData;
  music: MusicData;
}

export type AnyFormat = RowFormat<RowReaders[keyof RowReaders]> | WholeFormat<WholeData[keyof WholeData]>;

/** All formats. The first that recognizes a file reads it, so special ones stand before general ones. */
export const formats: readonly AnyFormat[] = [
  midiFile,
  choraleSteps,
  taggedJsonl,
  pairJsonl,
  labeledJsonl,
  textJsonl,
  abcTunes,
  scanLines,
  conlluTags,
  conllTags,
  tagLines,
  seriesTable,
  pairTable,
  labeledTable,
  labelFirstLines,
  labeledLines,
  plainText,
];

/**
 * Recognizes a file from its beginning (200,000 characters) and, in doubt, from its name. Text that is nothing else is plain
 * text; this never throws.
 */
export function recognize(content: string | Uint8Array, fileName = ""): Recognized {
  const sample = sampleOf(content, fileName);
  for (const format of formats) {
    const found = format.recognize(sample);
    if (found) return sample.separator && found.separator === undefined ? { ...found, separator: ";" } : found;
  }
  return { kind: "text", format: "text", message: "plain text" };
}

function formatFor(kind: DataKind, name: DataFormat, where: string): AnyFormat {
  const found = formats.find((format) => format.kinds.includes(kind) && format.names.includes(name));
  if (found) return found;
  const names = formats.filter(({ kinds }) => kinds.includes(kind)).flatMap((format) => format.names);
  return fail({
    where,
    expected: `${kindNames[kind]} (${[...new Set(names)].join(", ")})`,
    received: name === "text" ? "plain text" : name,
    code: "data",
  });
}

/** What each kind of data is called in messages. */
export const kindNames: Readonly<Record<DataKind, string>> = {
  classification: "texts with labels",
  regression: "texts with numbers",
  tagging: "tags of tokens",
  pairs: "pairs of texts",
  series: "series of numbers",
  text: "a text",
  music: "music",
};

/**
 * The reader of a file's rows as `kind`, whatever kind it was recognized as.
 * @throws UnrolledError where no format of that kind reads such a file
 */
export function rowReader<K extends keyof RowReaders>(kind: K, options: FormatOptions): RowReaders[K] {
  const format = formatFor(kind, options.recognized.format, options.source ?? "data") as RowFormat<RowReaders[K]>;
  return format.reader(options);
}

/** Reads a whole file of series or music. @throws UnrolledError with `file:line` */
export function readWhole<K extends keyof WholeData>(kind: K, bytes: Uint8Array, options: FormatOptions): WholeData[K] {
  const format = formatFor(kind, options.recognized.format, options.source ?? "data") as WholeFormat<WholeData[K]>;
  return format.read(bytes, options);
}

// From files to data that can be trained on: found, read once, recognized, and opened as rows, series, music or text.
import { createHash } from "node:crypto";
import { fail } from "../base/index.ts";
import {
  type DataKind,
  type FormatOptions,
  inBlocks,
  isStreamed,
  kindNames,
  type LabeledText,
  type MusicData,
  type ReadWarning,
  type Recognized,
  type RowReader,
  type RowReaders,
  type Rows,
  type RowsOrList,
  readWhole,
  recognize,
  rowReader,
  type SeriesData,
  type TaggedSentence,
  type TextPair,
} from "../data/index.ts";
import { fileLines } from "./file-lines.ts";
import { openParallel, sourceRows } from "./file-rows.ts";
import { describeSkipped, findTextFiles } from "./find-files.ts";
import { openSource, type Source, type SourceOptions } from "./source.ts";
import { type TextFiles, textFiles } from "./text-source.ts";

/** Files of more bytes than this are read from disk while training; rows in memory take several times their file. */
const mostInMemory = 16 * 2 ** 20;

export interface OpenDataOptions extends Omit<FormatOptions, "recognized" | "source">, SourceOptions {
  /** What to read the files as. Default: what the first is recognized as. */
  kind?: DataKind;
  /** Keep rows on disk, whatever their size; by default above 16 MiB. The rows are the same. */
  stream?: boolean;
}

/** What is known of any data. */
export interface OpenedFiles {
  /** All files, as they were found. */
  files: readonly string[];
  /** What the first one is. */
  recognized: Recognized;
  /** What the user should know: an encoding that was converted, files and columns that were left out, rows put in order. */
  notes: readonly string[];
  /** Rows that were left out or mended, by file: for `describeWarning`. */
  warnings: readonly { source: string; warning: ReadWarning }[];
  /** SHA-256 of all bytes in order: whether a resumed run reads the same data. */
  fingerprint(): string;
  /** Whether the files can be opened again: not so for pipes. */
  repeatable: boolean;
  /** Closes files and removes temporary ones. */
  close(): void;
}

export type OpenedData = OpenedFiles &
  (
    | { kind: "classification" | "regression"; rows: RowsOrList<LabeledText> }
    | { kind: "tagging"; rows: RowsOrList<TaggedSentence>; characters: boolean }
    | { kind: "pairs"; rows: RowsOrList<TextPair> }
    | { kind: "series"; series: SeriesData }
    | { kind: "music"; music: MusicData }
    | { kind: "text"; text: TextFiles }
  );

/**
 * Opens files, folders, patterns or standard input (`-`) as data of one kind. Several files are read one after another, as
 * if they were one; of series there can be only one. With `kind: "pairs"`, two files of plain text are parallel: line n of
 * one belongs to line n of the other. With `kind: "classification"`, lists of names are labeled by their files' names.
 *
 * @throws UnrolledError with code "file" (see {@link openSource}) or "data", with `file:line`
 */
export async function openData(patterns: readonly string[], options: OpenDataOptions = {}): Promise<OpenedData> {
  const { files, skipped } = await findTextFiles(patterns);
  const sources: Source[] = [];
  try {
    for (const file of files) sources.push(await openSource(file, options));
    const first = sources[0];
    if (!first) fail({ where: patterns.join(" "), expected: "files", received: "none", code: "file" });
    for (const { path, size } of sources)
      if (size === 0) fail({ where: path, expected: "a text", received: "an empty file", code: "file" });
    const recognized = recognizeSource(first);
    const kind = options.kind ?? recognized.kind;
    const notes = [
      ...sources.flatMap((one) => one.notes.map((note) => `${one.path}: ${note}`)),
      describeSkipped(skipped),
    ];
    const common = {
      files,
      recognized,
      fingerprint: () => fingerprintOf(sources),
      repeatable: sources.every(({ repeatable }) => repeatable),
      close() {
        for (const source of sources) source.close();
      },
    };
    const data = await read(kind, sources, recognized, options);
    const more = "series" in data && data.series ? data.series.notes.map((note) => `${first.path}: ${note}`) : [];
    return { ...common, ...data, notes: [...notes, ...more].filter((note) => note !== "") } as OpenedData;
  } catch (error) {
    for (const source of sources) source.close();
    throw error;
  }
}

/** Recognizes a file from its beginning. */
export const recognizeSource = (source: Source): Recognized =>
  recognize(Uint8Array.from(source.read(0, Math.min(source.size, 500_000))), source.path);

function fingerprintOf(sources: readonly Source[]): string {
  if (sources.length === 1) return sources[0]!.sha256();
  const hash = createHash("sha256");
  for (const source of sources) hash.update(source.sha256());
  return hash.digest("hex");
}

type Warnings = { source: string; warning: ReadWarning }[];

async function read(kind: DataKind, sources: readonly Source[], first: Recognized, options: OpenDataOptions) {
  if (kind === "text") return { kind, text: textFiles(sources, first, options.textColumn), warnings: [] as Warnings };
  if (kind === "series") {
    const source = one(sources, kind);
    const series = readWhole(kind, bytesOf(source), { ...options, source: source.path, recognized: first });
    return { kind, series, warnings: warned(source.path, series.warnings) };
  }
  if (kind === "music") {
    const all = sources.map((source) => ({
      source: source.path,
      ...readWhole(kind, bytesOf(source), { ...options, source: source.path, recognized: recognizeSource(source) }),
    }));
    const music: MusicData = {
      tunes: all.flatMap(({ tunes }) => tunes),
      steps: {
        train: all.flatMap(({ steps }) => steps.train),
        valid: all.flatMap(({ steps }) => steps.valid),
        test: all.flatMap(({ steps }) => steps.test),
      },
      warnings: all.flatMap(({ warnings }) => warnings),
    };
    return { kind, music, warnings: all.flatMap(({ source, warnings }) => warned(source, warnings)) };
  }
  if (kind === "pairs" && sources.length === 2 && sources.every((source) => recognizeSource(source).kind !== "pairs")) {
    const { pairs, source, warnings } = await openParallel(sources.map(({ path }) => path) as [string, string]);
    return { kind, rows: staysOnDisk(sources, options) ? pairs : [...pairs], warnings: warned(source, warnings) };
  }
  return rowsOf(kind, sources, options);
}

const staysOnDisk = (sources: readonly Source[], { stream }: OpenDataOptions): boolean =>
  stream ?? sources.reduce((sum, { size }) => sum + size, 0) > mostInMemory;

function rowsOf<K extends keyof RowReaders>(kind: K, sources: readonly Source[], options: OpenDataOptions) {
  const streamed = staysOnDisk(sources, options);
  let characters = false;
  const warnings: Warnings = [];
  const parts = sources.map((source) => {
    const recognized = recognizeSource(source);
    const reader = rowReader(kind, { ...options, source: source.path, recognized });
    const own = reader as RowReader<object>;
    const rows: RowsOrList<object> = streamed ? sourceRows(source, own) : [...own.rows(textsOf(source))];
    warnings.push(...warned(source.path, reader.warnings()));
    if ("characters" in reader) characters ||= reader.characters();
    return rows;
  });
  const rows =
    parts.length === 1 ? parts[0]! : parts.some(isStreamed) ? joinRows(parts as Rows<object>[]) : parts.flat();
  if (rows.length === 0)
    fail({
      where: sources.map(({ path }) => path).join(" "),
      expected: kindNames[kind],
      received: "none",
      code: "data",
    });
  return { kind, rows, characters, warnings };
}

function* textsOf(source: Source): Generator<string> {
  for (const { text } of fileLines(source)) yield text;
}

/** Rows of several files after one another. */
function joinRows<Row>(parts: readonly Rows<Row>[]): Rows<Row> {
  const ends: number[] = [];
  for (const part of parts) ends.push((ends.at(-1) ?? 0) + part.length);
  const length = ends.at(-1) ?? 0;
  const read = (places: ArrayLike<number>): Row[] => {
    const found = new Array<Row>(places.length);
    parts.forEach((part, i) => {
      const start = ends[i]! - part.length;
      const own = Array.from(places, (place, at) => ({ place, at })).filter(
        ({ place }) => place >= start && place < ends[i]!,
      );
      const rows = part.read(own.map(({ place }) => place - start));
      own.forEach(({ at }, k) => {
        found[at] = rows[k]!;
      });
    });
    return found;
  };
  return { length, read, [Symbol.iterator]: () => inBlocks({ length, read }) };
}

const warned = (source: string, warnings: readonly ReadWarning[]): Warnings =>
  warnings.map((warning) => ({ source, warning }));

function one(sources: readonly Source[], kind: DataKind): Source {
  if (sources.length === 1) return sources[0]!;
  return fail({
    where: sources
      .map(({ path }) => path)
      .slice(0, 3)
      .join(" "),
    expected: `one file with ${kindNames[kind]}`,
    received: String(sources.length),
    code: "data",
  });
}

/** All bytes of a file that must be read as a whole. */
function bytesOf({ path, size, read: bytes }: Source): Uint8Array {
  if (size > 2 ** 29 - 24)
    fail({ where: path, problem: "the file is over 512 MiB", hint: "train on a part of it", code: "file" });
  return bytes(0, size);
}

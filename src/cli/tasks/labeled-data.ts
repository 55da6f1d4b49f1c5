// Files of texts with labels or numbers: read, joined, split; and a tokenizer for them.
import {
  bpeTokenizer,
  charTokenizer,
  describeWarning,
  type LabeledData,
  type LabeledOptions,
  type LabeledText,
  labeledReader,
  linesOf,
  type Recognized,
  type RowsOrList,
  readLabeled,
  type Tokenizer,
  wordTokenizer,
} from "../../data/index.ts";
import { openRows } from "../../node/index.ts";
import type { Output } from "../output.ts";
import { filesOf, isFile, recognizeFile, type SourceFile, textOf } from "../source.ts";
import { drawValidation, joinRows, staysOnDisk, textsToLearnFrom } from "./rows.ts";

export interface LabeledFileOptions {
  /** What the first file is; looked up if absent. */
  recognized?: Recognized;
  /** A column's name, or its number from 1. */
  textColumn?: string;
  labelColumn?: string;
  stream?: boolean;
  /** Keep rows without a text: they count in a measure. */
  keepEmpty: boolean;
  numeric: boolean;
}

/** Opens files of texts with labels, from disk where they are large, and reports what was left out. */
export async function openLabeled(
  show: Output,
  files: readonly SourceFile[],
  options: LabeledFileOptions,
): Promise<LabeledData> {
  const streamed = staysOnDisk(files, options);
  const parts: RowsOrList<LabeledText>[] = [];
  for (const [i, file] of files.entries()) {
    const reading = await readerOptions(file, { ...options, recognized: i === 0 ? options.recognized : undefined });
    const rows = streamed
      ? await openRows(file.path, labeledReader(reading))
      : readLabeled(await textOf(show, file), reading);
    for (const warning of rows.warnings) show.warn(describeWarning(file.name, warning));
    parts.push("rows" in rows ? rows.rows : rows);
  }
  return { rows: joinRows(parts), source: files.map(({ name }) => name).join(", ") };
}

/** The same in memory. */
export async function readRows(
  show: Output,
  files: readonly SourceFile[],
  options: LabeledFileOptions,
): Promise<LabeledData & { rows: LabeledText[] }> {
  const { rows, source } = await openLabeled(show, files, { ...options, stream: false });
  return { rows: [...rows], source };
}

/** `--text-column` and `--label-column` override the columns that were recognized. */
async function readerOptions(file: SourceFile, options: LabeledFileOptions): Promise<LabeledOptions> {
  const found = options.recognized ?? (await recognizeFile(file));
  const named = (text: string | undefined) =>
    text !== undefined && found.format !== "jsonl" && /^\d+$/.test(text) ? Number(text) - 1 : text;
  const [text, label] = [named(options.textColumn), named(options.labelColumn)];
  const columns = {
    ...found.columns,
    ...(text === undefined ? {} : { text }),
    ...(label === undefined ? {} : { label }),
  };
  return {
    source: file.name,
    recognized: { ...found, columns },
    keepEmpty: options.keepEmpty,
    numeric: options.numeric,
  };
}

/** Rows for training and for validation. */
export function partRows(
  { rows, source = "data" }: LabeledData,
  fraction: number,
  seed: number,
): [LabeledData, (LabeledData & { rows: LabeledText[] }) | undefined] {
  const [train, held] = drawValidation(rows, fraction, { seed, source });
  return [{ rows: train, source }, held && { rows: held, source }];
}

export const tokenKinds = ["char", "grapheme", "word", "subword"] as const;
export type TokenKind = (typeof tokenKinds)[number];

/** Subwords by default: they cover every text of known characters, whatever its script and spacing. */
export function fitTokenizer(
  rows: RowsOrList<LabeledText>,
  { tokens = "subword", vocabulary }: { tokens?: TokenKind; vocabulary?: number },
  { known, lowercase }: { known?: readonly string[]; lowercase?: boolean } = {},
): Tokenizer {
  const specials = ["pad", "unk"] as const;
  // A character seen once or twice in many rows becomes <unk>, so that <unk> is trained too.
  const minCount = rows.length >= 1000 ? 3 : 1;
  const texts = textsToLearnFrom(rows, ({ text }) => text);
  if (tokens === "word")
    return wordTokenizer.fit(texts, {
      specials,
      minCount: Math.min(2, minCount),
      maxSize: vocabulary,
      known,
      lowercase,
    });
  if (tokens === "subword") return bpeTokenizer.fit(texts, { specials, minCount, merges: vocabulary ?? 8000 });
  return charTokenizer.fit(texts, { specials, minCount, unit: tokens === "char" ? "codePoint" : "grapheme" });
}

/** Texts to predict from: those given, and the rows or lines of files, with their labels if they have any. */
export async function textsIn(show: Output, inputs: readonly string[]): Promise<{ text: string; label?: string }[]> {
  const found: { text: string; label?: string }[] = [];
  for (const input of inputs) {
    // What looks like the name of a file is one: a typo must not become a text.
    if (!isFile(input)) found.push({ text: input });
    else
      for (const file of await filesOf(show, [input])) {
        const recognized = await recognizeFile(file);
        const content = await textOf(show, file);
        if (recognized.kind === "classification" || recognized.kind === "regression")
          found.push(...readLabeled(content, { source: file.name, recognized, keepEmpty: true }).rows);
        else for (const text of linesOf(content)) found.push({ text });
      }
  }
  return found;
}

/** Texts to predict from: those given, and the lines of files. */
export async function linesIn(show: Output, inputs: readonly string[]): Promise<string[]> {
  const texts: string[] = [];
  for (const input of inputs)
    if (!isFile(input)) texts.push(input);
    else for (const file of await filesOf(show, [input])) texts.push(...linesOf(await textOf(show, file)));
  return texts;
}

// Labeled files for the command line: read, parted, described.
import {
  bpeTokenizer,
  charTokenizer,
  describeWarning,
  type LabeledData,
  type LabeledOptions,
  type LabeledText,
  labeledReader,
  type Recognized,
  type RowsOrList,
  readLabeled,
  type Tokenizer,
  wordTokenizer,
} from "../../data/index.ts";
import { openRows, readText } from "../../node/index.ts";
import type { TrainFlags } from "../commands/train.ts";
import type { Host } from "../host.ts";
import { recognizeFile } from "./recognized.ts";
import { drawValidation, staysOnDisk, textsToLearnFrom } from "./stream.ts";

interface ReadRowOptions {
  recognized?: Recognized;
  flags?: Pick<TrainFlags, "textColumn" | "labelColumn" | "stream">;
  keepEmpty: boolean;
  numeric: boolean;
}

/** Reads a file of texts with labels, and says what it left out. `--text-column` and `--label-column` have the last word on the columns. */
export async function readRows(
  host: Host,
  file: string,
  options: ReadRowOptions,
): Promise<Required<LabeledData> & { rows: LabeledText[] }> {
  const data = readLabeled(await readText(file), await readerOptions(file, options));
  for (const warning of data.warnings) host.err(`warning: ${describeWarning(file, warning)}\n`);
  return data;
}

/** The same, from disk where the file is large. */
export async function openLabeled(host: Host, file: string, options: ReadRowOptions): Promise<LabeledData> {
  if (!staysOnDisk([file], options.flags ?? {})) return readRows(host, file, options);
  const rows = await openRows(file, labeledReader(await readerOptions(file, options)));
  for (const warning of rows.warnings) host.err(`warning: ${describeWarning(file, warning)}\n`);
  return { rows, source: file };
}

async function readerOptions(
  file: string,
  { recognized, flags, keepEmpty, numeric }: ReadRowOptions,
): Promise<LabeledOptions> {
  const found = recognized ?? (await recognizeFile(file, undefined)).recognized;
  const named = (text: string | undefined) =>
    text === undefined ? undefined : found.format !== "jsonl" && /^\d+$/.test(text) ? Number(text) - 1 : text;
  const [text, label] = [named(flags?.textColumn), named(flags?.labelColumn)];
  const columns = {
    ...found.columns,
    ...(text === undefined ? {} : { text }),
    ...(label === undefined ? {} : { label }),
  };
  return { source: file, recognized: { ...found, columns }, keepEmpty, numeric };
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

/** Subwords unless told otherwise: they know every text of known characters, whatever its script and its spaces. */
export function fitTokenizer(
  rows: RowsOrList<LabeledText>,
  { tokens = "subword", vocabulary }: Pick<TrainFlags, "tokens" | "vocabulary">,
  { known, lowercase }: { known?: readonly string[]; lowercase?: boolean } = {},
): Tokenizer {
  const specials = ["pad", "unk"] as const;
  // A character seen once or twice in many rows is left to <unk>, so that <unk> is trained too.
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

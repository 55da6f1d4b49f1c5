// Labelled files for the command line: read, parted, described.
import { fail, foldIn, random, randomKey } from "../../base/index.ts";
import {
  bpeTokenizer,
  charTokenizer,
  describeWarning,
  type LabelledData,
  type LabelledText,
  type Recognised,
  readLabelled,
  type Tokenizer,
  wordTokenizer,
} from "../../data/index.ts";
import { readText } from "../../node/index.ts";
import type { TrainFlags } from "../commands/train.ts";
import type { Host } from "../host.ts";
import { recogniseFile } from "./recognised.ts";

/** Reads a file of texts with labels, and says what it left out. `--text-column` and `--label-column` have the last word on the columns. */
export async function readRows(
  host: Host,
  file: string,
  {
    recognised,
    flags,
    keepEmpty,
    numeric,
  }: { recognised?: Recognised; flags?: TrainFlags; keepEmpty: boolean; numeric: boolean },
): Promise<Required<LabelledData>> {
  const found = recognised ?? (await recogniseFile(file, undefined)).recognised;
  const named = (text: string | undefined) =>
    text === undefined ? undefined : found.format !== "jsonl" && /^\d+$/.test(text) ? Number(text) - 1 : text;
  const [text, label] = [named(flags?.textColumn), named(flags?.labelColumn)];
  const columns = {
    ...found.columns,
    ...(text === undefined ? {} : { text }),
    ...(label === undefined ? {} : { label }),
  };
  const data = readLabelled(await readText(file), {
    source: file,
    recognised: { ...found, columns },
    keepEmpty,
    numeric,
  });
  for (const warning of data.warnings) host.err(`warning: ${describeWarning(file, warning)}\n`);
  return data;
}

/** Rows for training and for validation, which are drawn: lists are often sorted by label. */
export function partRows(
  { rows, source }: Required<LabelledData>,
  fraction: number,
  seed: number,
): [LabelledData, LabelledData | undefined] {
  if (fraction === 0) return [{ rows, source }, undefined];
  const order = Int32Array.from({ length: rows.length }, (_, i) => i);
  random(foldIn(randomKey(seed), "valid")).shuffle(order);
  const held = new Set(order.subarray(0, Math.max(1, Math.round(rows.length * fraction))));
  const part = (inside: boolean): LabelledText[] => rows.filter((_, i) => held.has(i) === inside);
  if (held.size === rows.length) {
    const hint = "give more rows, or --valid 0";
    fail({ where: source, expected: "two or more rows", received: String(rows.length), hint, code: "data" });
  }
  return [
    { rows: part(false), source },
    { rows: part(true), source },
  ];
}

/** Subwords unless told otherwise: they know every text of known characters, whatever its script and its spaces. */
export function fitTokenizer(texts: readonly string[], { tokens = "subword", vocabulary }: TrainFlags): Tokenizer {
  const specials = ["pad", "unk"] as const;
  // A character seen once or twice in many rows is left to <unk>, so that <unk> is trained too.
  const minCount = texts.length >= 1000 ? 3 : 1;
  if (tokens === "word")
    return wordTokenizer.fit(texts, { specials, minCount: Math.min(2, minCount), maxSize: vocabulary });
  if (tokens === "subword") return bpeTokenizer.fit(texts, { specials, minCount, merges: vocabulary ?? 8000 });
  return charTokenizer.fit(texts, { specials, minCount, unit: tokens === "char" ? "codePoint" : "grapheme" });
}

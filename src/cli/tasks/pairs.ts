// Pairs of texts for the command line: two parallel files, or one of pairs; and the tokenizers for them.
import { fail, foldIn, random, randomKey } from "../../base/index.ts";
import {
  bpeTokenizer,
  charTokenizer,
  describeWarning,
  type PairData,
  type Recognised,
  readJsonl,
  readPairs,
  readParallel,
  readScan,
  recognise,
  type Tokenizer,
  toy,
  warningLog,
  wordTokenizer,
} from "../../data/index.ts";
import { readText } from "../../node/index.ts";
import type { Tokenizers, Translation } from "../../tasks/index.ts";
import type { TrainFlags } from "../commands/train.ts";
import type { Host } from "../host.ts";

/** What `--toy` gives in place of a file name. */
const toyPrefix = "toy:";
export const toyFile = (spec: string): string => toyPrefix + spec;
export const isToy = (file: string): boolean => file.startsWith(toyPrefix);
const toySize = { train: 10_000, held: 500 };

/** Reads one file of pairs, or two whose lines belong together, and says what it left out. */
export async function readPairFiles(host: Host, files: readonly string[]): Promise<PairData> {
  if (files.length > 2)
    fail({ where: "train", expected: "one file of pairs, or two parallel files", received: `${files.length}` });
  const texts = await Promise.all(files.map((file) => readText(file)));
  const data = texts.length === 2 ? parallel(files, texts) : onePairFile(files[0]!, texts[0]!);
  for (const warning of data.warnings) host.err(`warning: ${describeWarning(data.source, warning)}\n`);
  if (data.pairs.length === 0) fail({ where: data.source, expected: "pairs", received: "none", code: "data" });
  return data;
}

const parallel = (files: readonly string[], texts: readonly string[]) =>
  readParallel(texts[0]!, texts[1]!, { names: files as [string, string] });

function onePairFile(source: string, text: string): PairData {
  const found = recognise(text, source);
  if (found.kind !== "pairs" && !text.includes("\t"))
    fail({ where: source, expected: "pairs of texts", received: found.message, code: "data" });
  if (found.format === "scan") return readScan(text, { source });
  if (found.format === "jsonl") return jsonPairs(source, text, found);
  const { source: sourceColumn = 0, target: targetColumn = 1 } = found.columns ?? {};
  return readPairs(text, { source, sourceColumn: Number(sourceColumn), targetColumn: Number(targetColumn) });
}

/** A field may be a list: of the sentences of a source, or of several targets, of which the first is taken. */
function jsonPairs(source: string, text: string, { columns = {} }: Recognised): PairData {
  const rows = readJsonl(text, { source });
  const log = warningLog();
  const field = (value: unknown, side: "source" | "target"): string => {
    if (!Array.isArray(value)) return typeof value === "string" ? value : "";
    return side === "source" ? value.join(" ") : String(value[0] ?? "");
  };
  const pairs = rows.map(({ value, line }) => ({
    source: field(value[String(columns.source)], "source").trim(),
    target: field(value[String(columns.target)], "target").trim(),
    line,
  }));
  for (const { source: a, target: b, line } of pairs)
    if (!a || !b) log.add("a pair with an empty side was left out", line);
  return { pairs: pairs.filter(({ source: a, target: b }) => a && b), source, warnings: log.list() };
}

/** The pairs of a toy. */
export function toyPairs(file: string, seed: number): { train: Translation[]; held: Translation[] } {
  const made = toy(file.slice(toyPrefix.length), { seed });
  if (made.kind !== "pairs")
    return fail({ where: `--toy ${made.spec}`, expected: "a toy of pairs: dates", received: made.kind });
  const some = (from: number, count: number) => Array.from({ length: count }, (_, n) => made.sample(from + n));
  return { train: some(0, toySize.train), held: some(toySize.train, toySize.held) };
}

/** Pairs for training and validation. They are drawn by source, so that no source stands on both sides. */
export function partPairs<Pair extends Translation>(
  pairs: readonly Pair[],
  fraction: number,
  seed: number,
): [Pair[], Pair[]] {
  const sources = [...new Set(pairs.map(({ source }) => source))];
  const order = Int32Array.from({ length: sources.length }, (_, i) => i);
  random(foldIn(randomKey(seed), "valid")).shuffle(order);
  // A thousand are enough to tell one step from another.
  const count = Math.min(1000, Math.round(sources.length * fraction));
  const held = new Set(Array.from(order.subarray(0, count), (i) => sources[i]!));
  return [pairs.filter(({ source }) => !held.has(source)), pairs.filter(({ source }) => held.has(source))];
}

/**
 * Subwords of both sides together; characters or words for each side apart. What a corpus of this size can teach: a
 * merge for every eight pairs, from 500 to 4,000.
 */
export function pairTokenizers(
  pairs: readonly Translation[],
  { tokens = "subword", vocabulary }: Pick<TrainFlags, "tokens" | "vocabulary">,
  /** Of word vectors of the source. */
  { known, lowercase }: { known?: readonly string[]; lowercase?: boolean } = {},
): Tokenizer | Tokenizers {
  const texts = { source: pairs.map(({ source }) => source), target: pairs.map(({ target }) => target) };
  const minCount = pairs.length >= 5000 ? 2 : 1;
  if (tokens === "subword") {
    const merges = vocabulary ?? Math.max(500, Math.min(4000, Math.round(pairs.length / 8)));
    return bpeTokenizer.fit([...texts.source, ...texts.target], { merges, minCount });
  }
  const specials = ["pad", "bos", "eos", "unk"] as const;
  const learn = (side: readonly string[], more: { known?: readonly string[]; lowercase?: boolean } = {}): Tokenizer =>
    tokens === "word"
      ? wordTokenizer.fit(side, { specials, minCount, maxSize: vocabulary, ...more })
      : charTokenizer.fit(side, { specials, unit: tokens === "grapheme" ? "grapheme" : "codePoint" });
  return { source: learn(texts.source, { known, lowercase }), target: learn(texts.target) };
}

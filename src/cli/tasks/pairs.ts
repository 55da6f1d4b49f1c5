// Pairs of texts for the command line: two parallel files, or one of pairs; and the tokenizers for them.
import { fail, foldIn, randomKey } from "../../base/index.ts";
import {
  bpeTokenizer,
  charTokenizer,
  describeWarning,
  jsonPairReader,
  linesOf,
  type PairData,
  pairData,
  type ReadWarning,
  type Recognized,
  type RowReader,
  type RowsOrList,
  readParallel,
  recognize,
  scanReader,
  selectRows,
  type TextPair,
  type Tokenizer,
  tablePairReader,
  toy,
  withoutRows,
  wordTokenizer,
} from "../../data/index.ts";
import { openParallel, openRows, readText } from "../../node/index.ts";
import type { Tokenizers, Translation } from "../../tasks/index.ts";
import type { TrainFlags } from "../commands/train.ts";
import type { Host } from "../host.ts";
import { recognizeFile } from "./recognized.ts";
import { staysOnDisk, textsToLearnFrom } from "./stream.ts";

/** What `--toy` gives in place of a file name. */
const toyPrefix = "toy:";
export const toyFile = (spec: string): string => toyPrefix + spec;
export const isToy = (file: string): boolean => file.startsWith(toyPrefix);
const toySize = { train: 10_000, held: 500 };

/** Reads one file of pairs, or two whose lines belong together, and says what it left out. */
export async function readPairFiles(host: Host, files: readonly string[]): Promise<PairData> {
  checkCount(files);
  const texts = await Promise.all(files.map((file) => readText(file)));
  const data =
    texts.length === 2
      ? readParallel(texts[0]!, texts[1]!, { names: files as [string, string] })
      : pairData(readerFor(files[0]!, recognize(texts[0]!, files[0]!)), linesOf(texts[0]!), files[0]!);
  return told(host, data);
}

/** The same, from disk where the files are large. */
export async function openPairFiles(
  host: Host,
  files: readonly string[],
  flags: Pick<TrainFlags, "stream">,
): Promise<{ pairs: RowsOrList<Translation>; source: string }> {
  checkCount(files);
  if (!staysOnDisk(files, flags)) return readPairFiles(host, files);
  if (files.length === 2) return told(host, await openParallel(files as [string, string]));
  const file = files[0]!;
  const pairs = await openRows(file, readerFor(file, (await recognizeFile(file, undefined)).recognized));
  return told(host, { pairs, source: file, warnings: pairs.warnings });
}

function checkCount(files: readonly string[]): void {
  if (files.length > 2)
    fail({ where: "train", expected: "one file of pairs, or two parallel files", received: `${files.length}` });
}

function told<Data extends { pairs: { length: number }; source: string; warnings: readonly ReadWarning[] }>(
  host: Host,
  data: Data,
): Data {
  for (const warning of data.warnings) host.err(`warning: ${describeWarning(data.source, warning)}\n`);
  if (data.pairs.length === 0) fail({ where: data.source, expected: "pairs", received: "none", code: "data" });
  return data;
}

function readerFor(source: string, found: Recognized): RowReader<TextPair> {
  const { format, separator, columns = {} } = found;
  if (format === "scan") return scanReader({ source });
  if (found.kind === "pairs" && format === "jsonl")
    return jsonPairReader({ source, columns: { source: String(columns.source), target: String(columns.target) } });
  if (found.kind !== "pairs" && separator !== "\t")
    fail({ where: source, expected: "pairs of texts", received: found.message, code: "data" });
  const [sourceColumn, targetColumn] =
    found.kind === "pairs" ? [Number(columns.source ?? 0), Number(columns.target ?? 1)] : [0, 1];
  return tablePairReader({ source, sourceColumn, targetColumn, separator });
}

/** The pairs of a toy. */
export function toyPairs(file: string, seed: number): { train: Translation[]; held: Translation[] } {
  const made = toy(file.slice(toyPrefix.length), { seed });
  if (made.kind !== "pairs")
    return fail({ where: `--toy ${made.spec}`, expected: "a toy of pairs: dates", received: made.kind });
  const some = (from: number, count: number) => Array.from({ length: count }, (_, n) => made.sample(from + n));
  return { train: some(0, toySize.train), held: some(toySize.train, toySize.held) };
}

/** A thousand are enough to tell one step from another. */
const mostHeld = 1000;

/**
 * Pairs for training and validation. They are drawn by source, so that no source stands on both sides: those whose
 * sources have the lowest hashes.
 */
export function partPairs<Pair extends Translation>(
  pairs: RowsOrList<Pair>,
  fraction: number,
  seed: number,
): [RowsOrList<Pair>, Pair[]] {
  const key = foldIn(randomKey(seed), "valid");
  const hashOf = ({ source }: Translation) => foldIn(key, source)[0]! >>> 0;
  // Of a corpus without end only the lowest are kept: as many as make a thousand by the fraction.
  const enough = Math.ceil(mostHeld / Math.max(fraction, 1e-3));
  let hashes = new Set<number>();
  let highest = Infinity;
  const sorted = () => [...hashes].sort((a, b) => a - b);
  for (const pair of pairs) {
    const hash = hashOf(pair);
    if (hash <= highest) hashes.add(hash);
    if (hashes.size <= 2 * enough) continue;
    const lowest = sorted().slice(0, enough);
    hashes = new Set(lowest);
    highest = lowest.at(-1)!;
  }
  const count = Math.min(mostHeld, Math.round(hashes.size * fraction));
  const limit = sorted()[count - 1] ?? -1;
  const held: number[] = [];
  let place = 0;
  for (const pair of pairs) {
    if (hashOf(pair) <= limit) held.push(place);
    place++;
  }
  const places = Int32Array.from(held);
  return [withoutRows(pairs, places), [...selectRows(pairs, places)]];
}

/**
 * Subwords of both sides together; characters or words for each side apart. What a corpus of this size can teach: a
 * merge for every seven pairs, from 500 to 4,000.
 */
export function pairTokenizers(
  pairs: RowsOrList<Translation>,
  { tokens = "subword", vocabulary }: Pick<TrainFlags, "tokens" | "vocabulary">,
  /** Of word vectors of the source. */
  { known, lowercase }: { known?: readonly string[]; lowercase?: boolean } = {},
): Tokenizer | Tokenizers {
  const sources = () => textsToLearnFrom(pairs, ({ source }) => source);
  const targets = () => textsToLearnFrom(pairs, ({ target }) => target);
  const minCount = pairs.length >= 5000 ? 2 : 1;
  if (tokens === "subword") {
    const merges = vocabulary ?? Math.max(500, Math.min(4000, Math.round(pairs.length / 7)));
    const both = (function* () {
      yield* sources();
      yield* targets();
    })();
    return bpeTokenizer.fit(both, { merges, minCount });
  }
  const specials = ["pad", "bos", "eos", "unk"] as const;
  const learn = (side: Iterable<string>, more: { known?: readonly string[]; lowercase?: boolean } = {}): Tokenizer =>
    tokens === "word"
      ? wordTokenizer.fit(side, { specials, minCount, maxSize: vocabulary, ...more })
      : charTokenizer.fit(side, { specials, unit: tokens === "grapheme" ? "grapheme" : "codePoint" });
  return { source: learn(sources(), { known, lowercase }), target: learn(targets()) };
}

// Pairs of texts: two parallel files, or files of pairs; and tokenizers for them.
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
  scanReader,
  selectRows,
  type TextPair,
  type Tokenizer,
  tablePairReader,
  toy,
  withoutRows,
  wordTokenizer,
} from "../../data/index.ts";
import { openParallel, openRows } from "../../node/index.ts";
import type { Tokenizers, Translation } from "../../tasks/index.ts";
import type { Output } from "../output.ts";
import { recognizeFile, type SourceFile, textOf } from "../source.ts";
import type { TokenKind } from "./labeled-data.ts";
import { joinRows, staysOnDisk, textsToLearnFrom } from "./rows.ts";

const toySize = { train: 10_000, held: 500 };

/**
 * Opens files of pairs, from disk where they are large, and reports what was left out. Two files that are not pairs each are
 * parallel: their lines belong together.
 */
export async function openPairs(
  show: Output,
  files: readonly SourceFile[],
  flags: { stream?: boolean } = {},
): Promise<{ pairs: RowsOrList<Translation>; source: string }> {
  const streamed = staysOnDisk(files, flags);
  const found: Recognized[] = [];
  for (const file of files) found.push(await recognizeFile(file));
  const names = files.map(({ name }) => name);
  const warn = (source: string, warnings: readonly ReadWarning[]) => {
    for (const warning of warnings) show.warn(describeWarning(source, warning));
  };
  const parts: RowsOrList<Translation>[] = [];
  if (files.length === 2 && found.some(({ kind }) => kind !== "pairs")) {
    const [left, right] = files as readonly [SourceFile, SourceFile];
    const read = streamed
      ? await openParallel([left.path, right.path])
      : readParallel(await textOf(show, left), await textOf(show, right), { names: names as [string, string] });
    warn(names.join(" and "), read.warnings);
    parts.push(read.pairs);
  } else
    for (const [i, { path, name }] of files.entries()) {
      const reader = readerFor(name, found[i]!);
      if (streamed) {
        const rows = await openRows(path, reader);
        warn(name, rows.warnings);
        parts.push(rows);
      } else {
        const data: PairData = pairData(reader, linesOf(await textOf(show, { path, name })), name);
        warn(name, data.warnings);
        parts.push(data.pairs);
      }
    }
  const pairs = joinRows(parts);
  const source = names.join(files.length === 2 ? " and " : ", ");
  if (pairs.length === 0) fail({ where: source, expected: "pairs of texts", received: "none", code: "data" });
  return { pairs, source };
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

/** The pairs of a synthetic problem. */
export function toyPairs(spec: string, seed: number): { train: Translation[]; held: Translation[] } {
  const made = toy(spec, { seed });
  if (made.kind !== "pairs") return fail({ where: `--toy ${made.spec}`, expected: "dates", received: made.name });
  const some = (from: number, count: number) => Array.from({ length: count }, (_, n) => made.sample(from + n));
  return { train: some(0, toySize.train), held: some(toySize.train, toySize.held) };
}

/** A thousand are enough to tell one checkpoint from another. */
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
  { tokens = "subword", vocabulary }: { tokens?: TokenKind; vocabulary?: number },
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

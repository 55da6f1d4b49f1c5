// Pairs of texts in batches: like lengths together on both sides, the source closed by `<eos>`, the target between
// `<bos>` and `<eos>`.
import { fail, foldIn, type RandomKey, random, randomKey } from "../../base/index.ts";
import { ints } from "../../engine/values.ts";
import {
  type BpeEncodeOptions,
  type EncodedRows,
  encodeRows,
  nextTokenPairs,
  padded,
  type RowsOrList,
  spreadRows,
  type Tokenizer,
} from "../index.ts";
import type { Batch, BatchOptions, EvaluationBatches, EvaluationBatchOptions, TrainingBatches } from "./batch.ts";
import { type BatchRows, evaluationRows, rereadRows, trainingRows } from "./rows.ts";

/** A text and its translation (or summary, or answer). */
export interface Translation {
  readonly source: string;
  readonly target: string;
  /** All right targets, where there are several: what a translation is compared with. `target` is what is learned. */
  readonly references?: readonly string[];
}

export interface Tokenizers {
  readonly source: Tokenizer;
  readonly target: Tokenizer;
}

interface IdPair {
  source: Int32Array;
  target: Int32Array;
}

/** Ids of a source, closed by `<eos>`: the encoder never meets an empty one. */
export function sourceIds({ source: tokenizer }: Tokenizers, text: string, options?: BpeEncodeOptions): Int32Array {
  return Int32Array.of(...tokenizer.encode(text, options), tokenizer.special.eos!);
}

/** Ids of a target between `<bos>` and `<eos>`. */
export function targetIds({ target: tokenizer }: Tokenizers, text: string, options?: BpeEncodeOptions): Int32Array {
  return Int32Array.of(tokenizer.special.bos!, ...tokenizer.encode(text, options), tokenizer.special.eos!);
}

/** The pairs that have at most `maxTokens` tokens on each side, and how many have more. */
export function splitLong<Pair extends Translation>(
  tokenizers: Tokenizers,
  pairs: readonly Pair[],
  maxTokens: number,
): { kept: Pair[]; long: Pair[] } {
  const places = new Set(longPairs(tokenizers, pairs, maxTokens));
  return { kept: pairs.filter((_, i) => !places.has(i)), long: pairs.filter((_, i) => places.has(i)) };
}

/** The places of the pairs that have more than `maxTokens` tokens on a side. */
export function longPairs(tokenizers: Tokenizers, pairs: Iterable<Translation>, maxTokens: number): Int32Array {
  const found: number[] = [];
  let place = 0;
  for (const { source, target } of pairs) {
    const longest = Math.max(sourceIds(tokenizers, source).length, targetIds(tokenizers, target).length - 1);
    if (longest > maxTokens) found.push(place);
    place++;
  }
  return Int32Array.from(found);
}

const longestSide = ({ source, target }: IdPair): number => Math.max(source.length, target.length - 1);

/** Ids of pairs, with their lengths: target times 2^16, then source. @param again reads a pair otherwise */
function idPairs(
  tokenizers: Tokenizers,
  pairs: RowsOrList<Translation>,
  maxTokens: number,
  again?: (pair: Translation, place: number) => IdPair,
): EncodedRows<IdPair> {
  const encode = (pair: Translation, place: number): IdPair => {
    const other = again?.(pair, place);
    if (other && longestSide(other) <= maxTokens) return other;
    const ids = { source: sourceIds(tokenizers, pair.source), target: targetIds(tokenizers, pair.target) };
    const longest = longestSide(ids);
    if (longest > maxTokens)
      fail({
        where: `translator: pair ${place + 1}`,
        expected: `at most ${maxTokens} tokens`,
        received: `${longest}: ${JSON.stringify(pair.source.slice(0, 40))}`,
        hint: "leave such pairs out with splitLong, or raise maxTokens",
        code: "data",
      });
    return ids;
  };
  return encodeRows(
    pairs,
    encode,
    ({ source, target }) => Math.min(target.length, 32_767) * 2 ** 16 + Math.min(source.length, 65_535),
  );
}

/** Feeds of rows: source [B, S] with lengths, inputs and targets [B, T] with lengths. */
export function pairBatch(rows: readonly IdPair[]): Batch {
  const source = padded(rows.map((row) => row.source));
  const { inputs, targets, lengths, B, T } = nextTokenPairs(padded(rows.map((row) => row.target)));
  return {
    feeds: {
      source: ints(source.ids, B, source.T),
      sourceLengths: ints(source.lengths, B),
      inputs: ints(inputs, B, T),
      targets: ints(targets, B, T),
      lengths: ints(lengths, B),
    },
    rows: B,
    tokens: lengths.reduce((a, b) => a + b, 0),
    fresh: true,
  };
}

/**
 * Pairs to be batched with those that are alike on both sides. They are ordered by target length, then by source length, up
 * and down in turns, so that neighbors in that order differ little.
 */
function alike({ lengths: packed, read }: EncodedRows<IdPair>): BatchRows<IdPair> {
  const key = (both: number) => {
    const [target, source] = [Math.floor(both / 2 ** 16), both % 2 ** 16];
    return target * 2 ** 24 + (target % 2 ? 1 : -1) * source;
  };
  const distinct = new Set<number>();
  for (let i = 0; i < packed.length; i++) distinct.add(key(packed[i]!));
  const rank = new Map([...distinct].sort((a, b) => a - b).map((value, i) => [value, i]));
  const sortBy = new Int32Array(packed.length);
  const lengths = new Int32Array(packed.length);
  for (let i = 0; i < packed.length; i++) {
    sortBy[i] = rank.get(key(packed[i]!))!;
    lengths[i] = Math.floor(packed[i]! / 2 ** 16) + (packed[i]! % 2 ** 16);
  }
  // Tokens that are predicted: those of the targets without their <bos>.
  let tokens = 0;
  for (let i = 0; i < packed.length; i++) tokens += Math.floor(packed[i]! / 2 ** 16) - 1;
  return { lengths, read, sortBy, tokens };
}

/** @param subwordDropout share of merges left out, at random in each epoch, on both sides */
export function trainingBatches(
  tokenizers: Tokenizers,
  data: RowsOrList<Translation>,
  maxTokens: number,
  order: BatchOptions,
  subwordDropout = 0,
): TrainingBatches {
  if (subwordDropout === 0) return trainingRows("pairs", alike(idPairs(tokenizers, data, maxTokens)), pairBatch, order);
  const [sourceKey, targetKey] = ["source", "target"].map((side) => foldIn(randomKey(order.seed), side));
  const rowsOf = (epoch: number) => {
    const chance = (key: RandomKey, place: number): BpeEncodeOptions => ({
      dropout: subwordDropout,
      random: random(foldIn(key, epoch, place)),
    });
    return alike(
      idPairs(tokenizers, data, maxTokens, ({ source, target }, place) => ({
        source: sourceIds(tokenizers, source, chance(sourceKey!, place)),
        target: targetIds(tokenizers, target, chance(targetKey!, place)),
      })),
    );
  };
  return rereadRows("pairs", rowsOf, pairBatch, order);
}

export const evaluationOf = (
  tokenizers: Tokenizers,
  data: RowsOrList<Translation>,
  maxTokens: number,
  { batchSize = 64, share }: EvaluationBatchOptions = {},
): EvaluationBatches =>
  evaluationRows("pairs", alike(idPairs(tokenizers, spreadRows(data, share), maxTokens)), pairBatch, { batchSize });

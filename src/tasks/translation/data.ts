// Pairs of texts in batches: like lengths together on both sides, the source closed by `<eos>`, the target between
// `<bos>` and `<eos>`.
import { fail } from "../../base/index.ts";
import { bucketBatches, nextTokenPairs, padded, type Tokenizer } from "../../data/index.ts";
import type { Value } from "../../engine/index.ts";
import type {
  Batch,
  BatchOptions,
  EvaluationBatches,
  EvaluationBatchOptions,
  TrainingBatches,
} from "../../train/index.ts";

/** A text and its translation (or summary, or answer). */
export interface Translation {
  readonly source: string;
  readonly target: string;
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
export function sourceIds({ source: tokenizer }: Tokenizers, text: string): Int32Array {
  return Int32Array.of(...tokenizer.encode(text), tokenizer.special.eos!);
}

/** Ids of a target between `<bos>` and `<eos>`. */
export function targetIds({ target: tokenizer }: Tokenizers, text: string): Int32Array {
  return Int32Array.of(tokenizer.special.bos!, ...tokenizer.encode(text), tokenizer.special.eos!);
}

/** The pairs that have at most `maxTokens` tokens on each side, and how many have more. */
export function splitLong<Pair extends Translation>(
  tokenizers: Tokenizers,
  pairs: readonly Pair[],
  maxTokens: number,
): { kept: Pair[]; long: Pair[] } {
  const fits = ({ source, target }: Translation) =>
    sourceIds(tokenizers, source).length <= maxTokens && targetIds(tokenizers, target).length - 1 <= maxTokens;
  const kept: Pair[] = [];
  const long: Pair[] = [];
  for (const pair of pairs) (fits(pair) ? kept : long).push(pair);
  return { kept, long };
}

function idPairs(tokenizers: Tokenizers, pairs: readonly Translation[], maxTokens: number): IdPair[] {
  return pairs.map((pair, i) => {
    const ids = { source: sourceIds(tokenizers, pair.source), target: targetIds(tokenizers, pair.target) };
    const longest = Math.max(ids.source.length, ids.target.length - 1);
    if (longest > maxTokens)
      fail({
        where: `translator: pair ${i + 1}`,
        expected: `at most ${maxTokens} tokens`,
        received: `${longest}: ${JSON.stringify(pair.source.slice(0, 40))}`,
        hint: "leave such pairs out with splitLong, or raise maxTokens",
        code: "data",
      });
    return ids;
  });
}

const ints = (data: Int32Array, ...shape: number[]): Value => ({ dtype: "int", shape, data });

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
 * A number for each pair that orders them by target length, then by source length, up and down in turns, so that
 * neighbours in that order are alike on both sides.
 */
function likeness(pairs: readonly IdPair[]): Int32Array {
  const key = ({ source, target }: IdPair) => target.length * 2 ** 24 + (target.length % 2 ? 1 : -1) * source.length;
  const distinct = [...new Set(pairs.map(key))].sort((a, b) => a - b);
  const rank = new Map(distinct.map((value, i) => [value, i]));
  return Int32Array.from(pairs, (pair) => rank.get(key(pair))!);
}

export function trainingBatches(
  tokenizers: Tokenizers,
  data: readonly Translation[],
  maxTokens: number,
  { batchSize, seed }: BatchOptions,
): TrainingBatches {
  const pairs = idPairs(tokenizers, data, maxTokens);
  const order = bucketBatches(likeness(pairs), { batchSize, seed });
  return {
    kind: "pairs",
    perEpoch: order.perEpoch,
    start: { epoch: 0, batch: 0 },
    at({ epoch, batch = 0 }) {
      const { indices, next } = order.at({ epoch, batch });
      return { ...pairBatch(Array.from(indices, (i) => pairs[i]!)), next: { ...next } };
    },
  };
}

export function evaluationOf(
  tokenizers: Tokenizers,
  data: readonly Translation[],
  maxTokens: number,
  { batchSize = 64 }: EvaluationBatchOptions = {},
): EvaluationBatches {
  const pairs = idPairs(tokenizers, data, maxTokens);
  const order = bucketBatches(likeness(pairs), { batchSize, seed: 0, shuffle: false });
  return {
    kind: "pairs",
    *batches() {
      for (const { indices } of order.epoch()) yield pairBatch(Array.from(indices, (i) => pairs[i]!));
    },
  };
}

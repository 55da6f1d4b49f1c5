// What a batch of texts is fed besides, if the network also learns to predict the next and the previous token of each
// place: those tokens as places among the candidates of a softmax, and how much each place counts.
import type { Value } from "../../engine/index.ts";
import { floats, ints } from "../../engine/values.ts";
import type { Cursor, TrainingBatches } from "./batch.ts";
import { samplerOf } from "./candidates.ts";

/** Words that the softmax of a batch runs over, at least. */
const candidateCount = 1500;

/** The kind of batches with these feeds. */
export const neighborsKind = "neighbors";

export interface NeighborOptions {
  /** How often each token occurs in the texts. */
  counts: readonly number[];
  /** Whether the previous token is predicted too. */
  both: boolean;
  /** What the predictions count beside the batch's own loss, by how many epochs have gone by. Half of it each way, if both. */
  weightAt(epochs: number): number;
  seed: number;
  /** Names of the feeds with the tokens, [B, T], and the lengths of their rows, [B]. */
  ids: string;
  lengths: string;
  /** What a batch's own loss is a mean over, and so what the weights are a share of. */
  counted: "rows" | "tokens";
}

/**
 * The same batches with further feeds: `next` and `nextWeights` [B, T], with `both` also `previous` and `previousWeights`, and
 * `candidates` and `candidateOffsets` [C]. The weights of a batch add up to `weightAt` times what is counted, so that the mean
 * cross-entropy of the predictions is added to each, whatever the length of the texts.
 */
export function withNeighbors(
  batches: TrainingBatches,
  { counts, both, weightAt, seed, ids: name, lengths: ends, counted }: NeighborOptions,
): TrainingBatches {
  // A token that never occurs in the texts may do so where they are read otherwise in each epoch.
  const smoothed = Float64Array.from(counts, (count) => count + 1);
  const total = smoothed.reduce((sum, count) => sum + count, 0);
  const sampler = samplerOf(smoothed, { count: candidateCount, seed });
  return {
    ...batches,
    kind: neighborsKind,
    at(cursor) {
      const batch = batches.at(cursor);
      const { tokens, lengths, T } = tokensOf(batch.feeds[name]!, batch.feeds[ends]!);
      const { ids, offsets, targets } = sampler.at(tokens, ...placeOf(cursor));
      const { batch: done = 0 } = cursor;
      const weight = weightAt(cursor.epoch + done / batches.perEpoch);
      const predicted = (both ? 2 : 1) * (tokens.length - lengths.length);
      const each = predicted > 0 ? (weight * batch[counted]) / predicted : 0;
      const next = shifted(targets, lengths, T, { by: -1, weight: each });
      const previous = both ? shifted(targets, lengths, T, { by: 1, weight: each }) : undefined;
      const B = lengths.length;
      const feeds = {
        ...batch.feeds,
        next: ints(next.targets, B, T),
        nextWeights: floats(next.weights, B, T),
        ...(previous
          ? { previous: ints(previous.targets, B, T), previousWeights: floats(previous.weights, B, T) }
          : {}),
        candidates: ints(ids, ids.length),
        // With the share of its token in the texts, a logit needs no bias of its own.
        candidateOffsets: floats(
          offsets.map((offset, place) => offset + Math.log(smoothed[ids[place]!]! / total)),
          ids.length,
        ),
      };
      return Object.assign(batch, { feeds });
    },
  };
}

const placeOf = ({ epoch, ...rest }: Cursor): number[] => [epoch, ...Object.values(rest)];

/** The tokens of a batch's rows, one row after another, without padding. */
function tokensOf({ shape, data }: Value, { data: lengths }: Value) {
  const T = shape[1]!;
  const ends = lengths as Int32Array;
  const tokens: number[] = [];
  for (const [b, length] of ends.entries()) for (let t = 0; t < length; t++) tokens.push(data[b * T + t]!);
  return { tokens: Int32Array.from(tokens), lengths: ends, T };
}

/** Moves each row's tokens one place to where they are predicted. */
function shifted(
  tokens: Int32Array,
  lengths: Int32Array,
  T: number,
  { by, weight }: { by: -1 | 1; weight: number },
): { targets: Int32Array; weights: Float32Array } {
  const targets = new Int32Array(lengths.length * T);
  const weights = new Float32Array(targets.length);
  let read = 0;
  for (const [b, length] of lengths.entries())
    for (let t = 0; t < length; t++, read++) {
      if (t + by < 0 || t + by >= length) continue;
      targets[b * T + t + by] = tokens[read]!;
      weights[b * T + t + by] = weight;
    }
  return { targets, weights };
}

// One long stream of ids in batches, for truncated backpropagation with carried state.
//
//   ids  0 1 2 3 4 5 6 7 8 9 ...      B = 2 lanes of L = floor((N - 1) / B) tokens, each read in windows of T
//   lane 0: [0 1 2][3 4 5] ...        window w holds tokens w T .. w T + T of every lane; the targets are one further.
//   lane 1: [L L+1 L+2][...] ...      The state after a window is the state before the next.
//
// A lane of over a million tokens is cut into K blocks of one length. The B K blocks of the stream are shuffled over lanes
// and turns, anew in each epoch, and the state is reset where a block begins: a run that sees a part of a large corpus sees
// it from everywhere, not from B places. The order is a function of (seed, epoch).
import { checkNumber, fail, foldIn, random, randomKey } from "../../base/index.ts";
import { type TokenStream, tokenStream } from "../token-stream.ts";
import { type RankOptions, rankRows } from "./ranks.ts";

export interface StreamOptions extends RankOptions {
  /** Lanes read side by side (over all ranks). */
  batchSize: number;
  /** Window length in tokens: the gradient stops after these, the state carries on. */
  bptt: number;
  /** Rows [from, to) to read; the others are zeros. Default: all. */
  only?: readonly [number, number];
  /** Of the order of blocks. Default 0. */
  seed?: number;
  /** Longest block in tokens; a lane that is no longer is one block. Default 2^20. */
  block?: number;
}

/** Where a stream stands: the window to be read next. */
export interface StreamCursor {
  epoch: number;
  window: number;
}

/** One window: row-major [B, T]. */
export interface StreamBatch {
  inputs: Int32Array;
  /** `inputs` one token later. */
  targets: Int32Array;
  B: number;
  /** `bptt`, or what is left at the end of a block. */
  T: number;
  /** Whether the state must be reset first: the start of a block. */
  fresh: boolean;
  /** This window. */
  cursor: StreamCursor;
  /** The window after it: what a checkpoint saves. */
  next: StreamCursor;
}

export interface StreamBatches {
  /** Windows in an epoch. */
  readonly perEpoch: number;
  /** Predicted tokens in an epoch over all ranks: N - 1 less what does not fill the blocks. */
  readonly tokensPerEpoch: number;
  /** The window at a cursor: a pure function, so that resuming is exact. */
  at(cursor: StreamCursor): StreamBatch;
  /** Endless, from a cursor on (default: the start). */
  from(cursor?: StreamCursor): Generator<StreamBatch, never>;
}

/**
 * Cuts a stream into `batchSize` contiguous lanes and reads them in windows of `bptt` tokens.
 *
 * Every token is a target once an epoch but for the first, and for the last (N - 1) mod (B K), which do not fill the blocks;
 * the last window of a block is shorter rather than dropped.
 *
 * @param ids N token ids
 * @throws UnrolledError with code "data" where there are fewer than `batchSize + 1` ids
 */
export function streamBatches(ids: ArrayLike<number> | TokenStream, options: StreamOptions): StreamBatches {
  const batchSize = checkNumber("streamBatches: batchSize", options.batchSize, { min: 1, integer: true });
  const bptt = checkNumber("streamBatches: bptt", options.bptt, { min: 1, integer: true });
  const longest = checkNumber("streamBatches: block", options.block ?? 2 ** 20, { min: 1, integer: true });
  const rows = rankRows("streamBatches", batchSize, options);
  const B = rows.end - rows.start;
  const [first, end] = options.only ?? [0, B];
  const stream = tokenStream(ids);
  const lane = Math.floor((stream.length - 1) / batchSize);
  if (lane < 1) {
    fail({
      where: "streamBatches",
      expected: `at least ${batchSize + 1} tokens for ${batchSize} lanes`,
      received: String(stream.length),
      hint: "give more text, or a smaller batch size (--batch on the command line)",
      code: "data",
    });
  }
  const K = Math.ceil(lane / longest); // blocks of a lane
  const length = Math.floor((stream.length - 1) / (batchSize * K)); // of a block
  const perBlock = Math.ceil(length / bptt);
  const perEpoch = K * perBlock;
  const blocks = blockOrder(batchSize * K, K > 1 ? (options.seed ?? 0) : undefined);

  function at({ epoch, window }: StreamCursor): StreamBatch {
    checkNumber("streamBatches: cursor.epoch", epoch, { min: 0, integer: true });
    checkNumber("streamBatches: cursor.window", window, { min: 0, max: perEpoch - 1, integer: true });
    const [turn, inBlock] = [Math.floor(window / perBlock), window % perBlock];
    const T = Math.min(bptt, length - inBlock * bptt);
    const inputs = new Int32Array(B * T);
    const targets = new Int32Array(B * T);
    const order = blocks(epoch);
    for (let b = first; b < end; b++) {
      const from = order[turn * batchSize + rows.start + b]! * length + inBlock * bptt;
      const found = stream.read(from, from + T + 1);
      for (let t = 0; t < T; t++) {
        inputs[b * T + t] = found[t]!;
        targets[b * T + t] = found[t + 1]!;
      }
    }
    const last = window + 1 === perEpoch;
    const next = last ? { epoch: epoch + 1, window: 0 } : { epoch, window: window + 1 };
    return { inputs, targets, B, T, fresh: inBlock === 0, cursor: { epoch, window }, next };
  }

  return {
    perEpoch,
    tokensPerEpoch: length * batchSize * K,
    at,
    *from(cursor = { epoch: 0, window: 0 }) {
      for (let place = cursor; ; ) {
        const batch = at(place);
        yield batch;
        place = batch.next;
      }
    },
  };
}

/** Which block is read when: those of turn 0, lane by lane, then those of turn 1. Without a seed, as they lie. */
function blockOrder(count: number, seed: number | undefined): (epoch: number) => Int32Array {
  const key = seed === undefined ? undefined : foldIn(randomKey(seed), "blocks");
  let known: { epoch: number; order: Int32Array } | undefined;
  return (epoch) => {
    if (known && (key === undefined || known.epoch === epoch)) return known.order;
    const order = Int32Array.from({ length: count }, (_, i) => i);
    if (key !== undefined) random(foldIn(key, epoch)).shuffle(order);
    known = { epoch, order };
    return order;
  };
}

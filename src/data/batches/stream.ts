// One long stream of ids in batches, for truncated backpropagation with carried state.
//
//   ids  0 1 2 3 4 5 6 7 8 9 ...      B = 2 lanes of L = floor((N - 1) / B) tokens, each read in windows of T
//   lane 0: [0 1 2][3 4 5] ...        window w holds tokens w T .. w T + T of every lane; the targets are one further.
//   lane 1: [L L+1 L+2][...] ...      The state after a window is the state before the next.
import { checkNumber, fail } from "../../base/index.ts";
import { type RankOptions, rankRows } from "./ranks.ts";

export interface StreamOptions extends RankOptions {
  /** Lanes read side by side (over all ranks). */
  batchSize: number;
  /** Window length in tokens: the gradient stops after these, the state carries on. */
  bptt: number;
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
  /** `bptt`, or what is left at the end of an epoch. */
  T: number;
  /** Whether the state must be reset first: the start of an epoch. */
  fresh: boolean;
  /** This window. */
  cursor: StreamCursor;
  /** The window after it: what a checkpoint saves. */
  next: StreamCursor;
}

export interface StreamBatches {
  /** Windows in an epoch. */
  readonly perEpoch: number;
  /** Predicted tokens in an epoch over all ranks: N - 1 less the lane remainder. */
  readonly tokensPerEpoch: number;
  /** The window at a cursor: a pure function, so that resuming is exact. */
  at(cursor: StreamCursor): StreamBatch;
  /** Endless, from a cursor on (default: the start). */
  from(cursor?: StreamCursor): Generator<StreamBatch, never>;
}

/**
 * Cuts a stream into `batchSize` contiguous lanes and reads them in windows of `bptt` tokens.
 *
 * Every token is a target once an epoch but for the first, and for the last (N - 1) mod B, which do not fill the lanes;
 * the last window of an epoch is shorter rather than dropped.
 *
 * @param ids N token ids
 * @throws UnrolledError with code "data" where there are fewer than `batchSize + 1` ids
 */
export function streamBatches(ids: ArrayLike<number>, options: StreamOptions): StreamBatches {
  const batchSize = checkNumber("streamBatches: batchSize", options.batchSize, { min: 1, integer: true });
  const bptt = checkNumber("streamBatches: bptt", options.bptt, { min: 1, integer: true });
  const rows = rankRows("streamBatches", batchSize, options);
  const B = rows.end - rows.start;
  const lane = Math.floor((ids.length - 1) / batchSize);
  if (lane < 1) {
    fail({
      where: "streamBatches",
      expected: `at least ${batchSize + 1} tokens for ${batchSize} lanes`,
      received: String(ids.length),
      hint: "give more text, or a smaller batchSize",
      code: "data",
    });
  }
  const perEpoch = Math.ceil(lane / bptt);

  function at({ epoch, window }: StreamCursor): StreamBatch {
    checkNumber("streamBatches: cursor.epoch", epoch, { min: 0, integer: true });
    checkNumber("streamBatches: cursor.window", window, { min: 0, max: perEpoch - 1, integer: true });
    const T = Math.min(bptt, lane - window * bptt);
    const inputs = new Int32Array(B * T);
    const targets = new Int32Array(B * T);
    for (let b = 0; b < B; b++) {
      const from = (rows.start + b) * lane + window * bptt;
      for (let t = 0; t < T; t++) {
        inputs[b * T + t] = ids[from + t]!;
        targets[b * T + t] = ids[from + t + 1]!;
      }
    }
    const last = window + 1 === perEpoch;
    const next = last ? { epoch: epoch + 1, window: 0 } : { epoch, window: window + 1 };
    return { inputs, targets, B, T, fresh: window === 0, cursor: { epoch, window }, next };
  }

  return {
    perEpoch,
    tokensPerEpoch: lane * batchSize,
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

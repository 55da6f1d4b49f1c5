// A whole text in batches for evaluation: every token but the first is predicted exactly once.
import { checkNumber, fail } from "../../base/index.ts";
import { type TokenStream, tokenStream } from "../token-stream.ts";

export interface EvaluationOptions {
  /** Lanes read side by side. 1 gives every token its whole past; more are faster, and each lane starts without one. */
  batchSize: number;
  /** Window length in tokens; it changes nothing but memory, since the state is carried. */
  bptt: number;
  /**
   * Tokens before its start that each lane reads, unscored, to warm its state up. Default 0. With a few hundred, lanes
   * cost nothing in accuracy.
   */
  warmup?: number;
}

/** One window: row-major [B, T]; row b holds `lengths[b]` tokens, then zeros that must not count. */
export interface EvaluationBatch {
  inputs: Int32Array;
  targets: Int32Array;
  B: number;
  T: number;
  /** Tokens of each row that are there [B]; 0 for a lane that has ended, or has not begun to warm up. */
  lengths: Int32Array;
  /** Whether the state must be reset first: the first window only. */
  fresh: boolean;
  /** Whether the losses count: false while lanes warm up. */
  scored: boolean;
}

/**
 * Cuts a text into lanes of nearly the same length (they differ by one token at most) and reads them in windows.
 *
 * The sum of `lengths` over the scored windows is `ids.length - 1`. State must freeze past each row's length.
 *
 * @throws UnrolledError with code "data" where there are fewer than 2 ids
 */
export function* evaluationBatches(
  ids: ArrayLike<number> | TokenStream,
  options: EvaluationOptions,
): Generator<EvaluationBatch> {
  const where = "evaluationBatches";
  const warmup = checkNumber(`${where}: warmup`, options.warmup ?? 0, { min: 0, integer: true });
  const bptt = checkNumber(`${where}: bptt`, options.bptt, { min: 1, integer: true });
  const stream = tokenStream(ids);
  const count = stream.length - 1; // predictions
  if (count < 1) fail({ where, expected: "at least 2 tokens", received: String(stream.length), code: "data" });
  const B = Math.min(checkNumber(`${where}: batchSize`, options.batchSize, { min: 1, integer: true }), count);
  const starts = Array.from({ length: B + 1 }, (_, b) => Math.floor((b * count) / B));

  function window(first: (b: number) => number, end: (b: number) => number, scored: boolean, fresh: boolean) {
    const lengths = Int32Array.from({ length: B }, (_, b) => Math.max(0, Math.min(bptt, end(b) - first(b))));
    const T = Math.max(...lengths);
    const inputs = new Int32Array(B * T);
    const targets = new Int32Array(B * T);
    for (let b = 0; b < B; b++) {
      if (lengths[b] === 0) continue;
      const found = stream.read(first(b), first(b) + lengths[b]! + 1);
      for (let t = 0; t < lengths[b]!; t++) {
        inputs[b * T + t] = found[t]!;
        targets[b * T + t] = found[t + 1]!;
      }
    }
    return { inputs, targets, B, T, lengths, fresh, scored };
  }

  let fresh = true;
  const warm = B > 1 ? warmup : 0; // the first lane has nothing before it
  for (let done = 0; done < Math.min(warm, starts[B - 1]!); done += bptt) {
    const from = (b: number) => Math.max(0, starts[b]! - warm);
    yield window(
      (b) => from(b) + done,
      (b) => starts[b]!,
      false,
      fresh,
    );
    fresh = false;
  }
  const longest = Math.max(...starts.slice(1).map((end, b) => end - starts[b]!));
  for (let done = 0; done < longest; done += bptt) {
    yield window(
      (b) => starts[b]! + done,
      (b) => starts[b + 1]!,
      true,
      fresh,
    );
    fresh = false;
  }
}

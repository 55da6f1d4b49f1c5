// Filters over one row of logits, composed as a list: each changes the row in place, and -Infinity means "never".
import { checkNumber } from "../base/index.ts";

/** One row of logits, [V], in float64: a working copy that filters change in place. */
export type Logits = Float64Array;

/** A step between the network's logits and the draw. `history`: the tokens so far, oldest first. */
export interface Filter {
  /** As written in code, `topK(40)`, for messages and records. */
  readonly name: string;
  apply(logits: Logits, history: ArrayLike<number>): void;
}

/**
 * Divides the logits by `t`: below 1 sharpens, above 1 flattens, 0 keeps only the likeliest token (greedy; the lowest
 * index among equals).
 *
 * @example
 * ```ts
 * generate(model, { filters: [temperature(0.8)] });
 * ```
 */
export function temperature(t: number): Filter {
  checkNumber("temperature", t, { min: 0 });
  return {
    name: `temperature(${t})`,
    apply(logits) {
      if (t === 0) return keepOnly(logits, largest(logits));
      for (let i = 0; i < logits.length; i++) logits[i]! /= t;
    },
  };
}

/**
 * Keeps the `k` likeliest tokens (Fan et al., 2018); the lowest indices among equals. `k` past the vocabulary keeps all.
 *
 * @example
 * ```ts
 * generate(model, { filters: [temperature(0.8), topK(40)] });
 * ```
 */
export function topK(k: number): Filter {
  checkNumber("topK", k, { min: 1, integer: true });
  return {
    name: `topK(${k})`,
    apply(logits) {
      if (k >= logits.length) return;
      const limit = kthLargest(Float64Array.from(logits), k);
      let equal = k; // places left for tokens that equal the limit
      for (const x of logits) if (x > limit) equal--;
      for (let i = 0; i < logits.length; i++) {
        const x = logits[i]!;
        if (x > limit || (x === limit && equal-- > 0)) continue;
        logits[i] = -Infinity;
      }
    },
  };
}

/**
 * Nucleus (Holtzman et al., 2020): keeps the fewest likeliest tokens whose probabilities sum to at least `p`; always one,
 * the lowest indices among equals. 1 keeps all.
 *
 * @example
 * ```ts
 * generate(model, { filters: [topP(0.9)] });
 * ```
 */
export function topP(p: number): Filter {
  checkNumber("topP", p, { above: 0, max: 1 });
  return {
    name: `topP(${p})`,
    apply(logits) {
      if (p === 1) return;
      const weights = softmax(logits);
      // Tokens under (1 - p) / V sum to less than 1 - p, so the nucleus never needs them: only the others are sorted.
      const floor = (1 - p) / logits.length;
      const order: number[] = [];
      for (let i = 0; i < weights.length; i++) if (weights[i]! >= floor) order.push(i);
      order.sort((a, b) => weights[b]! - weights[a]! || a - b);
      const kept = new Uint8Array(logits.length);
      let sum = 0;
      for (const i of order) {
        if (sum >= p) break;
        kept[i] = 1;
        sum += weights[i]!;
      }
      for (let i = 0; i < logits.length; i++) if (!kept[i]) logits[i] = -Infinity;
    },
  };
}

/**
 * Keeps tokens at least `p` times as likely as the likeliest (Nguyen et al., 2024). 0 keeps all.
 *
 * @example
 * ```ts
 * generate(model, { filters: [temperature(1.2), minP(0.05)] });
 * ```
 */
export function minP(p: number): Filter {
  checkNumber("minP", p, { min: 0, max: 1 });
  return {
    name: `minP(${p})`,
    apply(logits) {
      const limit = logits[largest(logits)]! + Math.log(p); // log(q / max q) = l - max l
      for (let i = 0; i < logits.length; i++) if (logits[i]! < limit) logits[i] = -Infinity;
    },
  };
}

/**
 * Makes the tokens of the last `window` (all) steps less likely (Keskar et al., 2019): a positive logit is divided by
 * `penalty`, a negative one multiplied. 1 changes nothing; 1.2 is the paper's.
 *
 * @example
 * ```ts
 * generate(model, { filters: [repetitionPenalty(1.2, { window: 64 })] });
 * ```
 */
export function repetitionPenalty(penalty: number, { window = Infinity }: { window?: number } = {}): Filter {
  checkNumber("repetitionPenalty", penalty, { above: 0 });
  if (window !== Infinity) checkNumber("repetitionPenalty(window)", window, { min: 1, integer: true });
  return {
    name: `repetitionPenalty(${penalty})`,
    apply(logits, history) {
      const seen = new Set<number>();
      for (let i = Math.max(0, history.length - window); i < history.length; i++) seen.add(history[i]!);
      for (const token of seen) {
        const x = logits[token];
        if (x !== undefined) logits[token] = x > 0 ? x / penalty : x * penalty;
      }
    },
  };
}

/**
 * Never draws these tokens: `<unk>` and `<pad>`, say.
 *
 * @example
 * ```ts
 * generate(model, { filters: [exclude([tokenizer.special.unk!])] });
 * ```
 */
export function exclude(tokens: readonly number[]): Filter {
  for (const token of tokens) checkNumber("exclude", token, { min: 0, integer: true });
  return {
    name: `exclude(${tokens})`,
    apply(logits) {
      for (const token of tokens) if (token < logits.length) logits[token] = -Infinity;
    },
  };
}

/** Index of the largest value, the lowest among equals; -1 where every value is NaN or -Infinity. */
export function largest(values: ArrayLike<number>): number {
  let best = -1;
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! > most) {
      most = values[i]!;
      best = i;
    }
  }
  return best;
}

/** Probabilities of logits, in float64, the largest logit taken off first. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const weights = new Float64Array(logits.length);
  const most = logits[largest(logits)] ?? 0;
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i] = Math.exp(logits[i]! - most);
  for (let i = 0; i < weights.length; i++) weights[i]! /= sum;
  return weights;
}

function keepOnly(logits: Logits, index: number): void {
  for (let i = 0; i < logits.length; i++) if (i !== index) logits[i] = -Infinity;
}

/** The k-th largest value, by Hoare's selection; reorders its argument. */
function kthLargest(values: Float64Array, k: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! > pivot) i++;
      while (values[j]! < pivot) j--;
      if (i > j) break;
      const held = values[i]!;
      values[i++] = values[j]!;
      values[j--] = held;
    }
    if (k - 1 <= j) high = j;
    else if (k - 1 >= i) low = i;
    else break;
  }
  return values[k - 1]!;
}

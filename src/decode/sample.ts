// From one row of logits to one token.
import { fail, type Random } from "../base/index.ts";
import { type Filter, largest, softmax } from "./filters.ts";

/** The likeliest token of a row of logits [V]; the lowest index among equals. Throws where a logit is NaN. */
export function greedy(logits: ArrayLike<number>): number {
  return check(logits, largest(logits), "greedy");
}

/**
 * Draws a token from a row of logits [V] after the filters, applied in their order. Takes exactly one number from
 * `random`, so a stream of draws can be resumed by count. `history` (the tokens so far) is what a repetition penalty reads.
 */
export function sample(
  logits: ArrayLike<number>,
  filters: readonly Filter[],
  random: Random,
  history: ArrayLike<number> = [],
): number {
  const weights = probabilities(logits, filters, history);
  const u = random.uniform();
  let sum = 0;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    sum += weights[i]!;
    last = i;
    if (u < sum) return i;
  }
  return last; // the sum's rounding may leave it a hair under 1
}

/**
 * Draws each of many independent events from its logit: 1 where it happens, else 0. Takes one number from `random` for each.
 *
 * @param temperature below 1 plays safe; 0 takes the likelier of the two
 */
export function sampleEach(logits: Float32Array, temperature: number, random: Random): Float32Array<ArrayBuffer> {
  return logits.map((logit) => {
    const u = random.uniform();
    return Number(temperature === 0 ? logit > 0 : u < 1 / (1 + Math.exp(-logit / temperature)));
  });
}

/** What `sample` draws from: the probabilities [V] after the filters, in float64; excluded tokens are exactly 0. */
export function probabilities(
  logits: ArrayLike<number>,
  filters: readonly Filter[] = [],
  history: ArrayLike<number> = [],
): Float64Array {
  const row = new Float64Array(logits);
  check(row, largest(row), "sample");
  for (const filter of filters) {
    filter.apply(row, history);
    if (largest(row) < 0) fail({ where: filter.name, problem: "no token is left to draw from" });
  }
  return softmax(row);
}

function check(logits: ArrayLike<number>, best: number, where: string): number {
  let sum = 0; // NaN if any logit is, or if +Infinity meets -Infinity; both are looked at closer
  for (let i = 0; i < logits.length; i++) sum += logits[i]!;
  const bad = Number.isNaN(sum) ? Array.from(logits).findIndex(Number.isNaN) : -1;
  if (bad >= 0)
    fail({
      where,
      expected: "logits without NaN",
      received: `NaN for token ${bad}`,
      hint: "the model's parameters may be broken: did training diverge?",
      code: "numeric",
    });
  if (best < 0 || logits[best] === Infinity)
    fail({ where, expected: "a finite largest logit", received: best < 0 ? "none" : "Infinity", code: "numeric" });
  return best;
}

// Beam search over any step function, many sentences at once. Each sentence's search depends on its own rows alone, so a
// batch finds what its sentences find one by one.
import { checkNumber, fail } from "../base/index.ts";
import type { Filter } from "./filters.ts";

/**
 * How length counts: hypotheses are ranked by (log-probability + lengthReward x length) / ((5 + length) / 6)^lengthPenalty, with
 * `eos` counted. Probability alone favors short ones.
 */
export interface LengthRule {
  /** The divisor's exponent (Wu et al., 2016). 1 by default, or 0 with a `lengthReward`. */
  readonly lengthPenalty?: number;
  /**
   * Nats for each token (Murray & Chiang, 2018, "Correcting length bias in neural machine translation"). 0 by default. A model
   * that was trained with smoothing often writes too briefly: compare 0.3 to 1.2 on validation data. A text that repeats tokens
   * of a probability above e^-lengthReward gains with each of them, up to `maxLength`.
   */
  readonly lengthReward?: number;
}

/** A rule with its defaults. */
export function lengthRule({ lengthPenalty, lengthReward = 0 }: LengthRule): Required<LengthRule> {
  return { lengthPenalty: lengthPenalty ?? (lengthReward > 0 ? 0 : 1), lengthReward };
}

/** The rule of a call: what it gives, or all of the model's where it gives nothing. */
export const lengthRuleOf = ({ lengthPenalty, lengthReward }: LengthRule, model: LengthRule): Required<LengthRule> =>
  lengthRule(lengthPenalty === undefined && lengthReward === undefined ? model : { lengthPenalty, lengthReward });

export interface BeamOptions<S> extends LengthRule {
  /**
   * One step for all rows: the last token of each row -> logits (or log-probabilities) [rows, V], row by row, and the
   * state after. Must not mix rows.
   */
  step(tokens: Int32Array, state: S): Promise<{ logits: Float32Array; state: S }> | { logits: Float32Array; state: S };
  /** The state with row i taken from row `rows[i]` of the given one: repeats, reorders and drops rows. */
  select(state: S, rows: Int32Array): Promise<S> | S;
  /** State of the batch before the first step, one row a sentence. */
  state: S;
  /** First token of each sentence; its length is the batch size. */
  start: ArrayLike<number>;
  /** Token that ends a hypothesis. */
  eos: number;
  /** Hypotheses kept alive for each sentence. 5 by default; 1 is greedy search. */
  beamSize?: number;
  /** Most tokens of a hypothesis, `eos` counted; one number, or one a sentence. */
  maxLength: number | readonly number[];
  /** Hypotheses returned for each sentence, at most `beamSize`. 1 by default. */
  nBest?: number;
  /** Applied to each row before it is scored, for example `exclude([unk])`. */
  filters?: readonly Filter[];
  signal?: AbortSignal;
}

export interface Hypothesis {
  /** Tokens drawn, without the start token and without `eos`. */
  readonly tokens: readonly number[];
  /** Sum of log-probabilities, in nats, `eos` included. */
  readonly logProbability: number;
  /** What it is ranked by ({@link LengthRule}). */
  readonly score: number;
  /** Whether it ended with `eos`; if not, it was cut at `maxLength`. */
  readonly finished: boolean;
}

/** A hypothesis that still grows; `row` is its place in the step's batch. */
interface Open {
  tokens: number[];
  logProbability: number;
  row: number;
}

interface Sentence {
  open: Open[];
  finished: Hypothesis[];
  maxLength: number;
}

/**
 * Finds likely token sequences: at each step every open hypothesis is extended by every token, and the `beamSize` best
 * extensions live on. One that ends with `eos` within the best is kept aside, whatever comes later. A sentence is done
 * when `beamSize` hypotheses have ended and the best open one ranks below the `nBest` best of them as it is, when no open one
 * can still win, or at `maxLength`. The count alone would not do: where a model is sure of each token, unlikely early ends
 * are among the best extensions too, since there are no others.
 * Returns for each sentence its `nBest` hypotheses, best first, ended ones before those cut off. Equal scores are settled
 * by the order of hypotheses, then of tokens, so the result is the same on every run.
 */
export async function beamSearch<S>(options: BeamOptions<S>): Promise<Hypothesis[][]> {
  const { step, select, start, eos, nBest = 1, filters = [], signal } = options;
  const { lengthPenalty, lengthReward } = lengthRule(options);
  const beamSize = checkNumber("beamSearch(beamSize)", options.beamSize ?? 5, { min: 1, integer: true });
  checkNumber("beamSearch(nBest)", nBest, { min: 1, max: beamSize, integer: true });
  checkNumber("beamSearch(lengthPenalty)", lengthPenalty, { min: 0 });
  checkNumber("beamSearch(lengthReward)", lengthReward, { min: 0, below: Infinity });
  const batch = start.length;
  const limits =
    typeof options.maxLength === "number" ? new Array<number>(batch).fill(options.maxLength) : options.maxLength;
  if (limits.length !== batch)
    fail({
      where: "beamSearch(maxLength)",
      expected: `${batch} numbers, one a sentence`,
      received: `${limits.length}`,
    });

  const scoreOf = (logProbability: number, length: number) =>
    (logProbability + lengthReward * length) / ((5 + length) / 6) ** lengthPenalty;
  const sentences = limits.map((limit, row): Sentence => {
    const maxLength = checkNumber("beamSearch(maxLength)", limit, { min: 1, integer: true });
    return { open: [{ tokens: [], logProbability: 0, row }], finished: [], maxLength };
  });

  let state = options.state;
  let tokens = Int32Array.from(start);
  for (let length = 1; tokens.length > 0; length++) {
    signal?.throwIfAborted();
    const result = await step(tokens, state);
    const V = result.logits.length / tokens.length;
    if (!Number.isInteger(V) || eos < 0 || eos >= V)
      fail({
        where: "beamSearch(step)",
        expected: `logits of ${tokens.length} rows, and eos (${eos}) a token`,
        received: `${result.logits.length} logits`,
        code: "shape",
      });
    const parents: number[] = [];
    const next: number[] = [];
    for (const sentence of sentences) {
      if (sentence.open.length === 0) continue;
      extend(sentence, length, result.logits, V);
      for (const hypothesis of sentence.open) {
        parents.push(hypothesis.row);
        next.push(hypothesis.tokens.at(-1)!);
        hypothesis.row = next.length - 1;
      }
    }
    if (next.length > 0) state = await select(result.state, Int32Array.from(parents));
    tokens = Int32Array.from(next);
  }
  return sentences.map(({ finished }) => finished.slice(0, nBest));

  /** The length, from the present one on, at which this log-probability scores most. */
  function bestLength(logProbability: number, length: number, maxLength: number): number {
    if (lengthPenalty <= 1 || lengthReward === 0 || logProbability === -Infinity) return maxLength;
    // Where the derivative of (l + r n) / (5 + n)^p is 0.
    const peak = (5 * lengthReward - lengthPenalty * logProbability) / ((lengthPenalty - 1) * lengthReward);
    return Math.min(maxLength, Math.max(length, peak));
  }

  /** One step of one sentence; leaves `open` empty when it is done. */
  function extend(sentence: Sentence, length: number, logits: Float32Array, V: number): void {
    const { open, finished, maxLength } = sentence;
    // Twice the beam: at most one extension of each hypothesis is eos, so enough others remain.
    const best = new Best(2 * beamSize);
    for (const [parent, { tokens: history, logProbability, row }] of open.entries()) {
      const scores = logSoftmax(logits, row * V, V, filters, history);
      for (let token = 0; token < V; token++) best.offer(logProbability + scores[token]!, parent, token);
    }
    const grown: Open[] = [];
    for (const [rank, { score: logProbability, parent, token }] of best.items.entries()) {
      const { tokens: history, row } = open[parent]!;
      if (token === eos) {
        if (rank < beamSize)
          finished.push({ tokens: history, logProbability, score: scoreOf(logProbability, length), finished: true });
      } else if (grown.length < beamSize) grown.push({ tokens: [...history, token], logProbability, row });
    }
    finished.sort((a, b) => b.score - a.score); // stable: earlier ones first among equals
    finished.splice(beamSize);
    if (length >= maxLength) {
      for (const { tokens: cut, logProbability } of grown)
        finished.push({ tokens: cut, logProbability, score: scoreOf(logProbability, length), finished: false });
      grown.length = 0;
    }
    // Log-probabilities only fall: what the best open one would score without a further loss is a bound on all that is still
    // to come. Once enough have ended, what it scores now is a closer guess.
    const likeliest = grown[0]?.logProbability ?? -Infinity;
    const hope = scoreOf(likeliest, finished.length >= beamSize ? length : bestLength(likeliest, length, maxLength));
    const done = finished.length >= nBest && hope <= finished[nBest - 1]!.score;
    sentence.open = done ? [] : grown;
  }
}

/** The `size` best extensions offered, best first; equal ones in the order of offering. */
class Best {
  readonly items: { score: number; parent: number; token: number }[] = [];
  private readonly size: number;
  constructor(size: number) {
    this.size = size;
  }
  offer(score: number, parent: number, token: number): void {
    const { items, size } = this;
    if (!(score > -Infinity) || (items.length === size && score <= items[size - 1]!.score)) return;
    let at = items.length;
    while (at > 0 && items[at - 1]!.score < score) at--;
    items.splice(at, 0, { score, parent, token });
    if (items.length > size) items.pop();
  }
}

/** Log-probabilities of one row, in float64. */
function logSoftmax(
  logits: Float32Array,
  from: number,
  V: number,
  filters: readonly Filter[],
  history: readonly number[],
): Float64Array {
  const row = new Float64Array(logits.subarray(from, from + V));
  for (const filter of filters) filter.apply(row, history);
  let most = -Infinity;
  for (const x of row) most = x > most ? x : most;
  let sum = 0;
  for (const x of row) sum += Math.exp(x - most);
  if (!Number.isFinite(most) || Number.isNaN(sum))
    fail({
      where: "beamSearch",
      expected: "finite logits",
      received: String(Number.isNaN(sum) ? Number.NaN : most),
      code: "numeric",
    });
  const shift = most + Math.log(sum);
  for (let i = 0; i < V; i++) row[i]! -= shift;
  return row;
}

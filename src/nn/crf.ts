// Tags that depend on their neighbors: the linear-chain conditional random field (Lafferty et al., 2001), as the last
// layer of a tagger (Lample et al., 2016). A path y has the score
//
//   s(y) = start[y<1>] + sum_t e<t>[y<t>] + sum_t transitions[y<t-1>, y<t>] + end[y<T>],
//
// its probability is exp(s(y)) / Z, and Z sums over all K^T paths by the forward algorithm, a scan in log space:
//
//   alpha<1>[k] = start[k] + e<1>[k],   alpha<t>[k] = e<t>[k] + log sum_j exp(alpha<t-1>[j] + transitions[j, k])
import { fail, showValue } from "../base/index.ts";
import {
  add,
  broadcastTo,
  cast,
  constant,
  dimension,
  div,
  equal,
  exp,
  less,
  linear,
  log,
  max,
  maximum,
  mul,
  range,
  reshape,
  select,
  sub,
  sum,
  transpose,
  zeros,
} from "../tensor/ops.ts";
import { scan } from "../tensor/scan.ts";
import { product, showShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { fill } from "./init.ts";
import { type Loss, sequenceCrossEntropy } from "./losses.ts";
import { type ParameterSpec, type Parameters, parameter } from "./parameters.ts";

/** The scores of a chain, for a batch. */
export interface CrfScores {
  /** e: [T, B, K]. */
  emissions: Tensor;
  /** [K, K]: from, to. */
  transitions: Tensor;
  /** [K]. */
  start: Tensor;
  /** [K]. */
  end: Tensor;
}

/** log Z of each row, [B]. `lengths`: int [B]; every row has T steps if not given. */
export function crfLogPartition({ emissions, transitions, start, end }: CrfScores, lengths?: Tensor): Tensor {
  const [T, B, K] = shapeOf(emissions, transitions);
  const into = transpose(transitions); // [to, from], so that the sum runs along the last axis
  const first = reshape(equal(range(T), constant(0, [], "int")), [T, 1, 1]);
  const { final } = scan(
    ([e, isFirst], { alpha }) => {
      const before = logSumExp(add(reshape(alpha!, [B, 1, K]), into)); // [B, K, K] -> [B, K]
      return { outputs: [], state: { alpha: add(select(isFirst!, broadcastTo(start, [B, K]), before), e!) } };
    },
    { initial: { alpha: zeros([B, K]) }, xs: [emissions, first], lengths },
  );
  return logSumExp(add(final.alpha!, end));
}

/** s(y) of each row, [B]. `tags`: int [T, B]; what stands past a row's length does not matter. */
export function crfPathScore(scores: CrfScores, tags: Tensor, lengths?: Tensor): Tensor {
  const { emissions, transitions, start, end } = scores;
  const [T, B, K] = shapeOf(emissions, transitions);
  const chosen = cast(equal(reshape(tags, [T, B, 1]), reshape(range(K), [1, 1, K])), "float");
  const hot = lengths ? mul(chosen, reshape(placesWithin(T, lengths), [T, B, 1])) : chosen; // [T, B, K]
  // The tags moved on by one step: all zeros before the first.
  const { outputs, final } = scan(([now], { before }) => ({ outputs: [before!], state: { before: now! } }), {
    initial: { before: zeros([B, K]) },
    xs: [hot],
    lengths,
  });
  const before = outputs[0]!;
  const isFirst = sub(1, sum(before, { axes: -1, keepDims: true })); // [T, B, 1]; past the end `hot` is 0 anyway
  const reached = add(emissions, linear(before, transpose(transitions)), mul(isFirst, start)); // [T, B, K]
  return add(sum(mul(reached, hot), { axes: [0, 2] }), sum(mul(final.before!, end), { axes: -1 }));
}

/** -log of the probability of the tags, in nats; a place is a step, so `mean` is per token. */
export function crfLoss(scores: CrfScores, tags: Tensor, lengths?: Tensor): Loss {
  const total = sum(sub(crfLogPartition(scores, lengths), crfPathScore(scores, tags, lengths)));
  const [T, B] = shapeOf(scores.emissions, scores.transitions);
  const count = lengths ? sum(cast(lengths, "float")) : dimension(product([T, B]));
  return { mean: div(total, maximum(count, 1e-12)), total, count };
}

/** How a tagger turns its emissions into tags: `crf()` or `independent()`. */
export interface TagDecoder {
  readonly config: { readonly type: "crf" | "independent" };
  /**
   * For K tags. `allowed` [(K + 1) * (K + 1)], of `allowedTransitions`: what may follow what; place K is the sentence's
   * begin (as from) and end (as to).
   */
  build(K: number, allowed?: ArrayLike<number>): TagDecoderBlock;
}

export interface TagDecoderBlock {
  readonly parameters: readonly ParameterSpec[];
  /** emissions [T, B, K], tags int [T, B], lengths int [B]. */
  loss(parameters: Parameters, emissions: Tensor, tags: Tensor, lengths: Tensor): Loss;
  /** The chain that Viterbi searches, given the values of the parameters. Flat, [K, K], [K], [K]; -Infinity forbids. */
  chain(value: (name: string) => ArrayLike<number>): {
    transitions: Float64Array;
    start: Float64Array;
    end: Float64Array;
  };
}

/** As a score, small enough that e^(it - anything else) is 0, and large enough to keep float32 exact beside it. */
const forbidden = -1e4;

/**
 * Tags are chosen together. Parameters as in pytorch-crf; zeros at first, so that training begins as `independent`.
 *
 * @example
 * ```ts
 * const model = tagger({ vocabulary, decoder: crf() });
 * ```
 */
export function crf(): TagDecoder {
  return {
    config: { type: "crf" },
    build(K, allowed) {
      const rules = rulesOf(K, allowed);
      const names = { transitions: "transitions", start: "start_transitions", end: "end_transitions" } as const;
      const ruled = (all: Parameters, part: keyof typeof names) => {
        const own = parameter(all, names[part]);
        if (!allowed) return own;
        const penalties = Array.from(rules[part], (allow) => (allow ? 0 : forbidden));
        return add(own, constant(penalties, part === "transitions" ? [K, K] : [K]));
      };
      return {
        parameters: [
          { name: names.transitions, shape: [K, K], init: fill(0) },
          { name: names.start, shape: [K], init: fill(0) },
          { name: names.end, shape: [K], init: fill(0) },
        ],
        loss: (all, emissions, tags, lengths) =>
          crfLoss(
            {
              emissions,
              transitions: ruled(all, "transitions"),
              start: ruled(all, "start"),
              end: ruled(all, "end"),
            },
            tags,
            lengths,
          ),
        chain: (value) => chainOf(rules, (part, i) => value(names[part])[i]!),
      };
    },
  };
}

/**
 * Each tag by itself, from a softmax over the tags; what is forbidden is still kept out when decoding.
 *
 * @example
 * ```ts
 * const model = tagger({ vocabulary, decoder: independent() });
 * ```
 */
export function independent(): TagDecoder {
  return {
    config: { type: "independent" },
    build: (K, allowed) => ({
      parameters: [],
      loss: (_, emissions, tags, lengths) =>
        sequenceCrossEntropy(emissions, tags, { weights: placesWithin(emissions.shape[0]!, lengths) }),
      chain: () => chainOf(rulesOf(K, allowed), () => 0),
    }),
  };
}

/** The decoder that has this `config`. */
export function tagDecoderFromConfig({ type }: TagDecoder["config"]): TagDecoder {
  if (type === "crf") return crf();
  if (type === "independent") return independent();
  return fail({ where: "decoder", expected: "crf or independent", received: showValue(type), code: "file" });
}

/** [T, B]: 1 where step t lies within row b. */
export function placesWithin(T: Tensor["shape"][number], lengths: Tensor): Tensor {
  return cast(less(reshape(range(T), [T, 1]), reshape(lengths, [1, ...lengths.shape])), "float");
}

/**
 * Over the last axis. The greatest term is taken out first; as a whole number, since any number near it serves, and
 * since no gradient flows through an integer (that through the maximum would cancel out).
 */
function logSumExp(x: Tensor): Tensor {
  const most = cast(cast(max(x, { axes: -1, keepDims: true }), "int"), "float");
  const total = log(sum(exp(sub(x, most)), { axes: -1 }));
  return add(total, reshape(most, most.shape.slice(0, -1)));
}

/** 1 where allowed. */
interface Rules {
  transitions: Uint8Array;
  start: Uint8Array;
  end: Uint8Array;
}

function rulesOf(K: number, allowed: ArrayLike<number> | undefined): Rules {
  if (allowed && allowed.length !== (K + 1) ** 2)
    fail({ where: "crf(allowed)", expected: `${(K + 1) ** 2} entries`, received: `${allowed.length}`, code: "shape" });
  const at = (from: number, to: number) => allowed?.[from * (K + 1) + to] ?? 1;
  return {
    transitions: Uint8Array.from({ length: K * K }, (_, i) => at(Math.floor(i / K), i % K)),
    start: Uint8Array.from({ length: K }, (_, k) => at(K, k)),
    end: Uint8Array.from({ length: K }, (_, k) => at(k, K)),
  };
}

function chainOf(rules: Rules, score: (part: keyof Rules, i: number) => number) {
  const part = (name: keyof Rules) =>
    Float64Array.from(rules[name], (allow, i) => (allow ? score(name, i) : -Infinity));
  return { transitions: part("transitions"), start: part("start"), end: part("end") };
}

function shapeOf(emissions: Tensor, transitions: Tensor): [Tensor["shape"][number], Tensor["shape"][number], number] {
  const [T, B, K] = emissions.shape;
  if (emissions.shape.length === 3 && typeof K === "number" && showShape(transitions.shape) === showShape([K, K]))
    return [T!, B!, K];
  return fail({
    where: "crf",
    expected: "emissions [T, B, K] and transitions [K, K]",
    received: `${showShape(emissions.shape)} and ${showShape(transitions.shape)}`,
    code: "shape",
  });
}

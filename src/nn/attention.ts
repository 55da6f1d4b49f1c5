// Attention: a decoder looks back at all of the encoder's outputs (the memory) and takes a weighted mean of them, with
// weights that depend on what it is about to write.
//
//   score<t, s>   = how well the query at t fits the memory at s
//   weight<t, s>  = softmax over s, padding left out
//   context<t>    = sum over s of weight<t, s> memory<s>
//
// Queries may come one at a time (inside a loop, where the context feeds the next step) or all at once: what the
// recurrence does not need is computed outside it, in a few large products.
import { checkNumber, fail, showValue } from "../base/index.ts";
import { add, linear, matmul, mul, reshape, softmax, sub, tanh } from "../tensor/ops.ts";
import type { Dim } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { uniform } from "./init.ts";
import { type ParameterSpec, type Parameters, parameter } from "./parameters.ts";

/** What a saved model keeps of it. */
export type AttentionConfig =
  | { readonly type: "multiplicative"; readonly scaled: boolean }
  | { readonly type: "additive"; readonly size: number };

/** A way to score; it knows no widths until it is built. */
export interface Attention {
  readonly config: AttentionConfig;
  build(querySize: number, memorySize: number): AttentionBlock;
}

export interface AttentionBlock {
  /** K. */
  readonly keySize: number;
  readonly parameters: readonly ParameterSpec[];
  /** The part of the scores that does not depend on a query, computed once: memory [B, S, M] -> [B, S, K]. */
  keys(parameters: Parameters, memory: Tensor): Tensor;
  /** queries [B, T, Q], keys [B, S, K] -> scores [B, T, S]. */
  scores(parameters: Parameters, queries: Tensor, keys: Tensor): Tensor;
}

export interface MultiplicativeOptions {
  /** Divide the scores by sqrt(memory's width), so that they do not grow with it (Vaswani et al., 2017). False by default, as in the paper. */
  scaled?: boolean;
}

/**
 * score = q . W m: the "general" form of Luong et al. (2015). Parameter `weight` [Q, M]. The fast one: two products.
 *
 * @example
 * ```ts
 * const attention = multiplicative({ scaled: true });
 * ```
 */
export function multiplicative({ scaled = false }: MultiplicativeOptions = {}): Attention {
  return {
    config: { type: "multiplicative", scaled },
    build: (querySize, memorySize) => ({
      keySize: querySize,
      parameters: [{ name: "weight", shape: [querySize, memorySize], init: uniform(1 / Math.sqrt(memorySize)) }],
      keys(parameters, memory) {
        const keys = linear(memory, parameter(parameters, "weight")); // [B, S, Q]
        return scaled ? mul(keys, 1 / Math.sqrt(memorySize)) : keys;
      },
      scores: (_, queries, keys) => matmul(queries, keys, { transB: true }), // [B, T, S]
    }),
  };
}

export interface AdditiveOptions {
  /** Width of the layer between. */
  size: number;
}

/**
 * score = v . tanh(W_q q + b + W_m m) (Bahdanau et al., 2015). Parameters `query.weight` [A, Q], `memory.weight` [A, M],
 * `bias` [A], `score.weight` [1, A]. All at once it holds T x S x A numbers a sentence.
 *
 * @example
 * ```ts
 * const attention = additive({ size: 128 });
 * ```
 */
export function additive({ size }: AdditiveOptions): Attention {
  checkNumber("additive(size)", size, { min: 1, integer: true });
  return {
    config: { type: "additive", size },
    build: (querySize, memorySize) => ({
      keySize: size,
      parameters: [
        { name: "query.weight", shape: [size, querySize], init: uniform(1 / Math.sqrt(querySize)) },
        { name: "memory.weight", shape: [size, memorySize], init: uniform(1 / Math.sqrt(memorySize)) },
        { name: "bias", shape: [size], init: uniform(1 / Math.sqrt(querySize)) },
        { name: "score.weight", shape: [1, size], init: uniform(1 / Math.sqrt(size)) },
      ],
      keys: (parameters, memory) =>
        linear(memory, parameter(parameters, "memory.weight"), parameter(parameters, "bias")),
      scores(parameters, queries, keys) {
        const [B, T] = queries.shape as [Dim, Dim];
        const S = keys.shape[1]!;
        const asked = reshape(linear(queries, parameter(parameters, "query.weight")), [B, T, 1, size]);
        const hidden = tanh(add(asked, reshape(keys, [B, 1, S, size]))); // [B, T, S, A]
        return reshape(linear(hidden, parameter(parameters, "score.weight")), [B, T, S]);
      },
    }),
  };
}

/** The attention that has this `config`. */
export function attentionFromConfig(config: AttentionConfig): Attention {
  if (config.type === "multiplicative") return multiplicative(config);
  if (config.type === "additive") return additive(config);
  const expected = '"multiplicative" or "additive"';
  return fail({ where: "attention", code: "file", expected, received: showValue((config as { type?: unknown }).type) });
}

/**
 * Weights and contexts of queries [B, T, Q]: weights [B, T, S], contexts [B, T, M]. `mask` [B, S] is 1 where the memory
 * counts and 0 at padding, which gets a weight of exactly 0; each row needs a 1.
 */
export function attend(
  block: AttentionBlock,
  parameters: Parameters,
  queries: Tensor,
  { memory, keys, mask }: { memory: Tensor; keys: Tensor; mask: Tensor },
): { weights: Tensor; contexts: Tensor } {
  const [B, S] = mask.shape as [Dim, Dim];
  const closed = reshape(mul(sub(mask, 1), 1e9), [B, 1, S]); // 0 or -1e9, whose exponential is 0
  const weights = softmax(add(block.scores(parameters, queries, keys), closed));
  return { weights, contexts: matmul(weights, memory) };
}

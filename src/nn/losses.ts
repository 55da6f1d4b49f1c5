// Losses: how far the network's outputs are from what was wanted.
import { fail } from "../base/index.ts";
import { abs, add, crossEntropy, dimension, div, exp, log, maximum, mul, neg, relu, sub, sum } from "../tensor/ops.ts";
import { product, sameShape, showShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A loss over many places. What is not read is not computed. */
export interface Loss {
  /** Mean over the places that count: what training makes small. */
  mean: Tensor;
  /** Sum over the places that count. */
  total: Tensor;
  /** How many places count (the sum of the weights). */
  count: Tensor;
}

export interface SequenceLossOptions {
  /** [T, B]: 1 where a place counts, 0 for padding; every place counts if not given. */
  weights?: Tensor;
}

export interface CrossEntropyOptions extends SequenceLossOptions {
  /** Added to the loss of each place, [..]: what regularized layers give (`Applied.penalty`). */
  penalty?: Tensor;
  /** Share of each target that is spread evenly over all classes (Szegedy et al., 2016); 0 by default. */
  smoothing?: number;
}

/** Nats: -log of the probability that the logits [.., V] give to the targets, int [..]. */
export function sequenceCrossEntropy(
  logits: Tensor,
  targets: Tensor,
  { weights, smoothing = 0, penalty }: CrossEntropyOptions = {},
): Loss {
  const each = crossEntropy(logits, targets, smoothing);
  return weigh(penalty ? add(each, penalty) : each, weights);
}

/** (prediction - target)^2, both [..]. */
export function meanSquaredError(predictions: Tensor, targets: Tensor, { weights }: SequenceLossOptions = {}): Loss {
  sameAxes("meanSquaredError", predictions, targets);
  const error = sub(predictions, targets);
  return weigh(mul(error, error), weights);
}

/** Nats: -log of the probability that sigmoid(logits) gives to targets in [0, 1], both [..]. */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor, { weights }: SequenceLossOptions = {}): Loss {
  sameAxes("binaryCrossEntropy", logits, targets);
  // log(1 + e^x) - x y, written so that no exponential overflows.
  const softplus = add(relu(logits), log(add(1, exp(neg(abs(logits))))));
  return weigh(sub(softplus, mul(logits, targets)), weights);
}

function weigh(each: Tensor, weights: Tensor | undefined): Loss {
  if (!weights) {
    const total = sum(each);
    const count = dimension(product(each.shape));
    return { mean: div(total, count), total, count };
  }
  sameAxes("loss weights", weights, each);
  const total = sum(mul(each, weights));
  const count = sum(weights);
  return { mean: div(total, maximum(count, 1e-12)), total, count }; // nothing counts: the loss is 0, not 0 / 0
}

function sameAxes(where: string, a: Tensor, b: Tensor): void {
  if (!sameShape(a.shape, b.shape)) {
    fail({ where, code: "shape", expected: showShape(b.shape), received: showShape(a.shape) });
  }
}

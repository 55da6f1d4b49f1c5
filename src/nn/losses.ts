// Losses: how far the network's outputs are from what was wanted.
import { checkNumber, fail, showValue } from "../base/index.ts";
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

/** Cross-entropies of which easy places count less: (1 - p)^gamma of each, p the probability of the target. */
function focalCrossEntropy(
  logits: Tensor,
  targets: Tensor,
  gamma: number,
  { weights, penalty }: CrossEntropyOptions,
): Loss {
  const each = crossEntropy(logits, targets, 0);
  const wrong = maximum(sub(1, exp(neg(each))), 1e-6); // 0 would have no logarithm
  const focused = mul(exp(mul(gamma, log(wrong))), each);
  return weigh(penalty ? add(focused, penalty) : focused, weights);
}

/** What training makes small. Evaluations measure the plain cross-entropy, whatever the loss of training is. */
export interface TrainingLoss {
  readonly config: { readonly type: "crossEntropy" | "focal" | "own"; readonly [option: string]: unknown };
  /** Of logits [.., V] and targets, int [..]. */
  apply(logits: Tensor, targets: Tensor, options: Pick<CrossEntropyOptions, "weights" | "penalty">): Loss;
}

/** A loss of your own: from logits [.., V] and targets, int [..]. It is not saved with the model. */
export type LossFunction = TrainingLoss["apply"];

/**
 * Cross-entropy, the default. `smoothing` is the share of each target that is spread evenly over all classes.
 *
 * @example
 * ```ts
 * const model = classifier({ tokenizer, labels, encoder, loss: crossEntropyLoss({ smoothing: 0.1 }) });
 * ```
 */
export function crossEntropyLoss({ smoothing = 0 }: { smoothing?: number } = {}): TrainingLoss {
  checkNumber("crossEntropyLoss(smoothing)", smoothing, { min: 0, below: 1 });
  return {
    config: { type: "crossEntropy", smoothing },
    apply: (logits, targets, options) => sequenceCrossEntropy(logits, targets, { ...options, smoothing }),
  };
}

/**
 * The focal loss (Lin et al., 2017) for classes of very unequal size: what is classified well already counts little.
 * `gamma` is 2 by default, as in the paper; 0 is the cross-entropy.
 *
 * @example
 * ```ts
 * const model = classifier({ tokenizer, labels, encoder, loss: focalLoss() });
 * ```
 */
export function focalLoss({ gamma = 2 }: { gamma?: number } = {}): TrainingLoss {
  checkNumber("focalLoss(gamma)", gamma, { min: 0 });
  return {
    config: { type: "focal", gamma },
    apply: (logits, targets, options) => focalCrossEntropy(logits, targets, gamma, options),
  };
}

/** The loss of an option: a function is a loss of one's own. */
export const trainingLoss = (loss: TrainingLoss | LossFunction): TrainingLoss =>
  typeof loss === "function" ? { config: { type: "own" }, apply: loss } : loss;

/** The loss that has this `config`. @param own the function, where it is a loss of one's own */
export function lossFromConfig(config: TrainingLoss["config"], own?: LossFunction): TrainingLoss {
  if (config.type === "crossEntropy") return crossEntropyLoss(config as { smoothing?: number });
  if (config.type === "focal") return focalLoss(config as { gamma?: number });
  if (config.type !== "own")
    return fail({
      where: "loss",
      expected: "crossEntropy, focal or own",
      received: showValue(config.type),
      code: "file",
    });
  const missing: LossFunction = () =>
    fail({
      where: "train",
      problem: "the model was trained with a loss of its own, which is not saved with it",
      hint: "load(folder, { loss: myLoss })",
      code: "missing",
    });
  return trainingLoss(own ?? missing);
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

// What an optimizer is: its options, and one update of one parameter as tensors, so that every engine can run it.
import { checkNumber } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";

/** What one update of one parameter reads. Tensors have the parameter's shape unless said otherwise. */
export interface UpdateInputs {
  readonly parameter: Tensor;
  /** After clipping. */
  readonly gradient: Tensor;
  /** The optimizer's own state of this parameter, by name; zeros before the first update. */
  readonly moments: Readonly<Record<string, Tensor>>;
  /** Learning rate of this update, []. */
  readonly rate: Tensor;
  /** Multiplies the weight decay: 0 for biases, say. */
  readonly decay: number;
  /** What `corrections` returned for this update, by name, []. */
  readonly corrections: Readonly<Record<string, Tensor>>;
}

export interface UpdateResult {
  readonly parameter: Tensor;
  readonly moments: Readonly<Record<string, Tensor>>;
}

/**
 * An optimizer as a value. To add one, write a file that returns this, and a line in `optimizerFrom`. Updates of
 * element-wise operations run as one pass over memory; others run too, more slowly.
 */
export interface Optimizer {
  readonly name: string;
  /** The options with their defaults filled in; plain data, kept in checkpoints. */
  readonly config: { readonly learningRate: number } & Readonly<Record<string, number | boolean | readonly number[]>>;
  /** Names of the moments, PyTorch's where it has them: `exp_avg`, `exp_avg_sq`, `momentum_buffer`, `square_avg`. */
  readonly moments: readonly string[];
  /** The moment that is an average of the parameters, where there is one: validations also try it. */
  readonly average?: string;
  /** Numbers that depend on the count of updates alone, from 1; computed in float64. */
  corrections?(step: number): Readonly<Record<string, number>>;
  update(inputs: UpdateInputs): UpdateResult;
}

/** @throws UnrolledError where the learning rate or the weight decay is out of range */
export function checkCommon(name: string, learningRate: number, weightDecay: number): void {
  checkNumber(`${name}(learningRate)`, learningRate, { min: 0 });
  checkNumber(`${name}(weightDecay)`, weightDecay, { min: 0 });
}

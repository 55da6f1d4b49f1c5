// What a validation during training scores: the parameters, and their average where the optimizer keeps one.
import type { Engine } from "../engine/index.ts";
import { score } from "./evaluate.ts";
import type { LossUnits } from "./metrics.ts";
import type { EvaluationRunner } from "./runner.ts";
import type { EvaluationBatches, Judgment, Trainable } from "./trainable.ts";

export interface Validation extends LossUnits {
  /** The task's own means (accuracy, say), by name. */
  readonly means: Readonly<Record<string, number>>;
  /** Share of the data, where only a part was scored. */
  readonly share?: number;
  /** The optimizer's average of the parameters was better than they, and this is its score. */
  readonly averaged?: true;
}

export interface Validated {
  readonly parameters: Float32Array;
  readonly valid: Validation;
  readonly judged?: Judgment;
  readonly averaged?: true;
  /** What it is compared by: the mean loss, or the task's score negated. */
  readonly loss: number;
}

interface ValidateOptions {
  engine: Engine;
  threads?: number;
  signal?: AbortSignal;
  /** Share of the data that `batches` are. */
  share?: number;
  onProgress?: (tokens: number) => void;
}

/** Scores the parameters and their average on validation data, and leaves the model with the better of the two. */
export async function validate<Data>(
  model: Trainable<Data>,
  data: Data,
  [parameters, average]: readonly [Float32Array, Float32Array | undefined],
  runner: EvaluationRunner,
  batches: EvaluationBatches,
  options: ValidateOptions,
): Promise<Validated> {
  const plain = await scoreOf(model, data, parameters, runner, batches, options);
  if (!average) return plain;
  const smooth = await scoreOf(model, data, average, runner, batches, options);
  const better = smooth.loss < plain.loss;
  model.parameters = better ? average : parameters;
  return better ? { ...smooth, averaged: true, valid: { ...smooth.valid, averaged: true } } : plain;
}

async function scoreOf<Data>(
  model: Trainable<Data>,
  data: Data,
  parameters: Float32Array,
  runner: EvaluationRunner,
  batches: EvaluationBatches,
  { share, onProgress, ...options }: ValidateOptions,
): Promise<Validated> {
  model.parameters = parameters;
  await runner.write(parameters);
  const { nats, bitsPerToken, perplexity, means } = await score(runner, batches, {
    signal: options.signal,
    onProgress,
  });
  const part = share === undefined || share === 1 ? {} : { share };
  const units = { nats, bitsPerToken, perplexity };
  const judgment = await model.judge?.(data, { ...options, means, nats, share });
  if (!judgment) return { parameters, valid: { ...units, means, ...part }, loss: nats };
  const {
    means: reported = { ...means, [judgment.name]: judgment.score },
    parameters: kept = parameters,
    ...judged
  } = judgment;
  return { parameters: kept, valid: { ...units, means: reported, ...part }, judged, loss: -rank(judged, nats) };
}

/**
 * What checkpoints are compared by: the score, and of equal ones, frequent on little data, the lower loss. Scores below guessing
 * come after those from 0 on.
 */
export function rank({ score, belowGuessing }: Judgment, nats: number): number {
  const less = 1 - 1 / (1 + nats); // 0 to 1, of an infinite loss too
  return belowGuessing ? -1 - less : score - 1e-9 * less;
}

// The mean loss over a whole data set, with state carried along where the task has one.
import { engineOf } from "../engine/default.ts";
import type { Engine } from "../engine/index.ts";
import { type LossUnits, lossUnits } from "./metrics.ts";
import { type EvaluationRunner, evaluationRunner } from "./runner.ts";
import { recurrentWeights, shardsFor } from "./shards.ts";
import type { EvaluationBatches, EvaluationBatchOptions, Trainable } from "./trainable.ts";

export interface Evaluation extends LossUnits {
  /** Places that were scored. */
  tokens: number;
  tokensPerSecond: number;
  /** The task's own means (accuracy, say), by name. */
  means: Readonly<Record<string, number>>;
}

export interface EvaluateOptions extends EvaluationBatchOptions {
  engine?: Engine;
  /** Threads to use; all that the engine has by default. */
  threads?: number;
  /** Parts that each batch is cut into; by the threads by default. It changes sums in their last bits. */
  shards?: number;
  signal?: AbortSignal;
}

/**
 * Scores a model on data: mean nats, bits and perplexity per token.
 *
 * @throws UnrolledError with code "missing" without an engine; the signal's reason where it is aborted
 *
 * @example
 * ```ts
 * const { perplexity, bitsPerToken } = await evaluate(model, data.valid);
 * ```
 */
export async function evaluate<Data>(
  model: Trainable<Data>,
  data: Data,
  { engine: given, threads, shards: wanted, signal, ...options }: EvaluateOptions = {},
): Promise<Evaluation> {
  const source = model.evaluationBatches(data, options);
  const engine = engineOf("evaluate", given);
  const shards =
    wanted ??
    shardsFor({
      rows: options.batchSize ?? 32,
      threads: engine.cores && (threads ?? engine.cores),
      recurrent: recurrentWeights(model, source.kind),
    });
  const runner = await evaluationRunner(model, source.kind, shards, engine, { threads });
  try {
    return await score(runner, source, { signal });
  } finally {
    await runner.release();
  }
}

/** Runs a compiled evaluation from the first batch to the last. Sums are float64. */
export async function score(
  runner: EvaluationRunner,
  source: EvaluationBatches,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (tokens: number) => void } = {},
): Promise<Evaluation> {
  const began = performance.now();
  let [total, count] = [0, 0];
  const sums: Record<string, number> = {};
  for (const batch of source.batches()) {
    signal?.throwIfAborted();
    const result = await runner.run(batch);
    if (batch.scored === false) continue;
    total += result.total;
    count += result.count;
    onProgress?.(count);
    for (const [name, value] of Object.entries(result.totals)) sums[name] = (sums[name] ?? 0) + value;
  }
  return {
    ...lossUnits(total / count),
    tokens: count,
    tokensPerSecond: (count / (performance.now() - began)) * 1000,
    means: Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count])),
  };
}

// The training loop: one run of the graph a step for loss and gradients, one pass for the norm, one for the update.
// It is an async generator, so that a command line, a page and a test read the same stream, and stopping is a `break`.
import { checkNumber, fail, foldIn, randomKey } from "../base/index.ts";
import { engineOf } from "../engine/default.ts";
import type { Engine } from "../engine/index.ts";
import { type BudgetOptions, budget } from "./budget.ts";
import { checkFinite, clipFactor, globalNorm } from "./clipping.ts";
import { earlyStopping } from "./early-stopping.ts";
import { score } from "./evaluate.ts";
import { flatMemory } from "./kernel/memory.ts";
import type { LossUnits } from "./metrics.ts";
import { adamW, type Optimizer, type ParameterRange } from "./optimizers.ts";
import { phases } from "./phases.ts";
import { type EvaluationRunner, evaluationRunner, type TrainingRunner, trainingRunner } from "./runner.ts";
import { constant, type Schedule } from "./schedules.ts";
import type { Best, TrainingState } from "./state.ts";
import type { EvaluationBatches, Judgment, Trainable } from "./trainable.ts";

export interface TrainOptions<Data> extends BudgetOptions {
  /** adamW() by default. */
  optimizer?: Optimizer;
  /** Multiplies the learning rate at each step; constant by default. */
  schedule?: Schedule;
  /** Rows in a batch; 32 by default. */
  batchSize?: number;
  /** Steps of time in a window of a stream: the gradient stops there, the state carries on. 64 by default. */
  bptt?: number;
  /** Longest gradient, as one vector (Pascanu et al., 2013); 1 by default, Infinity for none. */
  clipNorm?: number;
  /** Data to watch. The parameters with the lowest loss on it (or the best score, where the task judges by one) are what the model ends with. */
  valid?: Data;
  /** Updates between evaluations; a tenth of the run by default. One more comes at the end. */
  evaluateEvery?: number;
  /** Rows side by side in an evaluation. */
  evaluationBatchSize?: number;
  /** Stop after this many evaluations that were no better than the best; never by default. */
  patience?: number;
  /** Of the order of data and of dropout; 1337 by default. */
  seed?: number;
  /** Stretches of parameters with their own rate or decay (`parameterRanges`). */
  ranges?: readonly ParameterRange[];
  engine?: Engine;
  /** Threads inside an operation; the engine's choice by default. */
  threads?: number;
  /** Stops after the step under way; an evaluation under way is abandoned. */
  signal?: AbortSignal;
  /** Called during evaluations with the number of tokens scored so far. */
  onEvaluation?: (tokens: number) => void;
  /** Go on from `model.training`, which must be there: the run is then the one that was never stopped, bit for bit. */
  resume?: boolean;
  /** Plain data to keep with the state. */
  recipe?: unknown;
}

export interface Progress {
  /** Updates made. */
  step: number;
  /** In all; an estimate under a time budget. */
  steps: number;
  /** Passes over the data, with a fraction. */
  epoch: number;
  /** Mean loss of this step's batch, before the update. */
  loss: number;
  learningRate: number;
  /** Before clipping. */
  gradientNorm: number;
  /** Over the last seconds, evaluations not counted. */
  tokensPerSecond: number;
  /** Seconds so far and to come. */
  elapsed: number;
  remaining: number;
  /** Where this step was followed by an evaluation. */
  valid?: LossUnits & { means: Readonly<Record<string, number>> };
  /** The best validation so far. */
  best?: { step: number; nats: number; judged?: Judgment };
}

/**
 * Trains a model in place and yields after each step. At the end, with `valid`, the model has the best parameters seen.
 * Leaving the loop early (`break`, `signal`) leaves a consistent model, which `resume` can go on with.
 *
 * @throws UnrolledError with code "numeric" where the loss or a gradient is not finite; nothing is updated then
 *
 * @example
 * ```ts
 * for await (const { step, loss, valid } of train(model, data.train, { epochs: 10, valid: data.valid }))
 *   if (valid) console.log(step, loss, valid.perplexity);
 * ```
 */
export async function* train<Data>(
  model: Trainable<Data>,
  data: Data,
  options: TrainOptions<Data> = {},
): AsyncGenerator<Progress, void, void> {
  const { optimizer = adamW(), schedule = constant(), batchSize = 32, bptt = 64, clipNorm = 1, seed = 1337 } = options;
  const { valid, patience = Infinity, threads, signal, ranges } = options;
  const engine = engineOf("train", options.engine);
  if (options.evaluateEvery !== undefined)
    checkNumber("train(evaluateEvery)", options.evaluateEvery, { min: 1, integer: true });
  const source = model.batches(data, { batchSize, bptt, seed });
  const run = budget(options, source.perEpoch);
  const stopping = earlyStopping({ patience });
  const scoring: EvaluationBatches | undefined =
    valid === undefined ? undefined : model.evaluationBatches(valid, { batchSize: options.evaluationBatchSize });

  const { buffers } = flatMemory({ length: model.layout.length, buffers: 2 + optimizer.stateBuffers });
  const [parameters, gradients, ...moments] = buffers as [Float32Array, Float32Array, ...Float32Array[]];
  const state: TrainingState = {
    step: 0,
    cursor: source.start,
    elapsed: 0,
    gradientNorm: null,
    stopping: stopping.initial,
    carried: {},
    ...(options.resume ? resumed(model, optimizer, { batchSize, bptt, seed }) : {}),
    settings: {
      batchSize,
      bptt,
      seed,
      clipNorm: clipNorm === Infinity ? null : clipNorm,
      optimizer: { name: optimizer.name, config: optimizer.config },
      steps: run.steps ?? null,
    },
    ...(options.recipe === undefined ? {} : { recipe: options.recipe }),
    parameters,
    moments: Object.fromEntries(optimizer.stateNames.map((name, i) => [name, moments[i]!])),
  };
  const saved = options.resume ? model.training : undefined;
  parameters.set(saved?.parameters ?? model.parameters);
  if (saved) for (const [i, name] of optimizer.stateNames.entries()) moments[i]!.set(saved.moments[name]!);
  model.parameters = parameters;
  model.training = state;

  const masks = foldIn(randomKey(seed), "dropout");
  const before = state.elapsed;
  const began = performance.now();
  const elapsed = () => before + (performance.now() - began) / 1000;
  const speed = speedometer();
  const phaseAt = phases(model.specs, model.layout, { perEpoch: source.perEpoch, ranges });
  let phase = phaseAt(state.step);
  const compiled = (): Promise<TrainingRunner> =>
    trainingRunner(model, source.kind, { parameters, gradients, rows: batchSize, ...phase }, engine, { threads });
  let training = await compiled();
  let evaluation: EvaluationRunner | undefined;
  let finished = run.done(state.step, elapsed()) || state.stopping.waited >= patience;

  /** Evaluates, and keeps the parameters if they are the best; undefined where the signal came first. */
  async function judge(source: EvaluationBatches): Promise<Progress["valid"]> {
    evaluation ??= await evaluationRunner(model, source.kind, engine, { threads });
    state.evaluationDue = true;
    try {
      const found = await score(evaluation, source, { signal, onProgress: options.onEvaluation });
      const { nats, bitsPerToken, perplexity, means } = found;
      const judged = await model.judge?.(valid!, { engine, threads, signal, means });
      const verdict = stopping.next(state.stopping, judged ? -judged.score : nats);
      state.stopping = verdict.state;
      if (verdict.improved)
        state.best = { step: state.step, nats, ...(judged ? { judged } : {}), parameters: parameters.slice() };
      state.evaluationDue = undefined;
      return { nats, bitsPerToken, perplexity, means: judged ? { ...means, [judged.name]: judged.score } : means };
    } catch (error) {
      if (signal?.aborted) return undefined; // a resumed run begins with this evaluation
      throw error;
    }
  }

  try {
    if (state.evaluationDue && scoring) {
      await judge(scoring);
      finished ||= state.stopping.waited >= patience;
    }
    while (!finished && !signal?.aborted) {
      const started = performance.now();
      if (state.step >= phase.until) {
        phase = phaseAt(state.step);
        const next = await compiled();
        await training.release();
        training = next;
      }
      const steps = run.total(state.step, elapsed());
      const batch = source.at(state.cursor);
      const { total, count, carried } = await training.run(batch, state.carried, foldIn(masks, state.step));
      const share = count > 0 ? 1 / count : 0; // a batch in which nothing counts moves nothing
      const loss = total * share;
      const norm = globalNorm(gradients) * share;
      const learningRate = optimizer.config.learningRate * schedule(state.step, steps);
      const step = state.step + 1;
      checkFinite({
        step,
        loss,
        norm,
        gradients,
        layout: model.layout,
        learningRate,
        previousNorm: state.gradientNorm ?? undefined,
        clipNorm: clipNorm === Infinity ? undefined : clipNorm,
      });
      const gradientScale = clipFactor(norm, clipNorm) * share;
      optimizer.update({
        parameters,
        gradients,
        state: moments,
        step,
        learningRate,
        gradientScale,
        ranges: phase.ranges,
      });
      state.step = step;
      state.cursor = batch.next;
      state.carried = carried;
      state.gradientNorm = norm;
      const updated = performance.now();
      speed.add(batch.tokens, updated - started);

      finished = run.done(step, elapsed());
      let result: Progress["valid"];
      if (scoring && (finished || run.due(step, elapsed(), options.evaluateEvery))) {
        result = await judge(scoring);
        finished ||= state.stopping.waited >= patience;
      }
      run.spent((updated - started) / 1000, result ? (performance.now() - updated) / 1000 : 0);
      state.elapsed = elapsed();
      const tokensPerSecond = speed.perSecond();
      yield {
        step,
        steps: run.steps ?? steps,
        epoch: batch.next.epoch + fraction(batch.next, source.perEpoch),
        loss,
        learningRate,
        gradientNorm: norm,
        tokensPerSecond,
        elapsed: state.elapsed,
        remaining: finished ? 0 : Math.max(0, ((run.steps ?? steps) - step) * (state.elapsed / step)),
        ...(result ? { valid: result } : {}),
        ...(state.best ? { best: withoutParameters(state.best) } : {}),
      };
    }
  } finally {
    // Ordinary arrays again: the model outlives the loop's memory.
    state.parameters = parameters.slice();
    state.moments = Object.fromEntries(optimizer.stateNames.map((name, i) => [name, moments[i]!.slice()]));
    model.parameters = (state.best?.parameters ?? parameters).slice();
    await training.release();
    await evaluation?.release();
  }
}

/** The part of a saved state that a run goes on from; throws where the run would be another one. */
function resumed(
  model: Trainable<never>,
  optimizer: Optimizer,
  settings: { batchSize: number; bptt: number; seed: number },
): TrainingState {
  const state =
    model.training ??
    fail({
      where: "train(resume)",
      expected: "a model with its training state",
      received: "one without",
      hint: "load a folder that was saved during training",
      code: "missing",
    });
  for (const name of ["batchSize", "bptt", "seed"] as const)
    if (state.settings[name] !== settings[name])
      fail({
        where: `train(resume, ${name})`,
        expected: `${state.settings[name]}, as before`,
        received: `${settings[name]}`,
      });
  if (state.settings.optimizer.name !== optimizer.name || optimizer.stateNames.some((name) => !state.moments[name]))
    fail({
      where: "train(resume, optimizer)",
      expected: `${state.settings.optimizer.name}, as before`,
      received: optimizer.name,
    });
  if (state.parameters.length !== model.layout.length)
    fail({
      where: "train(resume)",
      expected: `a state of ${model.layout.length} floats`,
      received: `${state.parameters.length}`,
      code: "file",
    });
  return state;
}

const withoutParameters = ({ parameters: _, ...best }: Best) => best;

/** How far a cursor is into its epoch. */
function fraction({ epoch: _, ...place }: { epoch: number; [name: string]: number }, perEpoch: number): number {
  return (Object.values(place)[0] ?? 0) / perEpoch;
}

/** Tokens a second over the last two seconds or so. */
function speedometer() {
  let [tokens, milliseconds] = [0, 0];
  return {
    add(count: number, spent: number) {
      const keep = Math.exp(-spent / 2000);
      tokens = tokens * keep + count;
      milliseconds = milliseconds * keep + spent;
    },
    perSecond: () => (tokens / milliseconds) * 1000,
  };
}

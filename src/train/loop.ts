// The training loop: it feeds one program, which holds parameters and state, with batch after batch. It is an async
// generator, so that a command line, a page and a test read the same stream, and stopping is a `break`.
import { checkNumber, foldIn, randomKey } from "../base/index.ts";
import { engineOf } from "../engine/default.ts";
import type { Engine } from "../engine/index.ts";
import { type BudgetOptions, budget } from "./budget.ts";
import { earlyStopping } from "./early-stopping.ts";
import { type LocalSteps, replicaEngine, withOuterMomentum } from "./local-steps.ts";
import { smoothed } from "./metrics.ts";
import { adamW, type Optimizer } from "./optimizers/index.ts";
import { phases } from "./phases.ts";
import { resumed } from "./resumed.ts";
import { type EvaluationRunner, evaluationRunner, type TrainingRunner, trainingRunner } from "./runner.ts";
import { constantRate, type Schedule } from "./schedules.ts";
import { shardsOf } from "./shards.ts";
import { type Best, beginRun, type TrainingState } from "./state.ts";
import type { ParameterGroups } from "./step.ts";
import type { EvaluationBatches, Judgment, Trainable } from "./trainable.ts";
import { UnreadSteps } from "./unread.ts";
import { type Validation, validate } from "./validate.ts";
import { watchedShare } from "./watched.ts";

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
  /**
   * Most of the run's time that evaluations take, about: where all of `valid` would take longer, each scores the same part
   * of it. 1 by default: evaluations score all of `valid`, however long they take.
   */
  evaluationShare?: number;
  /** Stop after this many evaluations that were no better than the best; never by default. */
  patience?: number;
  /** Of the order of data and of dropout; 1337 by default. */
  seed?: number;
  /** Factors of learning rate and weight decay for each parameter, both 1 by default: `({ shape }) => ({ decay: shape.length > 1 ? 1 : 0 })`. */
  groups?: ParameterGroups;
  engine?: Engine;
  /** Threads to use; all that the engine has by default. The result does not depend on it. */
  threads?: number;
  /**
   * Parts that each batch is cut into, a power of two. The gradient is the sum of theirs, in a fixed order, so the number is
   * part of the run and saved with it. By default it follows from the rows of a batch and the cores of the engine (`shardsFor`).
   */
  shards?: number;
  /** Workers that share the shards, a power of two; the engine's choice by default. The result does not depend on it. */
  workers?: number;
  /** Replicas of the model train apart and are averaged every so many steps: see {@link LocalSteps}. */
  localSteps?: LocalSteps;
  /** Steps from one reading of loss and gradient norm to the next; 1 by default. Larger values spare a GPU the waiting. */
  reportEvery?: number;
  /** Stops after the step under way; an evaluation under way is abandoned. */
  signal?: AbortSignal;
  /** Called during evaluations with the number of tokens scored so far. */
  onEvaluation?: (tokens: number) => void;
  /** Go on from `model.training`, which must be there: the run is then the one that was never stopped, bit for bit. */
  resume?: boolean;
  /** Plain data to keep with the state. */
  recipe?: unknown;
  /** Milliseconds that a time budget is measured with; `performance.now` by default. Ranks of one run need a common clock. */
  now?: () => number;
}

export interface Progress {
  /** Updates made. */
  step: number;
  /** In all; an estimate under a time budget. */
  steps: number;
  /** Passes over the data, with a fraction. */
  epoch: number;
  /** Mean loss of the batch before the update, at the last step that was read (`reportEvery`). */
  loss: number;
  /** Exponential average of `loss` over about the last 50 steps; a resumed run goes on with it. */
  trainLoss: number;
  learningRate: number;
  /** Before clipping, at the last step that was read. */
  gradientNorm: number;
  /** Over the last seconds, evaluations not counted. */
  tokensPerSecond: number;
  /** Seconds so far and to come, `reportTokens` included. */
  elapsed: number;
  remaining: number;
  /** Where this step was followed by an evaluation; `share` is that of the data, where only a part was scored. */
  valid?: Validation;
  /** The best validation so far. */
  best?: { step: number; nats: number; judged?: Judgment; averaged?: true };
}

/**
 * Trains a model in place and yields after each step. At the end, with `valid`, the model has the best parameters seen.
 * Leaving the loop early (`break`, `signal`) leaves a consistent model, which `resume` can continue.
 *
 * While it runs, parameters and state live in the engine: `model.parameters` is refreshed at each evaluation, by
 * `checkpoint(model)` and at the end.
 *
 * @throws UnrolledError with code "numeric" where the loss or a gradient is not finite; nothing is updated then
 * @throws UnrolledError where the model is being trained already
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
  const { schedule = constantRate(), batchSize = 32, bptt = 64, clipNorm = 1, seed = 1337 } = options;
  const { valid, patience = Infinity, threads, workers, signal, groups, reportEvery = 1 } = options;
  const { now = () => performance.now(), localSteps: apart } = options;
  const optimizer = (apart ? withOuterMomentum : same)(options.optimizer ?? adamW());
  const engine = engineOf("train", options.engine);
  const counts = { evaluateEvery: options.evaluateEvery, reportEvery, "localSteps.every": apart?.every };
  for (const [name, every] of Object.entries(counts))
    if (every !== undefined) checkNumber(`train(${name})`, every, { min: 1, integer: true });
  const ranks = apart?.ranks ?? { rank: engine.rank ?? 0, size: engine.ranks ?? 1 };
  const source = model.batches(data, { batchSize, bptt, seed, ranks });
  const run = budget(options, source.perEpoch);
  const stopping = earlyStopping({ patience });
  const evaluationOptions = { batchSize: options.evaluationBatchSize };
  const scoring = valid === undefined ? undefined : model.evaluationBatches(valid, evaluationOptions);

  const saved = options.resume
    ? resumed(model, optimizer, { batchSize, bptt, seed, shards: options.shards, localSteps: apart })
    : undefined;
  const replicas = apart?.replicas ?? saved?.settings.localSteps?.replicas ?? apart?.ranks?.size ?? 1;
  const localSteps = apart && { every: apart.every, replicas };
  const shards =
    options.shards ?? saved?.settings.shards ?? Math.max(replicas, shardsOf(model, source.kind, engine, batchSize));
  const trainer = apart ? replicaEngine(apart.engine ?? engine, { replicas, ranks: apart.ranks }) : engine;
  const state: TrainingState = {
    step: 0,
    cursor: source.start,
    elapsed: 0,
    gradientNorm: null,
    stopping: stopping.initial,
    carried: {},
    parameters: model.parameters,
    moments: Object.fromEntries(optimizer.moments.map((name) => [name, new Float32Array(model.layout.length)])),
    ...saved,
    settings: {
      batchSize,
      bptt,
      seed,
      shards,
      clipNorm: clipNorm === Infinity ? null : clipNorm,
      ...(localSteps ? { localSteps } : {}),
      optimizer: { name: optimizer.name, config: optimizer.config },
      steps: run.steps ?? null,
    },
    ...(options.recipe === undefined ? {} : { recipe: options.recipe }),
  };
  const live = beginRun(model);
  model.training = state;

  const tried = optimizer.average === undefined ? 1 : 2; // sets of parameters in an evaluation
  const masks = foldIn(randomKey(seed), "dropout");
  const before = state.elapsed;
  const began = now();
  const elapsed = () => before + (now() - began) / 1000;
  const speed = speedometer();
  const trainLoss = smoothed(0.98, state.trainLoss);
  const phaseAt = phases(model.specs, model.layout, source.perEpoch);
  let phase = phaseAt(state.step);
  let training: TrainingRunner | undefined;
  let evaluation: EvaluationRunner | undefined;
  let watched: EvaluationBatches | undefined;
  let [trainedTokens, trainedSeconds] = [0, 0];
  let [loss, norm] = [Number.NaN, state.gradientNorm ?? Number.NaN];
  const unread = new UnreadSteps({ state, source, masks, clipNorm });
  /** The state as it was when everything was last read back: where the run stands if its engine is lost. */
  let whole = { ...state };
  let failed = false;
  /** Where replicas go separate ways: whether they are one model now. Nothing is saved or scored between. */
  let settled = true;
  let due = false;
  let finished = run.done(state.step, elapsed()) || state.stopping.waited >= patience;

  async function compiled(): Promise<TrainingRunner> {
    const { active } = phase;
    const choices = state.engine?.name === engine.name ? state.engine.choices : undefined;
    const step = { kind: source.kind, optimizer, clipNorm, active, groups, shards, latch: reportEvery > 1 };
    const next = await trainingRunner(model, step, trainer, { threads, workers, choices });
    await next.write(state);
    return next;
  }
  /** Reads everything back to the host. */
  async function refresh(): Promise<void> {
    if (training) {
      unread.takeBack(await training.takeBad());
      Object.assign(state, await training.read());
      const choices = training.choices();
      state.engine = choices === undefined ? undefined : { name: engine.name, choices };
    }
    model.parameters = state.parameters;
    whole = { ...state };
  }
  live.refresh = refresh;

  /** Share of the validation data that evaluations score: chosen at the first one, and kept with the run. */
  function watchedOf({ tokens }: EvaluationBatches): number {
    if (tokens === undefined || source.tokens === undefined) return 1;
    const trained =
      run.steps === undefined
        ? ((options.minutes! * 60) / trainedSeconds) * trainedTokens
        : (run.steps / source.perEpoch) * source.tokens;
    const every = options.evaluateEvery;
    const times = every === undefined ? 10 : run.total(state.step, elapsed()) / every;
    const evaluations = times * tried;
    return state.watched ?? watchedShare(options.evaluationShare ?? 1, { trained, evaluations, tokens });
  }
  function watch(whole: EvaluationBatches): EvaluationBatches {
    if (whole.tokens === undefined || source.tokens === undefined) return whole;
    const share = watchedOf(whole);
    state.watched = share;
    return share === 1 ? whole : model.evaluationBatches(valid!, { ...evaluationOptions, share });
  }
  /** Tokens that an evaluation scores. */
  const evaluated = scoring && run.steps !== undefined ? tried * watchedOf(scoring) * (scoring.tokens ?? 0) : 0;

  /** Evaluates, and keeps the parameters or their average if they are the best; undefined where the signal came first. */
  async function judge(whole: EvaluationBatches, training: TrainingRunner): Promise<Progress["valid"]> {
    const parameters = await training.readParameters();
    model.parameters = parameters;
    watched ??= watch(whole);
    evaluation ??= await evaluationRunner(model, watched.kind, shards, engine, { threads, workers });
    state.evaluationDue = true;
    try {
      const sets = [parameters, await training.readAverage()] as const;
      const scored = await validate(model, valid!, sets, evaluation, watched, {
        engine,
        threads,
        signal,
        share: state.watched,
        onProgress: options.onEvaluation,
      });
      const { loss, valid: result, ...kept } = scored;
      const verdict = stopping.next(state.stopping, loss);
      state.stopping = verdict.state;
      if (verdict.improved) state.best = { step: state.step, nats: result.nats, ...kept };
      state.evaluationDue = undefined;
      return result;
    } catch (error) {
      if (signal?.aborted) return undefined; // a resumed run begins with this evaluation
      throw error;
    }
  }

  try {
    training = await compiled();
    if (state.evaluationDue && scoring) {
      await judge(scoring, training);
      finished ||= state.stopping.waited >= patience;
    }
    while (!finished && !(settled && signal?.aborted)) {
      const started = now();
      if (state.step >= phase.until) {
        await refresh();
        await training.release();
        training = undefined;
        phase = phaseAt(state.step);
        training = await compiled();
      }
      const steps = run.total(state.step, elapsed());
      const batch = source.at(state.cursor);
      const step = state.step + 1;
      const learningRate = optimizer.config.learningRate * schedule(state.step, steps);
      const report = unread.suspect || step % reportEvery === 0;
      const at = { step, learningRate, key: foldIn(masks, state.step), report };
      const read = await training.run(batch, at);
      unread.add(state.cursor, learningRate);
      state.step = step;
      state.cursor = batch.next;
      if (read) {
        await unread.check(read.bad, training);
        [loss, norm] = [read.loss, read.norm];
        state.gradientNorm = norm;
      }
      finished = run.done(step, elapsed());
      due ||= scoring !== undefined && (finished || run.due(step, elapsed(), options.evaluateEvery));
      settled = !localSteps || finished || step % localSteps.every === 0 || step >= phase.until;
      if (localSteps && settled) {
        await training.settle();
        await refresh();
      }
      if ((finished || due) && !read) await unread.check(await training.takeBad(), training);
      const updated = now();
      speed.add(batch.tokens, updated - started);
      trainedTokens += batch.tokens;
      trainedSeconds += (updated - started) / 1000;

      let result: Progress["valid"];
      if (due && settled) {
        due = false;
        result = scoring && (await judge(scoring, training));
        finished ||= state.stopping.waited >= patience;
      }
      run.spent(
        { seconds: (updated - started) / 1000, tokens: batch.tokens },
        result && { seconds: (now() - updated) / 1000, tokens: tried * (watched!.tokens ?? 1) },
      );
      if (Number.isFinite(loss)) trainLoss.add(loss);
      state.trainLoss = trainLoss.state();
      if (!settled) continue;
      state.elapsed = elapsed();
      const tokensPerSecond = speed.perSecond();
      yield {
        step,
        steps: run.steps ?? steps,
        epoch: batch.next.epoch + fraction(batch.next, source.perEpoch),
        loss,
        trainLoss: trainLoss.value(),
        learningRate,
        gradientNorm: norm,
        tokensPerSecond,
        elapsed: state.elapsed,
        remaining: finished ? 0 : run.remaining(step, state.elapsed, options.evaluateEvery, evaluated),
        ...(result ? { valid: result } : {}),
        ...(state.best ? { best: withoutParameters(state.best) } : {}),
      };
      if (result) run.spent(undefined, { seconds: elapsed() - state.elapsed, tokens: 0 }); // what the caller does with it
    }
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    await end();
  }

  /** Leaves a consistent model, also where the engine is lost: then as it was when it was last read back. */
  async function end(): Promise<void> {
    try {
      if (settled) await refresh();
      else Object.assign(state, whole); // where the replicas were one model
    } catch (error) {
      Object.assign(state, { best: undefined, evaluationDue: undefined }, whole);
      if (!failed) throw error;
    } finally {
      model.parameters = (state.best?.parameters ?? state.parameters).slice();
      live.end();
      await training?.release();
      await evaluation?.release();
    }
  }
}

const same = (optimizer: Optimizer): Optimizer => optimizer;

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

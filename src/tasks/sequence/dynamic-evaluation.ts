// Dynamic evaluation (Krause et al., 2018): a language model goes on learning from the text that it has just been scored on, so that
// it adapts to its topic and style. Each segment is scored first and learned afterwards; the model itself is left as it was.
//
// p <- p - rate g / (r + 0.1) + min(1, decay r) (start - p), where r is the root mean square of a parameter's gradients on other
// text over the mean of all of them (the RMS variant). Without such a text it is plain gradient descent, r + 0.1 and r being 1.
import { checkNumber } from "../../base/index.ts";
import { idsOf, type LanguageModelData } from "../../data/batches/text.ts";
import type { Ids } from "../../data/index.ts";
import { engineOf } from "../../engine/default.ts";
import { ints } from "../../engine/values.ts";
import type { CompileWith } from "../../networks/model.ts";
import { add, minimum, mul, sub } from "../../tensor/index.ts";
import { type Batch, type LossUnits, lossUnits, type Optimizer, type Trainable } from "../../train/index.ts";
import { phases } from "../../train/phases.ts";
import { type TrainingRunner, trainingRunner } from "../../train/runner.ts";
import type { LanguageModel } from "./language-model.ts";

export interface DynamicOptions extends CompileWith {
  /** Size of a step; 0.1 by default. {@link chooseDynamic} finds one. */
  learningRate?: number;
  /** How fast parameters return to where they began, as a share of the distance at each step; 0.005 by default. */
  decay?: number;
  /** Tokens of a segment; 20 by default. Shorter ones adapt sooner and take longer: a step costs the same. */
  length?: number;
  /** A text, best of the training, on which the root mean squares of gradients are measured. */
  statistics?: LanguageModelData | undefined;
  signal?: AbortSignal;
  onProgress?: (tokens: number) => void;
}

export interface DynamicEvaluation extends LossUnits {
  /** Places that were scored: all but the first. */
  tokens: number;
  learningRate: number;
  decay: number;
  length: number;
}

/**
 * Scores a stream with dynamic evaluation, from its beginning to its end.
 *
 * @throws UnrolledError where an option is out of range, or the text has fewer than two tokens
 *
 * @example
 * ```ts
 * const { perplexity } = await evaluateDynamic(model, data.test, { statistics: data.train });
 * ```
 */
export async function evaluateDynamic(
  model: LanguageModel,
  data: LanguageModelData,
  options: DynamicOptions = {},
): Promise<DynamicEvaluation> {
  const ids = idsOf(model.tokenizer, data);
  const rms = await gradientSizes(model, options);
  return adapt(model, ids, rms, options);
}

export interface ChooseDynamicOptions extends Omit<DynamicOptions, "learningRate" | "decay"> {
  learningRates?: readonly number[];
  decays?: readonly number[];
  /** Tokens of the beginning of the data that are scored; 10,000 by default. */
  tokens?: number;
}

/** The learning rate, then the decay, with the lowest perplexity on the beginning of validation data. */
export async function chooseDynamic(
  model: LanguageModel,
  data: LanguageModelData,
  {
    learningRates = [0.01, 0.03, 0.1, 0.3, 1, 3],
    decays = [0, 0.001, 0.005, 0.02],
    tokens = 10_000,
    ...options
  }: ChooseDynamicOptions = {},
): Promise<DynamicEvaluation> {
  const ids = idsOf(model.tokenizer, data).subarray(0, tokens);
  const rms = await gradientSizes(model, options);
  const middle = decays[Math.floor(decays.length / 2)];
  let best: DynamicEvaluation | undefined;
  const tryOut = async (numbers: { learningRate: number | undefined; decay: number | undefined }) => {
    const found = await adapt(model, ids, rms, { ...options, ...numbers });
    if (best === undefined || found.nats < best.nats) best = found;
  };
  for (const learningRate of learningRates) await tryOut({ learningRate, decay: middle });
  const learningRate = best?.learningRate;
  for (const decay of decays) if (decay !== middle || best === undefined) await tryOut({ learningRate, decay });
  return best ?? adapt(model, ids, rms, options);
}

/** Root mean squares of gradients by parameter over their mean, and 1 / (that + 0.1); flat, as the model's parameters. */
interface GradientSizes {
  readonly sizes: Float32Array;
  readonly scales: Float32Array;
}

async function adapt(
  model: LanguageModel,
  ids: Ids,
  rms: GradientSizes | undefined,
  options: DynamicOptions,
): Promise<DynamicEvaluation> {
  const { learningRate = 0.1, decay = 0.005, length = 20 } = options;
  checkNumber("evaluateDynamic(learningRate)", learningRate, { min: 0 });
  checkNumber("evaluateDynamic(decay)", decay, { min: 0, max: 1 });
  checkNumber("evaluateDynamic(length)", length, { min: 1, integer: true });
  checkNumber("evaluateDynamic: tokens", ids.length, { min: 2 });
  const runner = await runnerOf(model, descent(learningRate, decay, rms !== undefined), options);
  try {
    const moments = { start: model.parameters, ...rms };
    await runner.write({ parameters: model.parameters, moments, carried: {} });
    let total = 0;
    const count = ids.length - 1;
    for (let from = 0, step = 1; from < count; from += length, step++) {
      options.signal?.throwIfAborted();
      const T = Math.min(length, count - from);
      total += T * (await lossOf(runner, [{ ids, from, T }], { step, learningRate }));
      options.onProgress?.(from + T);
    }
    return { ...lossUnits(total / count), tokens: count, learningRate, decay, length };
  } finally {
    await runner.release();
  }
}

/** One update of dynamic evaluation. The moments stay as they are. */
function descent(learningRate: number, decay: number, scaled: boolean): Optimizer {
  return {
    name: "dynamic",
    config: { learningRate },
    moments: ["start", ...(scaled ? ["sizes", "scales"] : [])],
    update({ parameter, gradient, moments, rate }) {
      const { start, sizes, scales } = moments;
      const step = mul(rate, scales ? mul(gradient, scales) : gradient);
      const pull = sizes ? minimum(mul(sizes, decay), 1) : decay;
      return { parameter: add(sub(parameter, step), mul(sub(start!, parameter), pull)), moments };
    },
  };
}

/** Batches that gradients are measured on, and their rows. */
const [measured, lanes] = [200, 8];

async function gradientSizes(
  model: LanguageModel,
  { statistics, length = 20, signal, ...compileWith }: DynamicOptions,
): Promise<GradientSizes | undefined> {
  if (statistics === undefined) return undefined;
  const ids = idsOf(model.tokenizer, statistics);
  const lane = Math.floor((ids.length - 1) / lanes);
  const T = Math.min(length, lane);
  checkNumber("evaluateDynamic(statistics): tokens", ids.length, { min: lanes + 1 });
  const steps = Math.min(measured, Math.floor(lane / T));
  const runner = await runnerOf(model, sumOfSquares, compileWith);
  try {
    const squares = new Float32Array(model.layout.length);
    await runner.write({ parameters: model.parameters, moments: { squares }, carried: {} });
    for (let step = 0; step < steps; step++) {
      signal?.throwIfAborted();
      const rows = Array.from({ length: lanes }, (_, b) => ({ ids, from: b * lane + step * T, T }));
      await lossOf(runner, rows, { step: step + 1, learningRate: 0 });
    }
    const { moments } = await runner.read();
    const roots = moments.squares!.map((sum) => Math.sqrt(sum / steps));
    const mean = roots.reduce((sum, root) => sum + root, 0) / model.layout.count;
    const sizes = roots.map((root) => root / mean);
    return { sizes, scales: sizes.map((size) => 1 / (size + 0.1)) };
  } finally {
    await runner.release();
  }
}

/** Changes nothing, and adds up the squares of gradients. */
const sumOfSquares: Optimizer = {
  name: "squares",
  config: { learningRate: 0 },
  moments: ["squares"],
  update: ({ parameter, gradient, moments }) => ({
    parameter,
    moments: { squares: add(moments.squares!, mul(gradient, gradient)) },
  }),
};

/** The training step without dropout, clipping and regularization. */
async function runnerOf(
  model: LanguageModel,
  optimizer: Optimizer,
  { engine, threads }: CompileWith,
): Promise<TrainingRunner> {
  const bare: Trainable<LanguageModelData> = { ...model, trace: (kind, parameters) => model.trace(kind, parameters) };
  const { active } = phases(model.specs, model.layout, 1)(Infinity);
  const step = { kind: "stream", optimizer, clipNorm: Infinity, active, shards: 1 };
  return trainingRunner(bare, step, engineOf("evaluateDynamic", engine), { threads });
}

/** The mean loss of a batch before its update. */
async function lossOf(
  runner: TrainingRunner,
  rows: readonly { ids: Ids; from: number; T: number }[],
  at: { step: number; learningRate: number },
): Promise<number> {
  const [B, T] = [rows.length, rows[0]!.T];
  const place = (offset: number) =>
    ints(Int32Array.from(rows.flatMap(({ ids, from }) => [...ids.subarray(from + offset, from + offset + T)])), B, T);
  const batch: Batch = { feeds: { inputs: place(0), targets: place(1) }, rows: B, tokens: B * T, fresh: at.step === 1 };
  const { loss } = (await runner.run(batch, { ...at, key: [0, 0], report: true }))!;
  return loss;
}

// Weights that PyTorch or Keras trained, as models with one output for all steps: classifiers, regressors, forecasters.
import { checkNumber, fail } from "../../base/index.ts";
import { type Matrix, type ModulesOptions, type RecurrentModules, setParameters } from "../../interop/index.ts";
import type { Pooling } from "../../nn/index.ts";
import {
  type Classifier,
  classifier,
  type Forecaster,
  forecaster,
  type Regressor,
  regressor,
} from "../../tasks/reader/index.ts";
import {
  checkActivation,
  checkReads,
  type ImportOptions,
  type ImportSource,
  modulesOf,
  moved,
  outputOf,
  under,
  vocabularyOf,
} from "./parts.ts";

export interface ImportReaderOptions extends ImportOptions {
  /** How the outputs of all steps became one; `last` by default. A Keras file has it. */
  pooling?: Pooling;
}

export interface ImportClassifierOptions extends ImportReaderOptions {
  /** In the order of the output's rows; of a single output with a sigmoid, the label of 0 and that of 1. */
  labels: readonly string[];
}

/**
 * A classifier of a network with an embedding, recurrent layers and an output over labels. A single output is that of the second
 * of two labels; a Keras output of sigmoids over more labels makes a multi-label classifier.
 *
 * @throws UnrolledError with code "data" that names what cannot be imported
 *
 * @example
 * ```ts
 * const model = importClassifier(stateDict(tensors), { tokens, labels: ["bad", "good"], pooling: "max" });
 * ```
 */
export function importClassifier(source: ImportSource, options: ImportClassifierOptions): Classifier {
  const { where = "import", labels } = options;
  const modules = modulesOf(source, where, options);
  const { shared, state } = readerParts(modules, options, "classifier", where);
  checkActivation(modules, ["softmax", "sigmoid", "linear"], where);
  const single = modules.output?.shape[0] === 1 && labels.length === 2;
  const multiLabel = modules.outputActivation === "sigmoid" && !single;
  const model = classifier({ ...shared, labels, multiLabel });
  const output = outputOf(modules, where, single ? 1 : labels.length, "labels");
  // softmax([0, z]) has sigmoid(z) as its second number.
  setParameters(model, { ...state, ...(single ? twoRows(output) : output) });
  return model;
}

export interface ImportRegressorOptions extends ImportReaderOptions {
  /** Mean and deviation that the targets had before they were normalized; 0 and 1 by default: they were not. */
  scale?: { readonly mean: number; readonly deviation: number };
}

/**
 * A regressor of a network with an embedding, recurrent layers and one linear output.
 *
 * @throws UnrolledError with code "data" that names what cannot be imported
 */
export function importRegressor(source: ImportSource, options: ImportRegressorOptions): Regressor {
  const { where = "import", scale = { mean: 0, deviation: 1 } } = options;
  const modules = modulesOf(source, where, options);
  const { shared, state } = readerParts(modules, options, "regressor", where);
  checkActivation(modules, ["linear"], where);
  const model = regressor({ ...shared, scale });
  setParameters(model, { ...state, ...outputOf(modules, where, 1, "numbers") });
  return model;
}

export interface ImportForecasterOptions extends ModulesOptions {
  /** Names of the series in the order of the numbers of a step, as the columns of a table. */
  series: readonly string[];
  /** Which of them is forecast; the first by default. */
  target?: string;
  /** Steps read; a Keras file has them where its input has a length. */
  length?: number;
  pooling?: Pooling;
  /** Means and deviations by which the series were normalized; 0 and 1 by default: they were not. */
  means?: readonly number[];
  deviations?: readonly number[];
}

/**
 * A forecaster of a network that reads steps of numbers and gives the next values of one of them, one output for each step ahead.
 *
 * @throws UnrolledError with code "data" that names what cannot be imported
 */
export function importForecaster(source: ImportSource, options: ImportForecasterOptions): Forecaster {
  const { where = "import", series, target = series[0], means = [], deviations = [] } = options;
  const modules = modulesOf(source, where, { ...options, numbers: true });
  const { inputSize, output, encoder, head } = modules;
  if (modules.embedding) fail({ where, expected: "a network of numbers", received: modules.kind, code: "data" });
  checkReads(modules, false, "forecaster", where);
  checkActivation(modules, ["linear"], where);
  for (const [name, list] of Object.entries({ series, means, deviations }))
    if (list.length !== inputSize && (name === "series" || list.length > 0))
      fail({ where, expected: `${inputSize} ${name}, one for each number of a step`, received: String(list.length) });
  const length = options.length ?? modules.steps;
  if (length === undefined)
    return fail({
      where,
      expected: "the length of a window",
      received: "none",
      hint: "length, or --window on the command line, sets it: 48",
    });
  checkNumber(`${where}(length)`, length, { min: 1, max: 65_536, integer: true });
  const place = series.indexOf(target!);
  if (place < 0) fail({ where, expected: `a target among ${series.join(", ")}`, received: String(target) });
  const horizon = output?.shape[0] ?? 1;
  const { "output.weight": weight, "output.bias": bias } = outputOf(modules, where, horizon, "steps");
  // Ours forecasts changes from the last value, so the last value is taken off again.
  const linear = { weight: new Float32Array(horizon * length), bias: Float32Array.from(bias.data) };
  for (let h = 0; h < horizon; h++) linear.weight[h * length + length - 1] = -1;
  const inputs = series.map((name, d) => ({ name, mean: means[d] ?? 0, deviation: deviations[d] ?? 1 }));
  const model = forecaster({
    inputs,
    target: place,
    length,
    horizon,
    encoder,
    pooling: poolingOf(modules, options.pooling),
    ...(head ? { head: head.layer } : {}),
    linear,
  });
  setParameters(
    model,
    { ...under("encoder", modules.recurrent), ...under("head", head?.tensors), "output.weight": weight },
    { partial: true },
  );
  return model;
}

const poolingOf = ({ reads }: RecurrentModules, given: Pooling = "last"): Pooling =>
  reads === undefined || reads === "each step" ? given : reads;

function readerParts(modules: RecurrentModules, options: ImportReaderOptions, task: string, where: string) {
  const { embedding, tokenizer, rows } = vocabularyOf(modules, options.tokens, where);
  checkReads(modules, false, task, where);
  const { encoder, head } = modules;
  const pooling = poolingOf(modules, options.pooling);
  return {
    shared: { tokenizer, encoder, pooling, embeddingSize: embedding.shape[1]!, ...(head ? { head: head.layer } : {}) },
    state: {
      "embedding.weight": moved(embedding, rows),
      ...under("encoder", modules.recurrent),
      ...under("head", head?.tensors),
    },
  };
}

/** A row of zeros before the one that is there. */
function twoRows(output: Readonly<Record<string, Matrix>>): Record<string, Matrix> {
  return Object.fromEntries(
    Object.entries(output).map(([name, { shape, data }]) => {
      const both = new Float32Array(2 * data.length);
      both.set(Float32Array.from(data), data.length);
      return [name, { shape: [2, ...shape.slice(1)], data: both }];
    }),
  );
}

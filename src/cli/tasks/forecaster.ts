// Forecasters on the command line: columns of numbers, one row a time step.
import { resolve } from "node:path";
import { fail } from "../../base/index.ts";
import { describeWarning, readSeries, type SeriesData } from "../../data/index.ts";
import { readText } from "../../node/index.ts";
import type { ForecastData, Forecaster, Model } from "../../tasks/index.ts";
import type { NumberReport } from "../../train/index.ts";
import { encoderOf } from "../cells.ts";
import type { TrainFlags } from "../commands/train.ts";
import { type Host, writeJson } from "../host.ts";
import {
  findSeason,
  firstUnseen,
  forecast,
  forecaster,
  forecasterReport,
  seenSeries,
  seriesScales,
} from "../library.ts";
import { quoted, shown } from "../run-train.ts";
import { formatWhole, table } from "../terminal/index.ts";
import type { EvaluateFlags, PredictFlags, TaskCommands, TrainJob } from "./registry.ts";
import { folderFor, lengthOf, type RunRecipe, runTraining, tell } from "./run.ts";

interface ForecastRecipe extends RunRecipe {
  /** First step of the validation part, and of the test part. */
  validFrom: number;
  testFrom: number;
}

export async function readColumns(host: Host, file: string, columns?: readonly string[]): Promise<SeriesData> {
  const data = readSeries(await readText(file), { source: file, ...(columns ? { columns } : {}) });
  for (const warning of data.warnings) host.err(`warning: ${describeWarning(file, warning)}\n`);
  return data;
}

const leastSteps = 20;

/** The column to forecast, by its name; the first by default. */
export function targetIn({ names }: SeriesData, name: string | undefined): number {
  const target = name === undefined ? 0 : names.indexOf(name);
  if (target >= 0) return target;
  return fail({ where: `--target ${name}`, expected: `one of ${names.join(", ")}`, received: "another" });
}

/** The series are parted in time: 80 % to train on, 10 % to choose by, the last 10 % to report. */
async function trainForecaster(host: Host, { files, flags }: TrainJob): Promise<void> {
  if (files.length > 1) fail({ where: "train", expected: "one file of numbers", received: `${files.length}` });
  const file = files[0]!;
  const {
    seed = 1337,
    cell = "gru",
    hidden: hiddenSize = 64,
    layers: numLayers = 1,
    dropout = 0.1,
    horizon = 1,
  } = flags;
  const series = await readColumns(host, file, flags.columns);
  const target = targetIn(series, flags.target);
  if (typeof flags.valid === "string")
    fail({ where: "--valid", expected: "a fraction, for series", received: flags.valid });
  const share = flags.valid ?? 0.1;
  if (series.length < leastSteps) {
    const hint = "to find a season in them, to train, to choose and to measure";
    const expected = `${leastSteps} rows of numbers or more`;
    fail({ where: file, expected, received: String(series.length), hint, code: "data" });
  }
  const testFrom = Math.floor(series.length * (1 - share));
  const validFrom = Math.floor(series.length * (1 - 2 * share));
  const season = flags.season ?? findSeason(series.series[target]!.subarray(0, validFrom));
  // Two seasons, so that one can be held against the other; 24 steps where there is none.
  const length = flags.window ?? Math.min(Math.max(12, season > 1 ? 2 * season : 24), Math.floor(validFrom / 3));
  const inputs = seriesScales({ series, to: validFrom });
  const encoder = encoderOf(cell, { hiddenSize, numLayers, dropout });
  const model = forecaster({
    inputs,
    target,
    encoder,
    pooling: flags.pooling ?? "last",
    length,
    horizon,
    season,
    seen: seenSeries({ series, to: testFrom }),
    seed,
  });
  const rows = validFrom - length - horizon + 1;
  const recipe: ForecastRecipe = {
    task: "forecaster",
    files: [resolve(file)],
    batch: flags.batch ?? 32,
    lr: flags.lr ?? 0.003,
    seed,
    ...lengthOf(flags, Math.max(5, Math.min(100, Math.round(60_000 / Math.max(1, rows))))),
    validFrom,
    testFrom,
  };
  await go(host, model, series, { recipe, out: folderFor(files, flags), flags, resume: false });
}

async function resumeForecaster(host: Host, folder: string, model: Model, flags: TrainFlags): Promise<void> {
  const recipe = model.training?.recipe as ForecastRecipe | undefined;
  if (!recipe?.files || model.task !== "forecaster")
    return fail({ where: folder, expected: "a run that was stopped", received: "a model only", code: "file" });
  const series = await readColumns(host, recipe.files[0]!, columnsOf(model));
  await go(host, model, series, { recipe, out: folder, flags, resume: true });
}

const columnsOf = (model: Forecaster): string[] => model.config.inputs.map(({ name }) => name);

async function go(
  host: Host,
  model: Forecaster,
  series: SeriesData,
  { recipe, out, flags, resume }: { recipe: ForecastRecipe; out: string; flags: TrainFlags; resume: boolean },
): Promise<void> {
  const { inputs, target, length, horizon, season } = model.config;
  const { validFrom, testFrom } = recipe;
  const rows = validFrom - length - horizon + 1;
  if (flags.json) {
    writeJson(host, {
      event: "start",
      ...recipe,
      out,
      resumed: resume,
      parameters: model.layout.count,
      length,
      horizon,
      season,
      columns: columnsOf(model),
      target: inputs[target]!.name,
    });
  } else {
    tell(
      host,
      "data",
      `${shown(recipe.files[0]!)}: ${formatWhole(series.length)} time steps of ${columnsOf(model).join(", ")}; steps from ${formatWhole(validFrom)} on validate, from ${formatWhole(testFrom)} on test`,
    );
    tell(
      host,
      "model",
      `reads ${length} steps, forecasts the next ${horizon === 1 ? "one" : horizon} of ${inputs[target]!.name}: ${formatWhole(model.layout.count)} parameters`,
    );
    tell(host, "season", season > 1 ? `${season} steps` : "none found; --season says how many steps");
    tell(host, "keep", `${out}\n`);
  }
  const data: ForecastData = { series, to: validFrom };
  const valid = validFrom < testFrom ? { series, from: validFrom, to: testFrom } : undefined;
  const run = { recipe, out, flags, resume, tokensPerEpoch: rows * length, rows, unit: "steps", data, valid };
  if (!(await runTraining<ForecastData>(host, { ...run, model }))) return;
  if (testFrom < series.length) await report(host, model, { series, from: testFrom }, "test", flags);
  if (!flags.json) {
    host.out(`${out} holds the model. Next:\n`);
    for (const next of [`predict ${quoted(out)} FILE`, `evaluate ${quoted(out)} FILE`])
      host.out(`  npx unrolled ${next}\n`);
  }
}

async function report(
  host: Host,
  model: Forecaster,
  data: ForecastData,
  part: string,
  { json, threads }: EvaluateFlags,
): Promise<void> {
  const { naive, seasonal, season, count, horizon, ...own } = await forecasterReport(model, data, { threads });
  if (json)
    return writeJson(host, { event: part, from: data.from ?? 0, count, horizon, season, ...own, naive, seasonal });
  const { bold } = host.colors;
  const line = (name: string, { rmse, mae }: NumberReport) => [name, rmse.toPrecision(4), mae.toPrecision(4)];
  host.out(
    `${bold(part)}: ${formatWhole(count)} forecasts, ${horizon === 1 ? "one step" : `${horizon} steps`} ahead\n`,
  );
  const rows = [
    line("this model", own),
    line("last value", naive),
    ...(season > 1 ? [line(`a season (${season} steps) before`, seasonal)] : []),
  ];
  const header = ["forecast", "root mean squared error", "mean absolute error"];
  host.out(table(rows, { header, align: ["left", "right", "right"], indent: 2, colors: host.colors }));
}

async function predictForecaster(
  host: Host,
  model: Model,
  inputs: readonly string[],
  { json, threads }: PredictFlags,
): Promise<void> {
  if (model.task !== "forecaster") return;
  if (inputs.length !== 1)
    fail({ where: "predict", expected: "one file of numbers", received: `${inputs.length} arguments` });
  const series = await readColumns(host, inputs[0]!, columnsOf(model));
  const values = await forecast(model, series, undefined, { threads });
  const { name } = model.config.inputs[model.config.target]!;
  values.forEach((value, k) => {
    if (json) writeJson(host, { step: series.length + k + 1, series: name, value });
    else host.out(`${name} at step ${formatWhole(series.length + k + 1)}: ${value.toPrecision(6)}\n`);
  });
}

/** On the steps that the model was not trained on: those after them in the same file, or all of another. */
async function evaluateForecaster(host: Host, model: Model, file: string, flags: EvaluateFlags): Promise<void> {
  if (model.task !== "forecaster") return;
  const series = await readColumns(host, file, columnsOf(model));
  const from = firstUnseen(model, series);
  if (from >= series.length)
    fail({
      where: file,
      expected: `more than the ${formatWhole(from)} steps that the model was trained on`,
      received: formatWhole(series.length),
      code: "data",
    });
  if (!flags.json && from > 0)
    tell(host, "data", `the first ${formatWhole(from)} steps are those of the training; the others are measured`);
  await report(host, model, { series, from }, "evaluation", flags);
}

export const forecasterCommands: TaskCommands = {
  train: trainForecaster,
  resume: resumeForecaster,
  predict: predictForecaster,
  evaluate: evaluateForecaster,
};

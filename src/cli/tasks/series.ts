// Forecasters on the command line: columns of numbers, one row a time step.
import { fail } from "../../base/index.ts";
import { continueDates, isoDate, type SeriesData, seenSeries } from "../../data/index.ts";
import { findSeason, fitForecast, forecaster, inspectGradients } from "../../index.ts";
import { describeLayer } from "../../inspect/summary.ts";
import {
  type ForecastData,
  type Forecaster,
  type ForecasterOptions,
  firstUnseen,
  forecasterTask,
  predict,
  type Recipe,
  report,
} from "../../tasks/index.ts";
import { clean, formatWhole, plural } from "../../terminal/index.ts";
import type { NumberReport } from "../../train/index.ts";
import { choice, int, list, real, text, type Values } from "../flags.ts";
import type { Output } from "../output.ts";
import { filesOf, isFile, openFiles } from "../source.ts";
import { epochsFlag, networkFlags, poolingFlag } from "../train-flags.ts";
import type { Context, Prediction, Report, TaskCommand, TrainContext } from "./task.ts";

const flags = {
  valid: real(
    "--valid <fraction>",
    "share of the time steps for validation; the same share, at the end, is for testing",
    { min: 0, below: 0.5 },
    { fallback: "0.1" },
  ),
  test: text("--test <file>", "test data: another series of the same columns to score at the end", { free: true }),
  columns: list("--columns <names>", "columns to read, with commas between", { fallback: "all with numbers" }),
  target: text("--target <name>", "column to forecast", { fallback: "the first one read" }),
  horizon: int("--horizon <n>", "time steps to forecast", { min: 1, max: 10_000 }, { field: "horizon" }),
  window: int(
    "--window <n>",
    "time steps to read",
    { min: 1, max: 65_536 },
    {
      fallback: "two seasons or 24 steps, whichever is more, plus 1; at most a third of the training steps",
      field: "length",
    },
  ),
  season: int(
    "--season <n>",
    "time steps in a season",
    { min: 1, max: 1_000_000 },
    { fallback: "found in the training data", field: "season" },
  ),
  transform: choice(
    "--transform <kind>",
    "transform the target: none, logarithms, differences from the last value read, or both",
    ["none", "log", "difference", "log-difference"],
    { fallback: "found in the training data" },
  ),
  ...networkFlags,
  ...poolingFlag,
  ...epochsFlag,
};
type SeriesValues = Values<typeof flags>;

interface Opened {
  series: SeriesData;
  /** First step of the validation part, and of the test part. */
  validFrom: number;
  testFrom: number;
}

const leastSteps = 20;

/** Reads one file of columns. */
export const readColumns = async (
  show: Output,
  files: readonly string[],
  options: { columns?: readonly string[]; target?: string } = {},
): Promise<SeriesData> => (await openFiles(show, files, "series", options)).series;

/** The series is split by time: by default 80 % to train on, 10 % to choose by, the last 10 % to report. */
async function open({ files, flags: given, show }: TrainContext<SeriesValues>): Promise<Opened> {
  const series = await readColumns(show, files, { columns: given.columns, target: given.target });
  const share = given.valid ?? 0.1;
  if (series.length < leastSteps)
    fail({
      where: files[0]!,
      expected: `${leastSteps} or more rows of numbers`,
      received: String(series.length),
      code: "data",
    });
  return {
    series,
    testFrom: Math.floor(series.length * (1 - share)),
    validFrom: Math.floor(series.length * (1 - 2 * share)),
  };
}

async function build(
  { series, validFrom, testFrom }: Opened,
  { flags: given, seed }: TrainContext<SeriesValues>,
  chosen: Partial<Recipe>,
): Promise<{ model: Forecaster; recipe: Recipe }> {
  const target = 0; // readColumns puts it first
  const season = given.season ?? findSeason(series.series[target]!.subarray(0, validFrom));
  const recipe = forecasterTask.recipe({ rows: validFrom, season }, chosen);
  const { transform } = given;
  const model = forecaster({
    ...(forecasterTask.options(recipe) as Pick<ForecasterOptions, "encoder" | "length">),
    // Nothing of the test part is seen; the linear part may see the validation part, which the network is chosen by.
    ...fitForecast({ series, to: testFrom }, { ...recipe, target, transform }),
    seen: seenSeries({ series, to: testFrom }),
    seed,
  });
  return { model, recipe };
}

/** What is done to the target before the network reads it. */
function describeTransform({ config: { inputs, target, relative, linear } }: Forecaster): string {
  const read = inputs[target]!.log ? "logarithms" : "values";
  const from = relative ? `${read}, relative to the last one` : read;
  return linear ? `${from}; the network corrects a linear autoregression` : from;
}

const columnsOf = ({ config }: Forecaster): string[] => config.inputs.map(({ name }) => name);

async function reportSeries(model: Forecaster, data: ForecastData, { threads, signal }: Context): Promise<Report> {
  const { naive, seasonal, linear, season, count, horizon, ...own } = await report(model, data, { threads, signal });
  const line = (name: string, { rmse, mae }: NumberReport) => [name, rmse.toPrecision(4), mae.toPrecision(4)];
  const rows = [
    line("this model", own),
    line("last value", naive),
    ...(season > 1 ? [line(`one season (${plural(season, "step")}) earlier`, seasonal)] : []),
    ...(linear ? [line("linear autoregression", linear)] : []),
  ];
  return {
    json: { from: data.from ?? 0, rows: count, horizon, season, ...own, naive, seasonal, linear },
    line: `${plural(count, "forecast")}, ${plural(horizon, "step")} ahead`,
    show: (to) => to.table(rows, { header: ["forecast", "RMSE", "MAE"], align: ["left", "right", "right"], indent: 2 }),
  };
}

async function* predictNext(
  model: Forecaster,
  inputs: readonly string[],
  { show, threads, signal }: Context,
): AsyncGenerator<Prediction> {
  const series = await readColumns(show, await filesOf(show, inputs), { columns: columnsOf(model) });
  const { name } = model.config.inputs[model.config.target]!;
  for await (const { at, values } of predict(model, [{ series }], { threads, signal })) {
    const dates = series.dates ? continueDates(series.dates, values.length) : undefined;
    for (const [k, value] of values.entries()) {
      const step = at + k + 1;
      const date = dates && isoDate(dates[k]!);
      yield {
        json: { step, ...(date === undefined ? {} : { date }), series: name, value },
        text: `${clean(name)} at ${date ?? `step ${formatWhole(step)}`}: ${value.toPrecision(6)}`,
      };
    }
  }
}

export const seriesCommand: TaskCommand<Forecaster, ForecastData, Opened, SeriesValues> = {
  name: "forecaster",
  flags,
  defaults: forecasterTask.recipe({ rows: 1000 }),
  open,
  build,
  async prepare(model, { series, validFrom, testFrom }, { files }) {
    const { inputs, target, length, horizon, season } = model.config;
    const rows = validFrom - length - horizon + 1;
    const columns = columnsOf(model);
    const { name } = inputs[target]!;
    return {
      train: { series, to: validFrom },
      valid: validFrom < testFrom ? { series, from: validFrom, to: testFrom } : undefined,
      test: testFrom < series.length ? { series, from: testFrom } : undefined,
      rows,
      unit: "time steps",
      data: [
        `${files[0]!}: ${plural(series.length, "time step")} of ${columns.join(", ")}`,
        `steps 1 to ${formatWhole(validFrom)} for training, to ${formatWhole(testFrom)} for validation, the rest for the test`,
      ],
      model: `${describeLayer(model.config.encoder)}, reads ${plural(length, "step")}, forecasts the next ${horizon === 1 ? "step" : plural(horizon, "step")} of ${name}`,
      facts: {
        season: season > 1 ? plural(season, "step") : "none found; set it with --season",
        transform: describeTransform(model),
      },
      json: {
        rows,
        length: series.length,
        columns,
        target: name,
        window: length,
        horizon,
        season,
        validFrom,
        testFrom,
      },
    };
  },
  /** The steps that the model was not trained on: those after them in the same file, or all of another. */
  async heldOut(model, files, { show }) {
    const series = await readColumns(show, files, { columns: columnsOf(model) });
    const from = firstUnseen(model, series);
    if (from >= series.length)
      fail({
        where: files[0]!,
        expected: `more than the ${formatWhole(from)} steps that the model was trained on`,
        received: formatWhole(series.length),
        code: "data",
      });
    if (from > 0) show.fact("data", `skipping the ${formatWhole(from)} time steps used for training`);
    return { series, from };
  },
  report: reportSeries,
  squared: () => true,
  predict: predictNext,
  async look(model, input, options, { show }) {
    if (!isFile(input)) fail({ where: "inspect", expected: "a file of numbers", received: input });
    const series = await readColumns(show, await filesOf(show, [input]), { columns: columnsOf(model) });
    const { horizon, length } = model.config;
    // The last forecasts that the file can confirm or refute.
    const to = series.length - options.row + 1;
    const from = Math.max(length, to - options.rows - horizon + 1);
    const rows = await inspectGradients(model, { series, from, to }, options);
    return rows.map((one) => ({ ...one, x: Array.from({ length }, (_, t) => t - length) }));
  },
  next: (_, out) => [
    ["predict", out, "FILE"],
    ["evaluate", out, "FILE"],
  ],
};

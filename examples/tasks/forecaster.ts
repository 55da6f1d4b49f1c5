// Forecaster: reads the last steps of a series and predicts the next ones.
import { findSeason, fitForecast, forecaster, predict, report, tasks, train, trainOptions } from "../../src/index.ts"; // "unrolled"

export async function run(values: Float64Array): Promise<{ rmse: number; naive: number; next: Float64Array }> {
  const series = { names: ["sales"], series: [values], length: values.length };
  const split = Math.floor(0.8 * values.length); // train on the past, score on what comes after it
  const season = findSeason(values.subarray(0, split));
  const recipe = tasks.forecaster.recipe({ rows: split, season }, { hiddenSize: 16, horizon: 3, epochs: 40 });
  const fitted = fitForecast({ series, to: split }, recipe); // scales, transform, a linear autoregression to improve on
  const model = forecaster({ ...tasks.forecaster.options(recipe), ...fitted });
  for await (const _ of train(model, { series, to: split }, trainOptions(recipe)));
  const { rmse, naive } = await report(model, { series, from: split });
  for await (const { values: next } of predict(model, [{ series }])) return { rmse, naive: naive.rmse, next };
  throw new Error("no forecast");
}

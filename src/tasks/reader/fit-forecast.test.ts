import { describe, expect, it } from "vitest";
import { random, randomKey } from "../../base/index.ts";
import { autoregressiveForecasts, seriesTransform } from "../../data/index.ts";
import { type FitOptions, fitForecast } from "../../data/series/fit-forecast.ts";
import { exportGraphs } from "../../files/export/graphs.ts";
import { modelFiles, modelFromFiles } from "../../files/saved-model.ts";
import { compileModel } from "../../networks/model.ts";
import { gru } from "../../nn/index.ts";
import { nodeEngine } from "../../node/engine.ts";
import { train } from "../../train/index.ts";
import { forecaster, predictSeries, reportForecasts } from "./forecaster.ts";

const engine = nodeEngine({ threads: 1 });

/** Sales that grow by a factor, with swings that grow with them. */
function sales(steps: number, season = 12): Float64Array {
  const r = random(randomKey(4));
  return Float64Array.from(
    { length: steps },
    (_, t) => 100 * Math.exp(0.01 * t + 0.2 * Math.sin((2 * Math.PI * t) / season) + 0.03 * r.normal()),
  );
}

const values = sales(180);
const series = { names: ["sales"], series: [values], length: values.length, source: "sales.csv" };
const to = 160;
const make = (options: Partial<FitOptions> = {}) =>
  forecaster({
    ...fitForecast({ series, to }, { length: 25, season: 12, ...options }),
    encoder: gru({ hiddenSize: 8 }),
  });

describe("fitForecast", () => {
  it.each([
    ["log-difference", 1],
    ["log", 3],
    ["difference", 2],
    ["none", 1],
  ] as const)("begins with the forecasts of the linear autoregression: %s, %i ahead", async (name, horizon) => {
    const model = make({ transform: name, horizon });
    const transform = seriesTransform(name);
    const linear = autoregressiveForecasts(values.subarray(0, to), { from: to - 1, horizon, season: 12, transform });
    expect(linear).toHaveLength(1);
    const past = { ...series, series: [values.subarray(0, to)], length: to };
    // The autoregression of the whole training part, seen from its last step.
    const expected = autoregressiveForecasts(values, { from: to, horizon, season: 12, transform });
    for await (const { values: found } of predictSeries(model, [{ series, at: to - horizon + 1 }], { engine }))
      expect(found.at(-1)! / expected[0]!).toBeCloseTo(1, 4);
    for await (const { values: found } of predictSeries(model, [{ series: past }], { engine }))
      expect(found.every((value) => value > 0)).toBe(true);
  });

  it("takes logarithms and differences of what grows, and is then no worse than the autoregression", async () => {
    const model = make();
    expect(model.config).toMatchObject({ relative: true, linear: true, inputs: [{ log: true }] });
    for await (const _ of train(model, { series, to }, { engine, steps: 20 }));
    const report = await reportForecasts(model, { series, from: to }, { engine });
    expect(report.rmse).toBeLessThan(1.1 * report.linear!.rmse);
    expect(report.rmse).toBeLessThan(0.6 * report.seasonal.rmse);
  });

  it("is saved with the model, and exported in the units of the series", async () => {
    const model = make({ horizon: 2 });
    const again = (await modelFromFiles("memory", await modelFiles(model), {}, "forecaster")) as typeof model;
    expect(again.config).toEqual(model.config);
    const session = await compileModel(again, exportGraphs(again).model!, { engine });
    const window = Float32Array.from(values.subarray(155, 180));
    const { forecast } = await session.run({
      values: { dtype: "float", shape: [1, 25, 1], data: window },
      lengths: { dtype: "int", shape: [1], data: Int32Array.of(25) },
    });
    for await (const { values: next } of predictSeries(model, [{ series }], { engine }))
      next.forEach((value, k) => {
        expect(forecast!.data[k]! / value).toBeCloseTo(1, 4);
      });
    await session.release();
  });

  it("names the step whose logarithm does not exist", async () => {
    const other = { ...series, series: [values.map((value, t) => (t === 170 ? 0 : value))] };
    const run = async () => {
      for await (const _ of predictSeries(make(), [{ series: other }], { engine }));
    };
    await expect(run()).rejects.toThrow('sales.csv, time step 171: expected numbers above 0 in "sales"');
  });
});

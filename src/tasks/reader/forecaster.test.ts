import { describe, expect, it } from "vitest";
import { random, randomKey } from "../../base/index.ts";
import { all } from "../../data/batches/in-order.ts";
import { findSeason, readSeries, type SeriesData, seenSeries, seriesScales } from "../../data/index.ts";
import { feedForward } from "../../networks/many-to-one.ts";
import { gru } from "../../nn/index.ts";
import { nodeEngine } from "../../node/engine.ts";
import { adamW, train } from "../../train/index.ts";
import { type Forecaster, firstUnseen, forecaster, predictSeries, reportForecasts } from "./forecaster.ts";
import { forecasterTask } from "./tasks.ts";

const engine = nodeEngine({ threads: 1 });
const forecast = async (model: Forecaster, series: SeriesData) =>
  (await all(predictSeries(model, [{ series }], { engine })))[0]!.values;

/** A wave of 12 steps with noise, and a second column that is far from mean 0. */
function waves(steps: number): string {
  const r = random(randomKey(1));
  const rows = Array.from({ length: steps }, (_, t) => {
    const wave = 50 + 10 * Math.sin((2 * Math.PI * t) / 12);
    return `${(wave + r.normal()).toFixed(3)},${(1000 + 5 * wave).toFixed(2)}`;
  });
  return `load,other\n${rows.join("\n")}\n`;
}

describe("forecaster", () => {
  const series = readSeries(waves(240));
  const inputs = seriesScales({ series, to: 180 });
  const make = (horizon: number) =>
    forecaster({ inputs, encoder: gru({ hiddenSize: 8 }), length: 12, horizon, season: 12, seed: 2 });

  it("refuses series without a name, of a damaged config", () => {
    const { name: _, ...nameless } = inputs[0]!;
    const encoder = gru({ hiddenSize: 2 });
    expect(() => forecaster({ inputs: [nameless as (typeof inputs)[0]], encoder })).toThrow(
      "expected series with a name, got none",
    );
  });

  it("takes scale and season from the training part", () => {
    expect(inputs.map(({ name }) => name)).toEqual(["load", "other"]);
    expect(inputs[0]!.mean).toBeCloseTo(50, 0);
    expect(inputs[1]!.deviation).toBeCloseTo(5 * Math.sqrt(50), 0);
    expect(findSeason(series.series[0]!)).toBe(12);
    expect(findSeason(Float64Array.from({ length: 100 }, () => 3))).toBe(1);
  });

  it("finds a day in a week of days", () => {
    const r = random(randomKey(9));
    const both = (t: number) => 30 * Math.sin((2 * Math.PI * t) / 24) + 10 * Math.sin((2 * Math.PI * t) / 168);
    expect(findSeason(Float64Array.from({ length: 1200 }, (_, t) => both(t) + 3 * r.normal()))).toBe(24);
    const days = [0, 0, 0, 0, 0, 9, 7];
    expect(findSeason(Float64Array.from({ length: 140 }, (_, t) => days[t % 7]! + r.normal() / 2))).toBe(7);
  });

  it("knows the steps that it was trained on again, in the same file and in a longer one", () => {
    const seen = seenSeries({ series, to: 180 });
    const model = forecaster({ inputs, encoder: gru({ hiddenSize: 2 }), length: 12, seen });
    const longer = readSeries(`${waves(240)}50,1250\n`);
    const mirrored = { ...series, names: [...series.names].reverse(), series: [...series.series].reverse() };
    expect([series, longer, mirrored].map((one) => firstUnseen(model, one))).toEqual([180, 180, 180]);
    const changed = { ...series, series: series.series.map((values) => values.map((v, t) => (t === 3 ? v + 1 : v))) };
    const part = readSeries(waves(100));
    expect([changed, part].map((one) => firstUnseen(model, one))).toEqual([0, 0]);
    expect(firstUnseen(make(1), series)).toBe(0);
    expect(forecasterTask.unpack(JSON.parse(JSON.stringify(forecasterTask.pack(model)))).config.seen).toEqual(seen);
  });

  it("knows nothing at first: with zero parameters it is the naive forecast", async () => {
    const model = make(2);
    model.parameters.fill(0);
    const report = await reportForecasts(model, { series, from: 180 }, { engine });
    expect(report.count).toBe(60);
    expect(report.mae).toBeCloseTo(report.naive.mae, 4);
  });

  it("learns a wave better than both naive forecasts", async () => {
    const model = make(2);
    const optimizer = adamW({ learningRate: 0.02 });
    const data = { series, to: 180 };
    for await (const _ of train(model, data, { engine, steps: 80, batchSize: 32, optimizer }));
    const report = await reportForecasts(model, { series, from: 180 }, { engine });
    expect(report.rmse).toBeLessThan(0.5 * report.naive.rmse);
    expect(report.rmse).toBeLessThan(report.seasonal.rmse);
    const again = forecasterTask.unpack(JSON.parse(JSON.stringify(forecasterTask.pack(model))));
    again.parameters.set(model.parameters);
    const next = await forecast(again, series);
    expect(next).toEqual(await forecast(model, series));
    expect(next[0]).toBeGreaterThan(40);
    expect(next[0]).toBeLessThan(60);
  });

  it("reports the RMSE of a validation, and nothing else", async () => {
    const model = make(2);
    const [data, valid] = [
      { series, to: 180 },
      { series, from: 180 },
    ];
    const found = [];
    for await (const { valid: one } of train(model, data, { engine, steps: 1, batchSize: 32, valid }))
      found.push(one?.means);
    const { rmse } = await reportForecasts(model, valid, { engine });
    expect(found).toEqual([{ RMSE: expect.closeTo(rmse, 0) }]);
  });

  it("has the standard network for a baseline, which reads as many steps", async () => {
    const options = { inputs, length: 12, horizon: 2, season: 12, seed: 2 };
    const model = forecaster({ ...options, encoder: feedForward({ window: 12, hiddenSize: 16 }) });
    const data = { series, to: 180 };
    const optimizer = adamW({ learningRate: 0.02 });
    for await (const _ of train(model, data, { engine, steps: 60, batchSize: 32, optimizer }));
    const report = await reportForecasts(model, { series, from: 180 }, { engine });
    expect(report.rmse).toBeLessThan(report.naive.rmse);
    const again = forecasterTask.unpack(JSON.parse(JSON.stringify(forecasterTask.pack(model))));
    again.parameters.set(model.parameters);
    expect(await forecast(again, series)).toEqual(await forecast(model, series));
    expect(() => forecaster({ ...options, encoder: feedForward({ window: 9, hiddenSize: 4 }) })).toThrow(
      "a window of 12",
    );
  });

  it("says what a file lacks", async () => {
    const other = readSeries("load,else\n1,2\n3,4\n", { source: "b.csv" });
    await expect(forecast(make(1), other)).rejects.toThrow('b.csv: expected a column "other"');
    const short = readSeries("load,other\n1,2\n3,4\n", { source: "c.csv" });
    await expect(forecast(make(1), short)).rejects.toThrow(/c.csv: expected at least 12 time steps/);
    const wrong = { load: [1, 2, 3] } as unknown as SeriesData;
    await expect(forecast(make(1), wrong)).rejects.toThrow("forecast: expected { series: { names, series, length } }");
  });
});

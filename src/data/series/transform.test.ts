import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { autoregression, autoregressiveForecasts } from "./autoregression.ts";
import { seriesTransform, suggestTransform, type TransformName } from "./transform.ts";

const make = (n: number, value: (t: number, noise: () => number) => number, seed = 5) => {
  const r = random(seed);
  return Array.from({ length: n }, (_, t) => value(t, () => r.normal()));
};
const season = (t: number) => Math.sin((2 * Math.PI * t) / 12);
const passengers = make(144, (t, noise) => 100 * Math.exp(t / 110 + 0.2 * season(t) + 0.03 * noise()));
const temperature = make(300, (t, noise) => 15 + 10 * season(t) + noise());
const rising = make(200, (t, noise) => 5 * t + 20 * season(t) + 3 * noise());
const names: TransformName[] = ["none", "log", "difference", "log-difference"];

describe("suggestTransform", () => {
  it("chooses by the data", () => {
    expect(suggestTransform(passengers, 12).name).toBe("log-difference");
    expect(suggestTransform(temperature, 12).name).toBe("none");
    expect(suggestTransform(rising, 12).name).toBe("difference");
    expect(suggestTransform(make(200, (_, noise) => Math.exp(noise()))).name).not.toMatch(/difference/);
    expect(
      suggestTransform(
        rising.map((v) => v - 500),
        12,
      ).name,
    ).toBe("difference"); // no logarithm of negative values
    expect(suggestTransform([1, 2, 3]).name).toBe("none");
  });
});

describe("seriesTransform", () => {
  it("is undone exactly, for every name and lag, wherever the series is cut", () => {
    for (const name of names) {
      for (const lag of [1, 12]) {
        const { apply, undo } = seriesTransform(name, lag);
        const cut = 60;
        const part = apply(passengers).slice(name.includes("difference") ? cut - lag : cut);
        const back = undo(part, passengers.slice(0, cut));
        back.forEach((value, t) => {
          expect(value / passengers[cut + t]!).toBeCloseTo(1, 10);
        });
        expect(back).toHaveLength(passengers.length - cut);
      }
    }
  });
});

describe("autoregression", () => {
  it("finds the weights of a process that is one", () => {
    const values = [1, 2];
    const r = random(8);
    for (let t = 2; t < 4000; t++) values.push(3 + 0.5 * values[t - 1]! + 0.3 * values[t - 2]! + r.normal());
    const { weights, intercept } = autoregression(values, { order: 2 });
    expect(weights[0]).toBeCloseTo(0.5, 1);
    expect(weights[1]).toBeCloseTo(0.3, 1);
    expect(intercept).toBeCloseTo(3, 0);
    expect(autoregression(values).lags.length).toBeLessThan(8); // the AIC needs no more
  });
  it("continues a line and a wave without error", () => {
    const wave = make(100, (t) => 2 * t + 7 * season(t));
    const ahead = autoregression(wave.slice(0, 80)).forecast(wave.slice(0, 80), 20);
    ahead.forEach((value, t) => {
      expect(Math.abs(value - wave[80 + t]!)).toBeLessThan(0.5);
    });
    expect([...autoregression(new Array(20).fill(4)).forecast(new Array(20).fill(4), 2)]).toEqual([4, 4]);
  });
  it("forecasts growing series in their transform much better than without", () => {
    const error = (name: TransformName) => {
      const found = autoregressiveForecasts(passengers, { from: 115, season: 12, transform: seriesTransform(name) });
      return Math.sqrt(found.reduce((sum, value, t) => sum + (value - passengers[115 + t]!) ** 2, 0) / found.length);
    };
    const last = Math.sqrt(
      passengers.slice(115).reduce((sum, v, t) => sum + (v - passengers[114 + t]!) ** 2, 0) / (144 - 115),
    );
    expect(error("log-difference")).toBeLessThan(0.75 * last);
    expect(error("log-difference")).toBeLessThan(1.05 * error("none"));
  });
  it("refuses what is too short", () => {
    expect(() => autoregression([1, 2, 3])).toThrow("autoregression: expected 8 values or more, got 3");
  });
});

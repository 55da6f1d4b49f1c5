import { describe, expect, it } from "vitest";
import { random } from "../base/index.ts";
import { gruCell } from "./cells/gru.ts";
import { lstmCell } from "./cells/lstm.ts";
import { blocks, chrono, fill, given, glorot, type Initializer, normal, orthogonal, uniform } from "./init.ts";

const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: Float32Array) => {
  const center = mean(values);
  return Math.sqrt(mean(values.map((x) => (x - center) ** 2)));
};

describe("initializers", () => {
  it("uniform fills its range evenly", () => {
    const values = uniform(0.5)([50, 40], random(1));
    expect(Math.max(...values)).toBeLessThan(0.5);
    expect(Math.max(...values)).toBeGreaterThan(0.49);
    expect(Math.min(...values)).toBeLessThan(-0.49);
    expect(deviation(values)).toBeCloseTo(0.5 / Math.sqrt(3), 2);
  });

  it("normal and glorot have their deviations", () => {
    expect(deviation(normal(2)([5000], random(1)))).toBeCloseTo(2, 1);
    expect(deviation(glorot()([60, 40], random(1)))).toBeCloseTo(Math.sqrt(2 / 100), 2);
  });

  it("chrono gives a gate memories of 1 to timescale steps, evenly", () => {
    const spans = chrono(600)([5000], random(1)).map(Math.exp);
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...spans)).toBeLessThan(599.01);
    expect(mean(spans)).toBeCloseTo(300, -1);
    expect(() => chrono(1)).toThrow(/timescale of 2/);
  });

  it("a timescale starts the gates that keep at b, and an LSTM's input gates at -b", () => {
    const sizes = { inputSize: 2, hiddenSize: 50 };
    const biasOf = (declaration: unknown, rows: number) =>
      (declaration as { init: Initializer }).init([rows], random(4));
    const lstm = biasOf(lstmCell({ timescale: 100 }).parameters(sizes).bias_ih, 200);
    expect(lstm.subarray(0, 50)).toEqual(lstm.subarray(50, 100).map((b) => -b));
    expect(Math.max(...lstm.subarray(50, 100))).toBeGreaterThan(4);
    const gru = biasOf(gruCell({ timescale: 100 }).parameters(sizes).bias_ih, 150);
    expect(Math.min(...gru.subarray(50, 100))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...gru.subarray(50, 100))).toBeGreaterThan(4);
    expect(Math.max(...gru.subarray(0, 50))).toBeLessThan(0.2);
  });

  it.each([
    [4, 4],
    [3, 5],
    [5, 3],
  ])("orthogonal [%i, %i] has orthonormal rows or columns", (rows, columns) => {
    const w = orthogonal(2)([rows, columns], random(3));
    const short = Math.min(rows, columns);
    for (let i = 0; i < short; i++) {
      for (let j = 0; j < short; j++) {
        let product = 0;
        for (let k = 0; k < Math.max(rows, columns); k++) {
          product +=
            rows <= columns ? w[i * columns + k]! * w[j * columns + k]! : w[k * columns + i]! * w[k * columns + j]!;
        }
        expect(product).toBeCloseTo(i === j ? 4 : 0, 5);
      }
    }
  });

  it("blocks fills each part of the first axis by its own", () => {
    expect([...blocks(fill(1), fill(2))([4, 2], random(1))]).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
  });

  it("given keeps the values and counts them", () => {
    expect([...given([1, 2])([2], random(1))]).toEqual([1, 2]);
    expect(() => given([1, 2])([3], random(1))).toThrow("given: expected 3 numbers for [3], got 2");
  });
});

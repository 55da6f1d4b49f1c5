import { describe, expect, it } from "vitest";
import { random } from "../../base/random.ts";
import { symmetricEigen } from "./eigen.ts";
import type { Matrix } from "./matrix.ts";
import { pca } from "./pca.ts";

function gaussian(rows: number, dim: number, seed: number): Matrix {
  const r = random(seed);
  return { data: Float32Array.from({ length: rows * dim }, () => r.normal()), rows, dim };
}

describe("symmetricEigen", () => {
  it("solves a case known in closed form", () => {
    // The path of n nodes: 2 on the diagonal, -1 beside it; eigenvalues 2 - 2 cos(k pi / (n + 1)).
    const n = 7;
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      a[i * n + i] = 2;
      if (i > 0) a[i * n + i - 1] = -1;
    }
    const expected = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((n - k) * Math.PI) / (n + 1)));
    for (const [k, value] of symmetricEigen(a, n).values.entries()) expect(value).toBeCloseTo(expected[k]!, 12);
  });
  it("puts any symmetric matrix together again, from unit vectors at right angles", () => {
    for (const n of [1, 2, 3, 20]) {
      const r = random(n);
      const a = new Float64Array(n * n);
      for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = r.normal();
      const { values, vectors } = symmetricEigen(a, n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let rebuilt = 0;
          let dot = 0;
          for (let k = 0; k < n; k++) {
            rebuilt += values[k]! * vectors[k * n + i]! * vectors[k * n + j]!;
            dot += vectors[i * n + k]! * vectors[j * n + k]!;
          }
          expect(rebuilt).toBeCloseTo(a[i * n + j]!, 10);
          expect(dot).toBeCloseTo(i === j ? 1 : 0, 10);
        }
      }
    }
  });
  it("takes equal eigenvalues and zeros", () => {
    expect([...symmetricEigen(new Float64Array(9), 3).values]).toEqual([0, 0, 0]);
    expect([...symmetricEigen(Float64Array.of(2, 0, 0, 0, 2, 0, 0, 0, 2), 3).values]).toEqual([2, 2, 2]);
  });
});

describe("pca", () => {
  it("finds the direction that the data were drawn along", () => {
    const r = random(3);
    const data = new Float32Array(3000);
    for (let i = 0; i < 1000; i++) {
      const t = r.normal() * 5;
      data[3 * i] = 10 + 0.6 * t + r.normal() * 0.1;
      data[3 * i + 1] = -0.8 * t + r.normal() * 0.1;
      data[3 * i + 2] = r.normal();
    }
    const { components, explainedVariance, mean } = pca({ data, rows: 1000, dim: 3 });
    expect(components[0]).toBeCloseTo(-0.6, 2); // the entry of greatest size is positive
    expect(components[1]).toBeCloseTo(0.8, 2);
    expect(mean[0]).toBeCloseTo(10, 0);
    expect(Math.sqrt(explainedVariance[0]!)).toBeGreaterThan(4.7);
    expect(Math.sqrt(explainedVariance[1]!)).toBeCloseTo(1, 1);
  });
  it("keeps all distances with all components, and accounts for all variance", () => {
    const matrix = gaussian(50, 8, 1);
    const { points, explainedVariance, explainedVarianceRatio } = pca(matrix, { components: 8 });
    const distance = (data: Float32Array, i: number, j: number) => {
      let sum = 0;
      for (let k = 0; k < 8; k++) sum += (data[i * 8 + k]! - data[j * 8 + k]!) ** 2;
      return sum;
    };
    for (let i = 1; i < 50; i++) expect(distance(points, 0, i)).toBeCloseTo(distance(matrix.data, 0, i), 4);
    expect(explainedVarianceRatio.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    for (let c = 0; c < 8; c++) {
      let sum = 0;
      for (let i = 0; i < 50; i++) sum += points[i * 8 + c]! ** 2;
      expect(sum / 49).toBeCloseTo(explainedVariance[c]!, 4);
    }
  });
  it("gives the same numbers for the rows in another order", () => {
    const matrix = gaussian(40, 6, 2);
    const turned = new Float32Array(240);
    for (let i = 0; i < 40; i++) turned.set(matrix.data.subarray(i * 6, i * 6 + 6), (39 - i) * 6);
    const a = pca(matrix).points;
    const b = pca({ data: turned, rows: 40, dim: 6 }).points;
    for (let i = 0; i < 40; i++) expect(b[(39 - i) * 2]).toBeCloseTo(a[i * 2]!, 5);
  });
  it("says what is wrong with its input", () => {
    const data = Float32Array.of(1, 2, Number.NaN, 4);
    expect(() => pca({ data, rows: 2, dim: 2 })).toThrow("pca: expected finite numbers, got NaN at row 1, column 0");
    expect(() => pca({ data, rows: 3, dim: 2 })).toThrow("rows * dim = 3 * 2 numbers, got 4");
    expect(() => pca({ data: new Float32Array(4), rows: 2, dim: 2 }, { components: 3 })).toThrow("at most 2");
  });
});

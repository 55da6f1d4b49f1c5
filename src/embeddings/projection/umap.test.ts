import { describe, expect, it } from "vitest";
import { random } from "../../base/random.ts";
import { fitCurve, fuzzyGraph } from "./fuzzy.ts";
import type { Matrix } from "./matrix.ts";
import { type Neighbors, nearestNeighbors } from "./neighbors.ts";
import { trustworthiness } from "./trustworthiness.ts";
import { type UmapOptions, umap } from "./umap.ts";
import { plainLayout, wasmLayout } from "./umap-layout.ts";

/** Points along a closed curve through `dim` dimensions, a little noise added: neighbors along it are neighbors. */
function ring(rows: number, dim: number): Matrix {
  const r = random(8);
  const data = new Float32Array(rows * dim);
  for (let i = 0; i < rows; i++) {
    const t = (2 * Math.PI * i) / rows;
    for (let c = 0; c < dim; c++) data[i * dim + c] = Math.sin(t * (1 + (c % 2)) + c) + 0.01 * r.normal();
  }
  return { data, rows, dim };
}

async function neighborsOf(matrix: Matrix, k: number): Promise<Neighbors> {
  let found: Neighbors | undefined;
  for await (const { neighbors } of nearestNeighbors(matrix, { k })) found = neighbors;
  return found!;
}

async function run(matrix: Matrix, options: UmapOptions): Promise<Float32Array> {
  let points = new Float32Array(0);
  for await (const report of umap(matrix, options)) points = report.points.slice();
  return points;
}

describe("fitCurve", () => {
  it("finds the values that the paper's implementation uses", () => {
    // umap-learn 0.5.3, find_ab_params(1.0, 0.1) and (1.0, 0.5)
    const near = fitCurve(0.1, 1);
    expect(near.a).toBeCloseTo(1.577, 2);
    expect(near.b).toBeCloseTo(0.895, 2);
    const far = fitCurve(0.5, 1);
    expect(far.a).toBeCloseTo(0.583, 2);
    expect(far.b).toBeCloseTo(1.334, 2);
  });
});

describe("fuzzyGraph", () => {
  it("makes the nearest neighbor certain and the row's sum log2 of its size", async () => {
    const neighbors = await neighborsOf(ring(100, 6), 14);
    // Row 0 of 16 sees 1 to 14, and none of them sees it: the join a + b - a b leaves its memberships as they are.
    const indices = new Uint32Array(16 * 14);
    for (let i = 0; i < 16; i++) {
      const others = Array.from({ length: 15 }, (_, j) => j + 1).filter((j) => j !== i);
      indices.set(others.slice(0, 14), i * 14);
    }
    const distances = Float32Array.from(indices, (_, e) => neighbors.distances[e]!);
    const alone = fuzzyGraph({ k: 14, indices, distances });
    const sum = alone.weights.subarray(0, alone.starts[1]).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(Math.log2(15), 4);
    const { starts, columns, weights } = fuzzyGraph(neighbors);
    for (let i = 0; i < 100; i++) {
      const row = [...columns.subarray(starts[i], starts[i + 1])];
      const nearest = neighbors.indices[i * 14]!;
      expect(weights[starts[i]! + row.indexOf(nearest)]).toBeCloseTo(1, 6);
      for (const [e, j] of row.entries()) {
        const back = [...columns.subarray(starts[j], starts[j + 1])].indexOf(i);
        expect(weights[starts[j]! + back]).toBe(weights[starts[i]! + e]);
      }
    }
  });
});

describe("the layout of UMAP", async () => {
  const matrix = ring(150, 5);
  const graph = fuzzyGraph(await neighborsOf(matrix, 9));
  const options = { epochs: 20, negatives: 3, a: 1.577, b: 0.895, seed: 12345 };
  const r = random(5);
  const places = Float32Array.from({ length: 300 }, () => 10 * r.uniform());

  it("is by WebAssembly what it is by plain loops", () => {
    const [wasm, plain] = [wasmLayout(graph, 150, options)!, plainLayout(graph, 150, options)];
    for (const layout of [wasm, plain]) {
      layout.points.set(places);
      for (let now = 0; now < 4; now++) layout.epoch(now, 0.1);
    }
    const moved = Math.hypot(...plain.points.map((value, c) => value - places[c]!));
    const apart = Math.hypot(...plain.points.map((value, c) => value - wasm.points[c]!));
    expect(moved).toBeGreaterThan(5);
    expect(apart / moved).toBeLessThan(1e-3); // float32 and tabulated slopes
  });
});

describe("umap", () => {
  const matrix = ring(300, 8);
  it("keeps neighbors together", async () => {
    const data = await run(matrix, { seed: 1, epochs: 200 });
    expect(trustworthiness(matrix, { data, rows: 300, dim: 2 }, { k: 10 })).toBeGreaterThan(0.97);
  });
  it("gives the same picture for the same seed, another for another", async () => {
    const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => run(matrix, { seed, epochs: 20 })));
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });
  it("takes neighbors that were found before", async () => {
    const neighbors = await neighborsOf(matrix, 14);
    expect(await run(matrix, { epochs: 10, neighbors })).toEqual(await run(matrix, { epochs: 10 }));
  });
  it("takes rows that are all alike, and refuses what cannot be", async () => {
    const points = await run({ data: new Float32Array(60), rows: 30, dim: 2 }, { epochs: 10, numNeighbors: 5 });
    expect(points.every(Number.isFinite)).toBe(true);
    await expect(run(matrix, { numNeighbors: 1 })).rejects.toThrow(
      "umap(numNeighbors): expected a whole number at least 2",
    );
  });
});

describe("trustworthiness", () => {
  it("is its formula, on a case small enough to do by hand", () => {
    // In the data 0 1 2 3 4 5 in order; on the plane 5 moves next to 0.
    const high = { data: Float32Array.of(0, 1, 2.1, 3.3, 4.6, 6), rows: 6, dim: 1 };
    const low = { data: Float32Array.of(0, 1, 2.1, 3.3, 4.6, 0.1), rows: 6, dim: 1 };
    // k = 1: nearest on the plane: 0 -> 5 (rank 5), 5 -> 0 (rank 5), 1 -> 5 (rank 5: farthest), others their own nearest
    // but 4 -> 3 and 3 -> 2, 2 -> 1 (rank 1). Penalty (5-1) * 3 = 12.
    expect(trustworthiness(high, low, { k: 1 })).toBeCloseTo(1 - (2 / (6 * 1 * (12 - 3 - 1))) * 12, 12);
    expect(trustworthiness(high, low, { k: 2 })).toBeCloseTo(0.6, 12); // scikit-learn 1.2.1 on the same numbers
  });
  it("is 1 for the data themselves, about 1/2 for noise, and a sample estimates it", () => {
    const matrix = ring(400, 4);
    const r = random(3);
    const noise = { data: Float32Array.from({ length: 800 }, () => r.normal()), rows: 400, dim: 2 };
    expect(trustworthiness(matrix, matrix)).toBe(1);
    const whole = trustworthiness(matrix, noise);
    expect(Math.abs(whole - 0.5)).toBeLessThan(0.05);
    expect(Math.abs(trustworthiness(matrix, noise, { sample: 150 }) - whole)).toBeLessThan(0.03);
    expect(() => trustworthiness(matrix, noise, { k: 200 })).toThrow("trustworthiness(k)");
  });
});

import { describe, expect, it } from "vitest";
import { random } from "../../base/random.ts";
import { affinities, rowAffinities } from "./affinities.ts";
import type { Matrix } from "./matrix.ts";
import { type Neighbors, nearestNeighbors } from "./neighbors.ts";
import { trustworthiness } from "./trustworthiness.ts";
import { type ProjectionProgress, type TsneOptions, tsne } from "./tsne.ts";
import { divergence, exactForces, wasmForces } from "./tsne-forces.ts";

/** Rows around `clusters` centers that lie far apart; row i belongs to cluster i % clusters. */
function clustered(rows: number, dim: number, clusters: number): Matrix {
  const r = random(11);
  const centers = Float32Array.from({ length: clusters * dim }, () => 10 * r.normal());
  const data = new Float32Array(rows * dim);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < dim; c++) data[i * dim + c] = centers[(i % clusters) * dim + c]! + r.normal();
  }
  return { data, rows, dim };
}

async function graphOf(matrix: Matrix, k: number, perplexity: number) {
  let neighbors: Neighbors | undefined;
  for await (const report of nearestNeighbors(matrix, { k })) neighbors = report.neighbors;
  return affinities(neighbors!, perplexity);
}

async function run(matrix: Matrix, options: TsneOptions) {
  const reports: (Omit<ProjectionProgress, "points"> & { points: Float32Array })[] = [];
  for await (const report of tsne(matrix, options)) reports.push({ ...report, points: report.points.slice() });
  return reports;
}

describe("affinities", () => {
  it("gives each row the perplexity that was asked for", () => {
    const r = random(2);
    const distances = Float32Array.from({ length: 40 }, () => 1 + r.uniform()).sort();
    const p = new Float64Array(40);
    for (const perplexity of [2, 10, 30]) {
      rowAffinities(distances, Math.log(perplexity), p);
      const entropy = p.reduce((sum, value) => sum - value * Math.log2(value || 1), 0);
      expect(2 ** entropy).toBeCloseTo(perplexity, 2);
      expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    }
  });
  it("sums to 1 over all pairs, and takes equal distances", async () => {
    const { weights } = await graphOf(clustered(100, 4, 5), 30, 10);
    expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4);
    const p = new Float64Array(5);
    rowAffinities(new Float32Array(5).fill(2), Math.log(3), p);
    for (const value of p) expect(value).toBeCloseTo(0.2, 12);
  });
});

describe("the forces of t-SNE", async () => {
  const n = 500;
  const graph = await graphOf(clustered(n, 5, 7), 30, 10);
  const r = random(4);
  const places = Float32Array.from({ length: 2 * n }, () => 6 * r.normal());
  places.copyWithin(0, 40, 60); // ten points that coincide with others
  const at = <F extends { points: Float32Array }>(forces: F) => {
    forces.points.set(places);
    return forces;
  };
  const exact = at(exactForces(graph, n));
  const z = exact.compute();

  it("are the gradient of the divergence", () => {
    const gradient = (c: number) => 4 * (exact.attraction[c]! - exact.repulsion[c]! / z);
    const other = exactForces(graph, n);
    const value = (c: number, step: number) => {
      other.points.set(places);
      other.points[c] = other.points[c]! + step;
      return divergence(graph, other.points, other.compute());
    };
    for (const c of [123, 400, 601]) {
      expect((value(c, 0.02) - value(c, -0.02)) / 0.04 / gradient(c)).toBeCloseTo(1, 1.5);
    }
  });
  it("are the same by WebAssembly with angle 0, and close with angle 0.5", () => {
    for (const [theta, bound] of [
      [0, 1e-5],
      [0.5, 0.02],
    ] as const) {
      const fast = at(wasmForces(graph, n, theta)!);
      expect(fast.compute() / z).toBeCloseTo(1, theta ? 2 : 5);
      for (const name of ["attraction", "repulsion"] as const) {
        const size = Math.hypot(...exact[name]);
        const error = Math.hypot(...exact[name].map((value, c) => value - fast[name][c]!));
        expect(error / size).toBeLessThan(bound);
      }
    }
  });
  it("leave a heap of coincident points where it is", () => {
    const heap = wasmForces(graph, n, 0.5)!;
    expect(heap.compute()).toBe(n * (n - 1));
    expect(heap.repulsion.every((value) => value === 0)).toBe(true);
  });
});

describe("tsne", () => {
  const matrix = clustered(240, 10, 4);
  const options = { perplexity: 15, iterations: 300, exaggerationIterations: 100, seed: 3 };

  it("brings clusters together, and the divergence falls", async () => {
    const reports = await run(matrix, options);
    const { points, kl, done, phase } = reports.at(-1)!;
    expect([done, phase]).toEqual([1, "layout"]);
    expect(trustworthiness(matrix, { data: points, rows: 240, dim: 2 }, { k: 10 })).toBeGreaterThan(0.9);
    const first = reports.find((report) => report.iteration === 150)!.kl!;
    expect(kl).toBeLessThan(first);
    // Every row's nearest point on the plane is one of its own cluster.
    for (let i = 0; i < 240; i++) {
      let best = -1;
      let least = Infinity;
      for (let j = 0; j < 240; j++) {
        const d = (points[2 * i]! - points[2 * j]!) ** 2 + (points[2 * i + 1]! - points[2 * j + 1]!) ** 2;
        if (j !== i && d < least) [best, least] = [j, d];
      }
      expect(best % 4).toBe(i % 4);
    }
  });
  it("gives the same picture for the same seed, another for another", async () => {
    const short = { ...options, iterations: 60, init: "random" as const };
    const [a, b, c] = await Promise.all([run(matrix, short), run(matrix, short), run(matrix, { ...short, seed: 4 })]);
    expect(a.at(-1)!.points).toEqual(b.at(-1)!.points);
    expect(a.at(-1)!.points).not.toEqual(c.at(-1)!.points);
  });
  it("stops when told to, and refuses what cannot be", async () => {
    const stop = new AbortController();
    const reports = tsne(matrix, { ...options, signal: stop.signal });
    await reports.next();
    stop.abort();
    await expect(
      (async () => {
        for await (const _ of reports);
      })(),
    ).rejects.toThrow("abort");
    await expect(run(matrix, { perplexity: 100 })).rejects.toThrow(
      "tsne(perplexity): expected a number at least 1 and at most",
    );
    await expect(run(matrix, { init: new Float32Array(3) })).rejects.toThrow(
      "tsne(init): expected rows * dim = 240 * 2",
    );
  });
});

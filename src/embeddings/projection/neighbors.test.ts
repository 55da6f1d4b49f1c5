import { describe, expect, it } from "vitest";
import { random } from "../../base/random.ts";
import { symmetric } from "./graph.ts";
import type { Matrix } from "./matrix.ts";
import { type Neighbors, nearestNeighbors, plainSearch, wasmSearch } from "./neighbors.ts";

function gaussian(rows: number, dim: number, seed: number): Matrix {
  const r = random(seed);
  return { data: Float32Array.from({ length: rows * dim }, () => r.normal()), rows, dim };
}

async function search(matrix: Matrix, k: number, metric?: "euclidean" | "cosine"): Promise<Neighbors> {
  let found: Neighbors | undefined;
  for await (const { neighbors } of nearestNeighbors(matrix, { k, metric })) found = neighbors;
  return found!;
}

describe("nearestNeighbors", () => {
  it("is the same by WebAssembly as by plain loops, for sizes that do and do not fill its blocks", () => {
    for (const [rows, dim, k] of [
      [2, 1, 1],
      [7, 3, 6],
      [8, 5, 3],
      [9, 4, 8],
      [333, 17, 20],
    ] as const) {
      const matrix = gaussian(rows, dim, rows);
      const [wasm, plain] = [wasmSearch(matrix, k)!, plainSearch(matrix, k)].map((method) => {
        for (let step = 0; step < method.steps; step++) method.step(step);
        return Array.from({ length: rows }, (_, i) =>
          [...method.indices().slice(i * k, (i + 1) * k)].sort((a, b) => a - b),
        );
      });
      expect(wasm).toEqual(plain);
    }
  });
  it("gives distances in order, the row itself not among its neighbors", async () => {
    const data = Float32Array.of(1, 2, 4, 8, 9);
    const { indices, distances } = await search({ data, rows: 5, dim: 1 }, 3);
    expect([...indices.slice(0, 3)]).toEqual([1, 2, 3]);
    expect([...distances.slice(0, 3)]).toEqual([1, 3, 7]);
    expect([...indices.slice(12, 15)]).toEqual([3, 2, 1]);
  });
  it("keeps the angle apart from the length under cosine", async () => {
    const data = Float32Array.of(1, 0, 100, 1, 0, 1, -1, 0);
    const { indices, distances } = await search({ data, rows: 4, dim: 2 }, 3, "cosine");
    expect([...indices.slice(0, 3)]).toEqual([1, 2, 3]);
    expect(distances[0]).toBeCloseTo(1 - 100 / Math.hypot(100, 1), 6);
    expect([...distances.slice(1, 3)].map((d) => Math.round(d * 1e5) / 1e5)).toEqual([1, 2]);
  });
  it("takes rows that are all alike", async () => {
    const { indices, distances } = await search({ data: new Float32Array(40).fill(7), rows: 20, dim: 2 }, 4);
    for (let i = 0; i < 20; i++) expect(new Set([i, ...indices.slice(4 * i, 4 * i + 4)]).size).toBe(5);
    expect(distances.every((d) => d === 0)).toBe(true);
  });
  it("says what is wrong", async () => {
    await expect(search(gaussian(3, 2, 1), 3)).rejects.toThrow("nearestNeighbors(k)");
  });
});

describe("symmetric", () => {
  it("equals the dense computation", () => {
    const r = random(9);
    const rows = 12;
    const k = 4;
    const dense = new Float64Array(rows * rows);
    const indices = new Uint32Array(rows * k);
    const weights = new Float32Array(rows * k).map(() => r.uniform());
    for (let i = 0; i < rows; i++) {
      const others = r.shuffle(Array.from({ length: rows }, (_, j) => j).filter((j) => j !== i));
      for (let e = 0; e < k; e++) {
        indices[i * k + e] = others[e]!;
        dense[i * rows + others[e]!] = weights[i * k + e]!;
      }
    }
    const join = (a: number, b: number) => a + b - a * b;
    const { starts, columns, weights: values } = symmetric({ k, indices, distances: weights }, weights, join);
    const out = new Float64Array(rows * rows);
    for (let i = 0; i < rows; i++)
      for (let e = starts[i]!; e < starts[i + 1]!; e++) out[i * rows + columns[e]!] = values[e]!;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < rows; j++) {
        expect(out[i * rows + j]).toBeCloseTo(join(dense[i * rows + j]!, dense[j * rows + i]!), 6);
      }
    }
  });
});

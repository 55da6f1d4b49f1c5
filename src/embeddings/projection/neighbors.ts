// Exact k nearest neighbors of every row among the others: the start of t-SNE and UMAP, and what the picture lists.
import { checkNumber } from "../../base/errors.ts";
import { wasmInstance, wasmMemory, wasmModule } from "../../base/wasm.ts";
import neighborsWasm from "./kernel/neighbors-wasm.ts";
import { checkMatrix, type Matrix, unitRows } from "./matrix.ts";

export interface NeighborOptions {
  /** How many neighbors a row gets; the row itself is none of them. */
  k: number;
  /** "euclidean" by default; "cosine" gives 1 - cosine similarity. */
  metric?: "euclidean" | "cosine";
  signal?: AbortSignal;
}

export interface Neighbors {
  k: number;
  /** Row numbers, the nearest first: [rows, k]. */
  indices: Uint32Array;
  /** Their distances, ascending: [rows, k]. */
  distances: Float32Array;
}

export interface NeighborProgress {
  /** Share of the work that is done, 0 to 1. */
  done: number;
  /** The result, in the last report. */
  neighbors?: Neighbors;
}

interface Kernel extends Record<string, unknown> {
  setHeaps(distances: number, indices: number, limits: number, k: number): void;
  pairs(panels: number, norms: number, dim: number, iFrom: number, iTo: number, jFrom: number, jTo: number): void;
}

const blockBytes = 256 * 1024; // a block of columns stays in the second-level cache

/**
 * Compares all pairs, each once: rows^2 * dim / 2 products (20,000 x 100: 20 billion; WebAssembly SIMD does some 10 to 15
 * billion a second). Ties go either way; distances are recomputed exactly for the pairs that were kept.
 */
export async function* nearestNeighbors(matrix: Matrix, options: NeighborOptions): AsyncGenerator<NeighborProgress> {
  checkMatrix("nearestNeighbors", matrix, { minRows: 2 });
  const { rows } = matrix;
  const k = checkNumber("nearestNeighbors(k)", options.k, { min: 1, max: rows - 1, integer: true });
  const cosine = options.metric === "cosine";
  const centered = cosine ? unitRows(matrix) : center(matrix);

  const search = wasmSearch(centered, k) ?? plainSearch(centered, k);
  let last = performance.now();
  for (let row = 0; row < search.steps; row++) {
    search.step(row);
    if (performance.now() - last < 50) continue;
    options.signal?.throwIfAborted();
    yield { done: (row + 1) / search.steps };
    await pause();
    last = performance.now();
  }
  const neighbors = sorted(centered, search.indices(), k);
  if (cosine) for (let i = 0; i < rows * k; i++) neighbors.distances[i] = neighbors.distances[i]! ** 2 / 2; // 1 - cos
  yield { done: 1, neighbors };
}

/** Lets timers, input and abort signals have their turn. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A search in steps; `indices` holds the k nearest of every row, in any order, when all are done. */
export interface Search {
  steps: number;
  step(index: number): void;
  indices(): Uint32Array;
}

/** `undefined` where WebAssembly or the memory is missing. */
export function wasmSearch({ data, rows, dim }: Matrix, k: number): Search | undefined {
  const module = wasmModule(neighborsWasm);
  const panels = Math.ceil(rows / 8);
  const padded = panels * 8;
  // [panels | norms | limits | heap distances | heap indices]
  const at = { panels: 0, norms: 4 * padded * dim, limits: 0, distances: 0, indices: 0 };
  at.limits = at.norms + 4 * padded;
  at.distances = at.limits + 4 * padded;
  at.indices = at.distances + 4 * padded * k;
  const bytes = at.indices + 4 * padded * k;
  const memory = module && bytes < 2 ** 32 - 65536 ? wasmMemory(bytes) : undefined;
  if (!module || !memory) return undefined;

  const floats = new Float32Array(memory.buffer);
  const norms = floats.subarray(at.norms / 4, at.limits / 4).fill(Infinity); // rows that only pad are infinitely far
  floats.fill(Infinity, at.limits / 4, at.indices / 4);
  for (let i = 0; i < rows; i++) {
    const panel = (i >> 3) * 8 * dim + (i & 7);
    let norm = 0;
    for (let c = 0; c < dim; c++) {
      const value = data[i * dim + c]!;
      floats[panel + 8 * c] = value;
      norm += value * value;
    }
    norms[i] = norm;
  }
  const kernel = wasmInstance<Kernel>(module, memory);
  kernel.setHeaps(at.distances, at.indices, at.limits, k);
  const width = Math.max(1, Math.floor(blockBytes / (32 * dim)));
  const height = Math.max(1, Math.floor(2e7 / (64 * dim * width))); // some milliseconds a step
  const jobs: [number, number, number, number][] = [];
  for (let j = 0; j < panels; j += width) {
    for (let i = 0; i < Math.min(panels, j + width); i += height) {
      jobs.push([i, Math.min(panels, i + height), j, Math.min(panels, j + width)]);
    }
  }
  return {
    steps: jobs.length,
    step: (index) => kernel.pairs(at.panels, at.norms, dim, ...jobs[index]!),
    indices: () => new Uint32Array(memory.buffer, at.indices, rows * k),
  };
}

/** The same without WebAssembly: one row a step, kept in order by insertion. */
export function plainSearch({ data, rows, dim }: Matrix, k: number): Search {
  const indices = new Uint32Array(rows * k);
  const distances = new Float64Array(k);
  return {
    steps: rows,
    indices: () => indices,
    step(row) {
      distances.fill(Infinity);
      const kept = indices.subarray(row * k, (row + 1) * k);
      for (let other = 0; other < rows; other++) {
        if (other === row) continue;
        const d = squaredDistance(data, row * dim, other * dim, dim);
        if (d >= distances[k - 1]!) continue;
        let place = k - 1;
        for (; place > 0 && distances[place - 1]! > d; place--) {
          distances[place] = distances[place - 1]!;
          kept[place] = kept[place - 1]!;
        }
        distances[place] = d;
        kept[place] = other;
      }
    },
  };
}

/** Distances of the kept pairs, from differences (no cancellation), ascending; equal ones by row number. */
function sorted({ data, rows, dim }: Matrix, found: Uint32Array, k: number): Neighbors {
  const indices = new Uint32Array(rows * k);
  const distances = new Float32Array(rows * k);
  const d = new Float64Array(k);
  const ids = new Uint32Array(k);
  for (let i = 0; i < rows; i++) {
    for (let r = 0; r < k; r++) {
      const other = found[i * k + r]!;
      const distance = squaredDistance(data, i * dim, other * dim, dim);
      let place = r;
      for (; place > 0; place--) {
        const before = d[place - 1]!;
        if (before < distance || (before === distance && ids[place - 1]! < other)) break;
        d[place] = before;
        ids[place] = ids[place - 1]!;
      }
      d[place] = distance;
      ids[place] = other;
    }
    for (let r = 0; r < k; r++) distances[i * k + r] = Math.sqrt(d[r]!);
    indices.set(ids, i * k);
  }
  return { k, indices, distances };
}

function squaredDistance(data: Float32Array, a: number, b: number, dim: number): number {
  let sum = 0;
  for (let c = 0; c < dim; c++) {
    const difference = data[a + c]! - data[b + c]!;
    sum += difference * difference;
  }
  return sum;
}

/** Distances do not change when the mean is taken off, but the rounding of |a|^2 + |b|^2 - 2 a.b shrinks. */
function center({ data, rows, dim }: Matrix): Matrix {
  const mean = new Float64Array(dim);
  for (let i = 0; i < rows; i++) for (let c = 0; c < dim; c++) mean[c] = mean[c]! + data[i * dim + c]! / rows;
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let c = 0; c < dim; c++) out[i * dim + c] = data[i * dim + c]! - mean[c]!;
  return { data: out, rows, dim };
}

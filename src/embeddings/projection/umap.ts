// UMAP (McInnes, Healy and Melville 2018): a picture laid out from the neighbor graph; quicker than t-SNE, and it keeps
// more of how groups lie to one another. Defaults follow umap-learn's, so that the two can be compared.
import { checkNumber } from "../../base/errors.ts";
import { foldIn, randomKey } from "../../base/random.ts";
import { fitCurve, fuzzyGraph } from "./fuzzy.ts";
import { checkMatrix, type Matrix } from "./matrix.ts";
import { type Neighbors, nearestNeighbors, pause } from "./neighbors.ts";
import { initialPoints, type ProjectionProgress } from "./tsne.ts";
import { plainLayout, wasmLayout } from "./umap-layout.ts";

export interface UmapOptions {
  /** Number of neighbors, including the row itself. Few show fine detail, many the overall shape. Default: 15. */
  numNeighbors?: number;
  /** Minimum distance between points. Default: 0.1. */
  minDist?: number;
  /** The scale of the picture, at least minDist; 1 by default. */
  spread?: number;
  /** Epochs; 500 by default, 200 above 10,000 rows. */
  epochs?: number;
  /** Random rows that an edge pushes away each time it is used; 5 by default. */
  negatives?: number;
  /** Step size at the start, falling to 0; 1 by default. */
  learningRate?: number;
  /** "pca" by default, "random", or points to start from: [rows, 2]. */
  init?: "pca" | "random" | Float32Array;
  /** "euclidean" by default, or "cosine". */
  metric?: "euclidean" | "cosine";
  /** Neighbors found before (numNeighbors is then one more than they are), so that they need not be searched again. */
  neighbors?: Neighbors;
  seed?: number;
  signal?: AbortSignal;
}

/** Lays the rows out on the plane; the last report holds the result. Same seed, same picture. */
export async function* umap(matrix: Matrix, options: UmapOptions = {}): AsyncGenerator<ProjectionProgress> {
  const { rows } = checkMatrix("umap", matrix, { minRows: 4 });
  const k = checkNumber("umap(numNeighbors)", options.numNeighbors ?? Math.min(15, rows), {
    min: 2,
    max: rows,
    integer: true,
  });
  const epochs = checkNumber("umap(epochs)", options.epochs ?? (rows > 10_000 ? 200 : 500), { min: 1, integer: true });
  const negatives = checkNumber("umap(negatives)", options.negatives ?? 5, { min: 0, integer: true });
  const rate = checkNumber("umap(learningRate)", options.learningRate ?? 1, { above: 0 });
  const spread = checkNumber("umap(spread)", options.spread ?? 1, { above: 0 });
  const minDist = checkNumber("umap(minDist)", options.minDist ?? 0.1, { min: 0, max: spread });

  let { neighbors } = options;
  if (!neighbors) {
    const { metric, signal } = options;
    for await (const report of nearestNeighbors(matrix, { k: k - 1, metric, signal })) {
      neighbors = report.neighbors;
      const points = new Float32Array(0);
      yield { phase: "neighbors", iteration: 0, iterations: epochs, done: report.done, points };
    }
  }
  const graph = fuzzyGraph(neighbors!);
  const seed = foldIn(randomKey(options.seed ?? 0), "umap")[0] || 1;
  const layoutOptions = { epochs, negatives, seed, ...fitCurve(minDist, spread) };
  const layout = wasmLayout(graph, rows, layoutOptions) ?? plainLayout(graph, rows, layoutOptions);
  const { points } = layout;
  points.set(initialPoints("umap", matrix, options, 1));
  if (typeof (options.init ?? "pca") === "string") stretch(points);

  let last = performance.now();
  for (let iteration = 1; iteration <= epochs; iteration++) {
    layout.epoch(iteration - 1, rate * (1 - (iteration - 1) / epochs));
    if (iteration < epochs && performance.now() - last < 50) continue;
    options.signal?.throwIfAborted();
    yield { phase: "layout", iteration, iterations: epochs, done: iteration / epochs, points };
    await pause();
    last = performance.now();
  }
}

/** Both axes scaled to run from 0 to 10, as the step size supposes. */
function stretch(points: Float32Array): void {
  for (let axis = 0; axis < 2; axis++) {
    let low = Infinity;
    let high = -Infinity;
    for (let i = axis; i < points.length; i += 2) {
      low = Math.min(low, points[i]!);
      high = Math.max(high, points[i]!);
    }
    for (let i = axis; i < points.length; i += 2) points[i] = (10 * (points[i]! - low)) / (high - low || 1);
  }
}

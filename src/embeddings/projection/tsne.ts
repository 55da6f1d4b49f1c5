// t-SNE (van der Maaten and Hinton 2008) with Barnes-Hut forces (van der Maaten 2014): a picture in which close rows stay
// close. Defaults follow scikit-learn's, so that the two can be compared.
import { checkNumber } from "../../base/errors.ts";
import { foldIn, random, randomKey } from "../../base/random.ts";
import { affinities } from "./affinities.ts";
import { checkMatrix, type Matrix } from "./matrix.ts";
import { type Neighbors, nearestNeighbors, pause } from "./neighbors.ts";
import { pca } from "./pca.ts";
import { divergence, exactForces, wasmForces } from "./tsne-forces.ts";

export interface TsneOptions {
  /** Effective number of neighbors; less than a third of the rows, usually 5 to 50. Default: 30. */
  perplexity?: number;
  /** Number of steps. Default: 1,000. */
  iterations?: number;
  /** Attraction is multiplied by this at first, so that clusters can pass through one another; 12 by default. */
  exaggeration?: number;
  /** Steps with exaggeration; 250 by default. */
  exaggerationIterations?: number;
  /** Step size; rows / exaggeration by default, at least 200 (Belkina and others 2019). */
  learningRate?: number;
  /** "pca" (by default; keeps the large-scale order), "random", or points to start from: [rows, 2]. */
  init?: "pca" | "random" | Float32Array;
  /** Barnes-Hut opening angle: 0 is exact, 0.5 by default, larger is faster and coarser. */
  theta?: number;
  /** "euclidean" by default, or "cosine". */
  metric?: "euclidean" | "cosine";
  /** Neighbors found before, at least 3 * perplexity of them, so that they need not be searched again. */
  neighbors?: Neighbors;
  seed?: number;
  signal?: AbortSignal;
}

export interface ProjectionProgress {
  phase: "neighbors" | "layout";
  /** Steps of the layout that are done. */
  iteration: number;
  iterations: number;
  /** Share of the phase that is done, 0 to 1. */
  done: number;
  /** Current positions of the points, [rows, 2]; empty before the layout. Every report has the same array: copy it to keep it. */
  points: Float32Array;
  /** t-SNE: Kullback-Leibler divergence of the picture from the data in nats, every 50 steps and at the end. */
  kl?: number;
}

const reportEvery = 10;
const divergenceEvery = 50;

/** Lays the rows out on the plane; the last report holds the result. Same seed, same picture, on every machine with the same rounding. */
export async function* tsne(matrix: Matrix, options: TsneOptions = {}): AsyncGenerator<ProjectionProgress> {
  const { rows } = checkMatrix("tsne", matrix, { minRows: 5 });
  const iterations = checkNumber("tsne(iterations)", options.iterations ?? 1000, { min: 1, integer: true });
  const early = Math.min(options.exaggerationIterations ?? 250, iterations);
  const exaggeration = checkNumber("tsne(exaggeration)", options.exaggeration ?? 12, { min: 1 });
  const perplexity = checkNumber("tsne(perplexity)", options.perplexity ?? Math.min(30, (rows - 1) / 3), {
    min: 1,
    max: (rows - 1) / 3,
  });
  const theta = checkNumber("tsne(theta)", options.theta ?? 0.5, { min: 0, max: 2 });
  const rate = checkNumber("tsne(learningRate)", options.learningRate ?? Math.max(200, rows / exaggeration), {
    above: 0,
  });

  let neighbors = options.neighbors;
  if (!neighbors) {
    const k = Math.min(rows - 1, Math.floor(3 * perplexity) + 1);
    for await (const report of nearestNeighbors(matrix, { k, metric: options.metric, signal: options.signal })) {
      neighbors = report.neighbors;
      yield { phase: "neighbors", iteration: 0, iterations, done: report.done, points: new Float32Array(0) };
    }
  }
  const graph = affinities(neighbors!, perplexity);
  const forces = wasmForces(graph, rows, theta) ?? exactForces(graph, rows);
  const { points, attraction, repulsion } = forces;
  points.set(initialPoints("tsne", matrix, options, 1e-4));

  const velocity = new Float32Array(2 * rows);
  const gains = new Float32Array(2 * rows).fill(1);
  let last = performance.now();
  for (let iteration = 1; iteration <= iterations; iteration++) {
    const z = forces.compute();
    const pull = 4 * (iteration <= early ? exaggeration : 1);
    const push = 4 / z;
    const momentum = iteration <= early ? 0.5 : 0.8;
    // dKL/dy_i = 4 (sum p q (y_i - y_j) - (1/Z) sum q^2 (y_i - y_j)); a gain grows while the gradient keeps its sign.
    for (let c = 0; c < 2 * rows; c++) {
      const gradient = pull * attraction[c]! - push * repulsion[c]!;
      const v = velocity[c]!;
      const gain = gradient * v > 0 ? Math.max(gains[c]! * 0.8, 0.01) : gains[c]! + 0.2;
      gains[c] = gain;
      const next = momentum * v - (rate / 4) * gain * gradient;
      velocity[c] = next;
      points[c] = points[c]! + next;
    }
    const final = iteration === iterations;
    if (final || iteration % reportEvery === 0) {
      center(points);
      options.signal?.throwIfAborted();
      const kl = final || iteration % divergenceEvery === 0 ? divergence(graph, points, z) : undefined;
      yield { phase: "layout", iteration, iterations, done: iteration / iterations, points, kl };
      if (performance.now() - last > 50) {
        await pause();
        last = performance.now();
      }
    }
  }
}

/**
 * The start of a layout, [rows, 2]: principal components scaled to a deviation of `deviation`, or normal numbers of that
 * deviation. A little noise parts rows that are alike, which no force would.
 */
export function initialPoints(
  where: string,
  matrix: Matrix,
  { init = "pca", seed = 0 }: Pick<TsneOptions, "init" | "seed">,
  deviation: number,
): Float32Array {
  const { rows, dim } = matrix;
  const noise = random(foldIn(randomKey(seed), where));
  const out = new Float32Array(2 * rows);
  if (typeof init !== "string") {
    checkMatrix(`${where}(init)`, { data: init, rows, dim: 2 });
    return init;
  }
  if (init === "pca" && dim >= 2) {
    const { points, explainedVariance } = pca(matrix);
    const scale = deviation / (Math.sqrt(explainedVariance[0]!) || 1);
    for (let c = 0; c < out.length; c++) out[c] = points[c]! * scale + noise.normal() * deviation * 1e-3;
    return out;
  }
  return out.map(() => noise.normal() * deviation);
}

function center(points: Float32Array): void {
  const n = points.length / 2;
  let x = 0;
  let y = 0;
  for (let i = 0; i < n; i++) {
    x += points[2 * i]! / n;
    y += points[2 * i + 1]! / n;
  }
  for (let i = 0; i < n; i++) {
    points[2 * i] = points[2 * i]! - x;
    points[2 * i + 1] = points[2 * i + 1]! - y;
  }
}

// From word vectors to a picture: one search for neighbors serves the layout and the lists that the page shows.
import { checkNumber } from "../../base/errors.ts";
import { type Matrix, unitRows } from "../projection/matrix.ts";
import { type Neighbors, nearestNeighbors } from "../projection/neighbors.ts";
import { pca } from "../projection/pca.ts";
import { tsne } from "../projection/tsne.ts";
import { umap } from "../projection/umap.ts";
import type { Picture } from "./picture.ts";

export interface ProjectOptions {
  words: readonly string[];
  /** A row a word: [words, dim]. Rows are scaled to length 1, so that closeness is cosine similarity. */
  matrix: Matrix;
  /** "umap" by default; "tsne" takes longer and keeps neighbors best, "pca" is instant and linear. */
  method?: "pca" | "tsne" | "umap";
  /** t-SNE's perplexity, 30 by default. */
  perplexity?: number;
  /** UMAP's neighborhood, 15 by default. */
  numNeighbors?: number;
  /** How many neighbors the page lists for a word; 10 by default, 0 for none. */
  listed?: number;
  title?: string;
  seed?: number;
  signal?: AbortSignal;
}

export interface ProjectProgress {
  phase: "neighbors" | "layout";
  /** Share of the phase that is done, 0 to 1. */
  done: number;
  /** In the last report. */
  picture?: Picture;
}

/** Lays words out on the plane and finds what else a picture needs; the last report holds it. */
export async function* projectWords(options: ProjectOptions): AsyncGenerator<ProjectProgress> {
  const { words, method = "umap", seed = 0, signal, title } = options;
  const matrix = unitRows(options.matrix);
  const { rows } = matrix;
  checkNumber("projectWords(words)", words.length, { min: rows, max: rows });
  const listed = Math.min(
    rows - 1,
    checkNumber("projectWords(listed)", options.listed ?? 10, { min: 0, integer: true }),
  );
  const perplexity = Math.min(options.perplexity ?? 30, (rows - 1) / 3);
  const around = Math.min(options.numNeighbors ?? 15, rows);
  const needed = { pca: 1, tsne: Math.floor(3 * perplexity) + 1, umap: around - 1 }[method];
  const k = Math.min(rows - 1, Math.max(listed, needed));

  let found: Neighbors | undefined;
  if (listed > 0 || method !== "pca") {
    for await (const { done, neighbors } of nearestNeighbors(matrix, { k, signal })) {
      found = neighbors;
      yield { phase: "neighbors", done };
    }
  }
  let points: Float32Array = new Float32Array(0);
  let caption = "";
  if (method === "pca") {
    const result = pca(matrix);
    points = result.points;
    const share = (100 * result.explainedVarianceRatio.reduce((a, b) => a + b)).toFixed(1);
    caption = `PCA, ${share} % of the variance`;
  } else {
    const settings = { seed, signal, neighbors: nearest(found!, needed) };
    const layout =
      method === "tsne"
        ? tsne(matrix, { ...settings, perplexity })
        : umap(matrix, { ...settings, numNeighbors: around });
    for await (const report of layout) {
      points = report.points;
      yield { phase: "layout", done: report.done };
    }
    const how = method === "tsne" ? `t-SNE, perplexity ${Math.round(perplexity)}` : `UMAP, ${around} neighbors`;
    caption = `${how}, seed ${seed}`;
  }
  const lists = listed > 0 ? withCosines(nearest(found!, listed)) : undefined;
  yield { phase: "layout", done: 1, picture: { words, points: points.slice(), neighbors: lists, title, caption } };
}

/** The first `k` of every row's neighbors. */
function nearest({ k: had, indices, distances }: Neighbors, k: number): Neighbors {
  const rows = indices.length / had;
  const out = { k, indices: new Uint32Array(rows * k), distances: new Float32Array(rows * k) };
  for (let i = 0; i < rows; i++) {
    out.indices.set(indices.subarray(i * had, i * had + k), i * k);
    out.distances.set(distances.subarray(i * had, i * had + k), i * k);
  }
  return out;
}

/** Between rows of length 1, cosine = 1 - d^2 / 2. */
function withCosines({ k, indices, distances }: Neighbors) {
  return { k, indices, similarities: distances.map((d) => 1 - (d * d) / 2) };
}

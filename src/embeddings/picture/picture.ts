// What a picture of word vectors shows: words, where they lie on the plane, and who their neighbors really are.
import { fail } from "../../base/errors.ts";

/** Each row's nearest other rows in the original space, the nearest first. */
export interface NeighborLists {
  /** How many a row has. */
  k: number;
  /** Row numbers: [rows, k]. */
  indices: ArrayLike<number>;
  /** Cosine similarities, -1 to 1: [rows, k]. */
  similarities: ArrayLike<number>;
}

export interface Picture {
  /** The words, the most important first (word vectors are by frequency): earlier ones win where labels collide. */
  words: readonly string[];
  /** x and y of each word: [words, 2]. */
  points: ArrayLike<number>;
  /** What the page lists for a clicked word. */
  neighbors?: NeighborLists;
  /** A heading, for example the file name. */
  title?: string;
  /** How the picture came about, for example "t-SNE, perplexity 30, seed 1". */
  caption?: string;
}

/** Checks that the parts fit together; returns its argument. */
export function checkPicture(where: string, picture: Picture): Picture {
  const { words, points, neighbors } = picture;
  if (words.length < 1) fail({ where, expected: "at least one word", received: "none" });
  if (points.length !== 2 * words.length) {
    fail({ where, expected: `2 * ${words.length} coordinates`, received: `${points.length}`, code: "shape" });
  }
  for (let i = 0; i < points.length; i++) {
    if (Number.isFinite(points[i])) continue;
    const received = `${points[i]} for "${words[i >> 1]}"`;
    fail({ where, expected: "finite coordinates", received, code: "numeric" });
  }
  if (!neighbors) return picture;
  const { k, indices, similarities } = neighbors;
  if (indices.length !== k * words.length || similarities.length !== k * words.length) {
    const received = `${indices.length} indices and ${similarities.length} similarities`;
    fail({ where, expected: `${words.length} * ${k} neighbors`, received, code: "shape" });
  }
  for (let i = 0; i < indices.length; i++) {
    if (indices[i]! >= 0 && indices[i]! < words.length) continue;
    fail({ where, expected: `neighbors below ${words.length}`, received: `${indices[i]}`, code: "data" });
  }
  return picture;
}

/** The points moved and scaled, x and y alike, so that the longer side of their box runs from 0 to 1; y points down. */
export function unitSquare({ points, words }: Picture): Float32Array {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < words.length; i++) {
    const x = points[2 * i]!;
    const y = points[2 * i + 1]!;
    left = Math.min(left, x);
    right = Math.max(right, x);
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  const side = Math.max(right - left, high - low) || 1;
  const marginX = (side - (right - left)) / 2;
  const marginY = (side - (high - low)) / 2;
  const out = new Float32Array(2 * words.length);
  for (let i = 0; i < words.length; i++) {
    out[2 * i] = (points[2 * i]! - left + marginX) / side;
    out[2 * i + 1] = (high - points[2 * i + 1]! + marginY) / side;
  }
  return out;
}

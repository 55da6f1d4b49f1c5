// How far a picture can be trusted: whether points that lie close in it are close in the data too.
import { checkNumber, fail } from "../../base/errors.ts";
import { random } from "../../base/random.ts";
import { checkMatrix, type Matrix } from "./matrix.ts";

export interface TrustOptions {
  /** How many neighbors in the picture are looked at; 5 by default; below half the rows. */
  k?: number;
  /** Look at so many rows, drawn at random, instead of all (which takes rows^2 * dim steps). */
  sample?: number;
  seed?: number;
}

/**
 * T(k) = 1 - 2 / (n k (2n - 3k - 1)) * sum over rows i, over the k rows j nearest to i in the picture, of max(0, r(i, j) - k),
 * where r(i, j) is j's rank among i's neighbors in the data: 1 if every close pair is genuine (Venna and Kaski 2001; the
 * same as scikit-learn's). With `sample`, n in the first factor becomes the sample's size: an unbiased estimate.
 */
export function trustworthiness(high: Matrix, low: Matrix, { k = 5, sample, seed = 0 }: TrustOptions = {}): number {
  const { rows, dim, data } = checkMatrix("trustworthiness(high)", high, { minRows: 3 });
  checkMatrix("trustworthiness(low)", low);
  if (low.rows !== rows) {
    fail({ where: "trustworthiness", expected: `${rows} rows in both`, received: `${low.rows}`, code: "shape" });
  }
  checkNumber("trustworthiness(k)", k, { min: 1, below: rows / 2, integer: true });
  let chosen = Array.from({ length: rows }, (_, i) => i);
  if (sample !== undefined && sample < rows) chosen = random(seed).shuffle(chosen).slice(0, sample);

  const distances = new Float64Array(rows);
  const near = new Uint32Array(k);
  let penalty = 0;
  for (const i of chosen) {
    nearestTo(i, low, near);
    for (let j = 0; j < rows; j++) {
      let sum = 0;
      for (let c = 0; c < dim; c++) {
        const difference = data[i * dim + c]! - data[j * dim + c]!;
        sum += difference * difference;
      }
      distances[j] = sum;
    }
    for (const j of near) {
      const limit = distances[j]!;
      let rank = 1; // equal distances rank by row number
      for (let l = 0; l < rows; l++) {
        if (distances[l]! < limit ? l !== i : distances[l] === limit && l < j && l !== i) rank++;
      }
      penalty += Math.max(0, rank - k);
    }
  }
  return 1 - (2 * penalty) / (chosen.length * k * (2 * rows - 3 * k - 1));
}

/** The rows nearest to row i, by insertion. */
function nearestTo(i: number, { data, rows, dim }: Matrix, near: Uint32Array): void {
  const kept = new Float64Array(near.length).fill(Infinity);
  for (let j = 0; j < rows; j++) {
    if (j === i) continue;
    let sum = 0;
    for (let c = 0; c < dim; c++) sum += (data[i * dim + c]! - data[j * dim + c]!) ** 2;
    if (sum >= kept[near.length - 1]!) continue;
    let place = near.length - 1;
    for (; place > 0 && kept[place - 1]! > sum; place--) {
      kept[place] = kept[place - 1]!;
      near[place] = near[place - 1]!;
    }
    kept[place] = sum;
    near[place] = j;
  }
}

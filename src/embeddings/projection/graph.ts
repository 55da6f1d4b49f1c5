// The weighted neighbor graph that t-SNE and UMAP lay out: from one-sided weights to symmetric ones, in rows.
import type { Neighbors } from "./neighbors.ts";

/** A sparse matrix by rows: the entries of row i are `columns` and `weights` from `starts[i]` to `starts[i + 1]`. */
export interface Graph {
  starts: Uint32Array;
  columns: Uint32Array;
  weights: Float32Array;
}

/** W_ij = combine(w_ij, w_ji), an absent weight counting as 0; `combine` must be symmetric. Columns ascend in a row. */
export function symmetric(
  { k, indices }: Neighbors,
  weights: ArrayLike<number>,
  combine: (forth: number, back: number) => number,
): Graph {
  const rows = indices.length / k;
  // The reverse edges, sorted by where they point: who has row i as a neighbor.
  const backStarts = new Uint32Array(rows + 1);
  for (let e = 0; e < indices.length; e++) backStarts[indices[e]! + 1]!++;
  for (let i = 0; i < rows; i++) backStarts[i + 1]! += backStarts[i]!;
  const next = backStarts.slice();
  const backEdges = new Uint32Array(indices.length);
  for (let e = 0; e < indices.length; e++) backEdges[next[indices[e]!]!++] = e;

  const starts = new Uint32Array(rows + 1);
  const columns = new Uint32Array(2 * indices.length);
  const values = new Float32Array(2 * indices.length);
  const forth = new Float64Array(rows); // dense scratch rows, cleared after each use
  const back = new Float64Array(rows);
  const seen = new Uint8Array(rows);
  const row = new Uint32Array(rows);
  let at = 0;
  for (let i = 0; i < rows; i++) {
    let length = 0;
    const see = (j: number) => {
      if (!seen[j]) row[length++] = j;
      seen[j] = 1;
    };
    for (let e = i * k; e < (i + 1) * k; e++) {
      see(indices[e]!);
      forth[indices[e]!] = weights[e]!;
    }
    for (let b = backStarts[i]!; b < backStarts[i + 1]!; b++) {
      const e = backEdges[b]!;
      const j = Math.floor(e / k);
      see(j);
      back[j] = weights[e]!;
    }
    const members = row.subarray(0, length).sort();
    for (const j of members) {
      const value = combine(forth[j]!, back[j]!);
      forth[j] = 0;
      back[j] = 0;
      seen[j] = 0;
      if (!(value > 0)) continue;
      columns[at] = j;
      values[at++] = value;
    }
    starts[i + 1] = at;
  }
  return { starts, columns: columns.slice(0, at), weights: values.slice(0, at) };
}

/** The same graph with every row filled up to a multiple of four by entries of weight 0 that point at the row itself. */
export function padRows({ starts, columns, weights }: Graph): Graph {
  const rows = starts.length - 1;
  const padded = new Uint32Array(rows + 1);
  for (let i = 0; i < rows; i++) padded[i + 1] = padded[i]! + Math.ceil((starts[i + 1]! - starts[i]!) / 4) * 4;
  const out = { starts: padded, columns: new Uint32Array(padded[rows]!), weights: new Float32Array(padded[rows]!) };
  for (let i = 0; i < rows; i++) {
    out.columns.fill(i, padded[i]!, padded[i + 1]!);
    out.columns.set(columns.subarray(starts[i]!, starts[i + 1]!), padded[i]!);
    out.weights.set(weights.subarray(starts[i]!, starts[i + 1]!), padded[i]!);
  }
  return out;
}

// Exact search by cosine over all rows. A copy of the matrix in bytes (a quarter of its size) gives every row's cosine to
// within a bound that is known per row; only rows that the bound cannot rule out are computed in full.
//
// With u the row over its length, u = s b + r (b bytes, r the rest) and the query q of length 1, q = t n + e:
//   |u . q - s t (b . n)| <= |r| |q| + |s b| |e| <= |r| + (1 + |r|) |e|

import { wasmInstance, wasmModule } from "../../base/wasm.ts";
import dotWasm from "./dot-wasm.ts";

export interface Hit {
  row: number;
  /** Cosine, computed in float64 from the float32 row. */
  score: number;
}

export interface Searcher {
  /** Lengths of the rows (0 for rows that are zero). */
  readonly lengths: Float32Array;
  /** The `count` rows of highest cosine with `query`, best first, among the first `rows`; `skip` names rows left out. */
  nearest(query: Float32Array, count: number, skip: ReadonlySet<number>, rows: number): Hit[];
  /** An interval for every row's cosine: center and half width, over the first `rows`. The arrays are reused. */
  bounds(query: Float32Array, rows: number): { center: Float32Array; width: Float32Array };
  /** The cosine itself. */
  cosine(row: number, query: Float32Array, queryLength: number): number;
}

interface Kernel extends Record<string, unknown> {
  dots(rows: number, count: number, width: number, query: number, out: number): void;
  quantize(
    floats: number,
    count: number,
    dim: number,
    bytes: number,
    width: number,
    scales: number,
    rests: number,
    lengths: number,
  ): void;
}

const base = 65536; // the kernel's own data lies below
const staged = 256; // rows quantized at a time

/** Prepares the search: one pass over the matrix. */
export function searcher(matrix: Float32Array, rows: number, dim: number): Searcher {
  const width = Math.ceil(dim / 16) * 16;
  // Largest query value for which no sum of products leaves int32.
  const top = Math.min(32767, Math.floor((2 ** 31 - 1) / (127 * width)));
  const at = { query: base, floats: base + width * 2 };
  const bytesAt = Math.ceil((at.floats + staged * dim * 4) / 64) * 64;
  const scalesAt = bytesAt + rows * width;
  const align = (n: number) => Math.ceil(n / 16) * 16;
  const restsAt = align(scalesAt + rows * 4);
  const lengthsAt = align(restsAt + rows * 4);
  const outAt = align(lengthsAt + rows * 4);
  const total = outAt + rows * 4 + 64;
  const module = wasmModule(dotWasm);
  if (!module || total > 2 ** 32 - 65536) return plainSearcher(matrix, rows, dim);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(total / 65536) });
  const kernel = wasmInstance<Kernel>(module, memory);
  const { buffer } = memory;
  const stage = new Float32Array(buffer, at.floats, staged * dim);
  for (let r = 0; r < rows; r += staged) {
    const n = Math.min(staged, rows - r);
    stage.set(matrix.subarray(r * dim, (r + n) * dim));
    kernel.quantize(
      at.floats,
      n,
      dim,
      bytesAt + r * width,
      width,
      scalesAt + r * 4,
      restsAt + r * 4,
      lengthsAt + r * 4,
    );
  }
  const scales = new Float32Array(buffer, scalesAt, rows);
  const rests = new Float32Array(buffer, restsAt, rows);
  const lengths = new Float32Array(buffer, lengthsAt, rows);
  const sums = new Int32Array(buffer, outAt, rows);
  const words = new Int16Array(buffer, at.query, width);
  const highs = new Float64Array(rows);
  let boundArrays: { center: Float32Array; width: Float32Array } | undefined;
  const slack = 2e-6; // float32 in the scales

  /** Rounds the query to whole numbers and multiplies; returns its step and the length of its rest. */
  function multiply(query: Float32Array, length: number, count: number) {
    let most = 0;
    for (let i = 0; i < dim; i++) most = Math.max(most, Math.abs(query[i]!));
    const step = most / top / length || 1;
    let rest = 0;
    words.fill(0);
    for (let i = 0; i < dim; i++) {
      const x = query[i]! / length;
      const n = Math.round(x / step);
      words[i] = n;
      rest += (x - n * step) ** 2;
    }
    kernel.dots(bytesAt, count, width, at.query, outAt);
    return { step, rest: Math.sqrt(rest) };
  }
  const cosine = cosineOver(matrix, dim);

  function bounds(query: Float32Array, count: number) {
    const { step, rest } = multiply(query, lengthOf(query) || 1, count);
    boundArrays ??= { center: new Float32Array(rows), width: new Float32Array(rows) };
    const { center, width } = boundArrays;
    for (let r = 0; r < count; r++) {
      center[r] = scales[r]! * step * sums[r]!;
      width[r] = rests[r]! + (1 + rests[r]!) * rest + slack;
    }
    return boundArrays;
  }

  return {
    lengths,
    bounds,
    cosine,
    nearest(query, count, skip, over) {
      const length = lengthOf(query);
      if (!(length > 0) || count < 1) return [];
      const { step, rest } = multiply(query, length, over);
      const lows = smallestFirst(count);
      let floor = -Infinity;
      for (let r = 0; r < over; r++) {
        const half = rests[r]! + (1 + rests[r]!) * rest + slack;
        const middle = scales[r]! * step * sums[r]!;
        highs[r] = middle + half;
        if (middle - half > floor && lengths[r]! > 0 && !skip.has(r)) {
          lows.push(middle - half);
          floor = lows.floor();
        }
      }
      const hits: Hit[] = [];
      for (let r = 0; r < over; r++) {
        if (highs[r]! >= floor && lengths[r]! > 0 && !skip.has(r)) {
          hits.push({ row: r, score: cosine(r, query, length) });
        }
      }
      return best(hits, count);
    },
  };
}

/** The same without WebAssembly: every cosine in full. */
export function plainSearcher(matrix: Float32Array, rows: number, dim: number): Searcher {
  const cosine = cosineOver(matrix, dim);
  const lengths = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    const length = lengthOf(matrix.subarray(r * dim, (r + 1) * dim));
    lengths[r] = Number.isFinite(length) ? length : 0;
  }
  const width = new Float32Array(rows).fill(1e-7);
  return {
    lengths,
    cosine,
    bounds(query, over) {
      const length = lengthOf(query) || 1;
      const center = new Float32Array(rows);
      for (let r = 0; r < over; r++) center[r] = cosine(r, query, length);
      return { center, width };
    },
    nearest(query, count, skip, over) {
      const length = lengthOf(query);
      if (!(length > 0) || count < 1) return [];
      const hits: Hit[] = [];
      for (let row = 0; row < over; row++) {
        if (lengths[row]! > 0 && !skip.has(row)) hits.push({ row, score: cosine(row, query, length) });
      }
      return best(hits, count);
    },
  };
}

export function lengthOf(vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  return Math.sqrt(sum);
}

function cosineOver(matrix: Float32Array, dim: number) {
  return (row: number, query: Float32Array, queryLength: number): number => {
    let dot = 0;
    let square = 0;
    for (let i = 0, m = row * dim; i < dim; i++, m++) {
      const x = matrix[m]!;
      dot += x * query[i]!;
      square += x * x;
    }
    return square > 0 ? dot / (Math.sqrt(square) * queryLength) : 0;
  };
}

/** Best first; equal scores in row order. */
export function best(hits: Hit[], count: number): Hit[] {
  return hits.sort((a, b) => b.score - a.score || a.row - b.row).slice(0, count);
}

/** Keeps the `count` largest numbers pushed; `floor` is the smallest of them, -Infinity before there are as many. */
function smallestFirst(count: number) {
  const heap: number[] = [];
  return {
    floor: () => (heap.length < count ? -Infinity : heap[0]!),
    push(value: number) {
      if (heap.length < count) {
        heap.push(value);
        let i = heap.length - 1;
        while (i > 0 && heap[(i - 1) >> 1]! > heap[i]!) {
          const parent = (i - 1) >> 1;
          [heap[i], heap[parent]] = [heap[parent]!, heap[i]!];
          i = parent;
        }
        return;
      }
      heap[0] = value;
      for (let i = 0; ; ) {
        let least = i;
        if (2 * i + 1 < count && heap[2 * i + 1]! < heap[least]!) least = 2 * i + 1;
        if (2 * i + 2 < count && heap[2 * i + 2]! < heap[least]!) least = 2 * i + 2;
        if (least === i) break;
        [heap[i], heap[least]] = [heap[least]!, heap[i]!];
        i = least;
      }
    },
  };
}

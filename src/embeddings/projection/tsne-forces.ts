// The forces of t-SNE on all points: WebAssembly (Barnes-Hut), or exact sums in plain loops, which define what is right.
import { wasmInstance, wasmMemory, wasmModule } from "../../base/wasm.ts";
import { type Graph, padRows } from "./graph.ts";
import tsneWasm from "./kernel/tsne-wasm.ts";

export interface TsneForces {
  /** The points, to be moved by the caller: [n, 2]. */
  points: Float32Array;
  /** sum over j of p_ij q_ij (y_i - y_j): [n, 2]. */
  attraction: Float32Array;
  /** sum over j of q_ij^2 (y_i - y_j), not yet divided by Z: [n, 2]. */
  repulsion: Float32Array;
  /** Fills both and returns Z = sum over i != j of q_ij, where q_ij = 1 / (1 + |y_i - y_j|^2). */
  compute(): number;
}

interface Kernel extends Record<string, unknown> {
  setup(...addresses: number[]): void;
  build(): number;
  repel(from: number, to: number, theta: number): number;
  attract(from: number, to: number, starts: number, others: number, p: number, out: number): void;
}

/** Barnes-Hut with opening angle `theta`, or `undefined` where WebAssembly SIMD or the memory is missing. */
export function wasmForces(graph: Graph, n: number, theta: number): TsneForces | undefined {
  const module = wasmModule(tsneWasm);
  if (!module) return undefined;
  const { starts, columns, weights } = padRows(graph);
  const room = Math.max(n + 8, 256);
  let end = 0;
  const take = (bytes: number) => {
    const at = end;
    end += Math.ceil(bytes / 16) * 16;
    return at;
  };
  const at = {
    points: take(8 * n),
    codes: take(4 * n),
    order: take(4 * n),
    spare: take(8 * n),
    xs: take(4 * n),
    ys: take(4 * n),
    nodes: take(96 * n + 96), // at most one leaf a point, and fewer inner nodes
    list: take(12 * room),
    repulsion: take(8 * n),
    attraction: take(8 * n),
    starts: take(4 * (n + 1)),
    columns: take(4 * columns.length),
    weights: take(4 * weights.length),
  };
  const memory = end < 2 ** 32 - 65536 ? wasmMemory(end) : undefined;
  if (!memory) return undefined;
  const floats = (from: number, length: number) => new Float32Array(memory.buffer, from, length);
  new Uint32Array(memory.buffer, at.starts, n + 1).set(starts);
  new Uint32Array(memory.buffer, at.columns, columns.length).set(columns);
  floats(at.weights, weights.length).set(weights);
  const kernel = wasmInstance<Kernel>(module, memory);
  const { points, codes, order, spare, xs, ys, nodes, list, repulsion, attraction } = at;
  kernel.setup(n, points, codes, order, spare, xs, ys, nodes, list, room, repulsion);
  return {
    points: floats(points, 2 * n),
    attraction: floats(attraction, 2 * n),
    repulsion: floats(repulsion, 2 * n),
    compute() {
      kernel.attract(0, n, at.starts, at.columns, at.weights, attraction);
      return kernel.repel(0, kernel.build(), theta);
    },
  };
}

/** All pairs, exactly: n^2 work. */
export function exactForces({ starts, columns, weights }: Graph, n: number): TsneForces {
  const points = new Float32Array(2 * n);
  const attraction = new Float32Array(2 * n);
  const repulsion = new Float32Array(2 * n);
  function compute(): number {
    let z = 0;
    for (let i = 0; i < n; i++) {
      let [ax, ay, rx, ry] = [0, 0, 0, 0];
      for (let e = starts[i]!; e < starts[i + 1]!; e++) {
        const dx = points[2 * i]! - points[2 * columns[e]!]!;
        const dy = points[2 * i + 1]! - points[2 * columns[e]! + 1]!;
        const pull = weights[e]! / (1 + dx * dx + dy * dy);
        ax += pull * dx;
        ay += pull * dy;
      }
      for (let j = 0; j < n; j++) {
        if (j === i) continue;
        const dx = points[2 * i]! - points[2 * j]!;
        const dy = points[2 * i + 1]! - points[2 * j + 1]!;
        const q = 1 / (1 + dx * dx + dy * dy);
        z += q;
        rx += q * q * dx;
        ry += q * q * dy;
      }
      attraction[2 * i] = ax;
      attraction[2 * i + 1] = ay;
      repulsion[2 * i] = rx;
      repulsion[2 * i + 1] = ry;
    }
    return z;
  }
  return { points, attraction, repulsion, compute };
}

/** Kullback-Leibler divergence of P and Q, in nats: sum p log(p / q), over the entries of P. */
export function divergence({ starts, columns, weights }: Graph, points: Float32Array, z: number): number {
  let sum = 0;
  for (let i = 0; i + 1 < starts.length; i++) {
    for (let e = starts[i]!; e < starts[i + 1]!; e++) {
      const dx = points[2 * i]! - points[2 * columns[e]!]!;
      const dy = points[2 * i + 1]! - points[2 * columns[e]! + 1]!;
      sum += weights[e]! * Math.log(weights[e]! * (1 + dx * dx + dy * dy) * z);
    }
  }
  return sum;
}

// The descent of UMAP, epoch by epoch: WebAssembly, or the same in plain loops.
import { wasmInstance, wasmMemory, wasmModule } from "../../base/wasm.ts";
import type { Graph } from "./graph.ts";
import umapWasm from "./kernel/umap-wasm.ts";

export interface UmapLayout {
  /** The points, moved in place: [n, 2]. */
  points: Float32Array;
  /** One epoch: `now` counts from 0, `rate` is the step size. */
  epoch(now: number, rate: number): void;
}

export interface LayoutOptions {
  epochs: number;
  negatives: number;
  a: number;
  b: number;
  /** A number other than 0 that starts the generator. */
  seed: number;
}

interface Kernel extends Record<string, unknown> {
  epoch(...values: number[]): number;
}

// Slopes are looked up by the float32 bits of d^2 from 2^-24 to 2^16: sign and exponent, and 6 bits of the fraction.
const lowest = ((127 - 24) << 23) >> 17;
const entries = 40 * 64;

/** d log(membership) / dy, by d^2: pull = -2ab d^(2(b-1)) / (1 + a d^(2b)), push = 2b / ((0.001 + d^2)(1 + a d^(2b))). */
function slopes(a: number, b: number): { pull: Float32Array; push: Float32Array } {
  const squares = new Float32Array(Int32Array.from({ length: entries + 1 }, (_, i) => (lowest + i) << 17).buffer);
  return {
    pull: squares.map((d) => (-2 * a * b * d ** (b - 1)) / (1 + a * d ** b)),
    push: squares.map((d) => (2 * b) / ((0.001 + d) * (1 + a * d ** b))),
  };
}

/** The edges that come up at least once in all epochs; the heaviest comes up in every one, others in proportion. */
function schedule({ starts, columns, weights }: Graph, epochs: number) {
  const heaviest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  const kept = weights.reduce((sum, weight) => sum + (weight >= heaviest / epochs ? 1 : 0), 0);
  const heads = new Int32Array(kept);
  const tails = new Int32Array(kept);
  const every = new Float32Array(kept);
  let at = 0;
  for (let i = 0; i + 1 < starts.length; i++) {
    for (let e = starts[i]!; e < starts[i + 1]!; e++) {
      if (weights[e]! < heaviest / epochs) continue;
      heads[at] = i;
      tails[at] = columns[e]!;
      every[at++] = heaviest / weights[e]!;
    }
  }
  return { heads, tails, every };
}

/** `undefined` where WebAssembly or the memory is missing. */
export function wasmLayout(graph: Graph, n: number, options: LayoutOptions): UmapLayout | undefined {
  const module = wasmModule(umapWasm);
  if (!module) return undefined;
  const { heads, tails, every } = schedule(graph, options.epochs);
  const { pull, push } = slopes(options.a, options.b);
  let end = 0;
  const places = [heads, tails, every, every, new Float32Array(2 * n), pull, push].map((array) => {
    const at = end;
    end += Math.ceil(array.byteLength / 16) * 16;
    return at;
  });
  const memory = end < 2 ** 32 - 65536 ? wasmMemory(end) : undefined;
  if (!memory) return undefined;
  const [headsAt, tailsAt, everyAt, dueAt, pointsAt, pullAt, pushAt] = places as Tuple7;
  new Int32Array(memory.buffer, headsAt).set(heads);
  new Int32Array(memory.buffer, tailsAt).set(tails);
  for (const at of [everyAt, dueAt]) new Float32Array(memory.buffer, at).set(every);
  new Float32Array(memory.buffer, pullAt).set(pull);
  new Float32Array(memory.buffer, pushAt).set(push);
  const kernel = wasmInstance<Kernel>(module, memory);
  const tables = [headsAt, tailsAt, everyAt, dueAt, pointsAt, pullAt, pushAt];
  let state = options.seed;
  return {
    points: new Float32Array(memory.buffer, pointsAt, 2 * n),
    epoch(now, rate) {
      const sizes = [options.negatives, n, heads.length];
      state = kernel.epoch(now, rate, ...sizes, ...tables, lowest, entries - 1, state);
    },
  };
}

type Tuple7 = [number, number, number, number, number, number, number];

/** What the kernel does, in plain loops. */
export function plainLayout(graph: Graph, n: number, { epochs, negatives, a, b, seed }: LayoutOptions): UmapLayout {
  const { heads, tails, every } = schedule(graph, epochs);
  const due = every.slice();
  const points = new Float32Array(2 * n);
  const clip = (g: number) => Math.min(Math.max(g, -4), 4);
  let state = seed;
  function epoch(now: number, rate: number): void {
    for (let e = 0; e < heads.length; e++) {
      if (due[e]! > now) continue;
      due[e] = due[e]! + every[e]!;
      const mine = 2 * heads[e]!;
      const other = 2 * tails[e]!;
      let dx = points[mine]! - points[other]!;
      let dy = points[mine + 1]! - points[other + 1]!;
      const d = Math.max(dx * dx + dy * dy, 2 ** -24);
      const pull = (-2 * a * b * d ** (b - 1)) / (1 + a * d ** b);
      const gx = rate * clip(pull * dx);
      const gy = rate * clip(pull * dy);
      points[other] = points[other]! - gx;
      points[other + 1] = points[other + 1]! - gy;
      const x = points[mine]! + gx;
      const y = points[mine + 1]! + gy;
      let fx = 0;
      let fy = 0;
      for (let k = 0; k < negatives; k++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        const far = Math.floor(((state >>> 0) * n) / 2 ** 32);
        if (far === heads[e]) continue;
        dx = x - points[2 * far]!;
        dy = y - points[2 * far + 1]!;
        const square = dx * dx + dy * dy;
        const push = (2 * b) / ((0.001 + square) * (1 + a * square ** b));
        fx += clip(push * dx);
        fy += clip(push * dy);
      }
      points[mine] = x + rate * fx;
      points[mine + 1] = y + rate * fy;
    }
  }
  return { points, epoch };
}

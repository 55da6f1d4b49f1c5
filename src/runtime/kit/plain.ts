// The kernels of kernels.as.ts in plain JavaScript, where there is no WebAssembly. Sums run in float64, so results differ
// in the last bits.
type Product = (x: number, w: number, y: number, m: number, n: number, k: number) => void;

/** See kernels.as.ts. Places and counts are in floats. */
export interface Kernels {
  products: Product;
  combinations: Product;
  binary(
    op: number,
    a: number,
    b: number,
    y: number,
    rows: number,
    width: number,
    ra: number,
    rb: number,
    sa: number,
    sb: number,
  ): void;
  unary(op: number, x: number, y: number, n: number): void;
  /** Only in WebAssembly: plain JavaScript gains nothing from bytes. */
  byteProducts?(
    x: number,
    w: number,
    scales: number,
    y: number,
    m: number,
    n: number,
    k: number,
    rounded: number,
    limit: number,
  ): void;
}

const arithmetic: readonly ((a: number, b: number) => number)[] = [
  (a, b) => a + b,
  (a, b) => a - b,
  (a, b) => a * b,
  (a, b) => a / b,
];
const functions: readonly ((x: number) => number)[] = [Math.exp, (x) => 1 / (1 + Math.exp(-x)), Math.tanh];

/** @param floats the memory as it is now: it is replaced as it grows */
export function plainKernels(floats: () => Float32Array): Kernels {
  return {
    products(x, w, y, m, n, k) {
      const f = floats();
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          const [a, b] = [x + i * k, w + j * k];
          let [s, t] = [0, 0];
          let p = 0;
          for (; p + 1 < k; p += 2) {
            s += f[a + p]! * f[b + p]!;
            t += f[a + p + 1]! * f[b + p + 1]!;
          }
          f[y + i * n + j] = s + t + (p < k ? f[a + p]! * f[b + p]! : 0);
        }
    },
    combinations(x, b, y, m, n, k) {
      const f = floats();
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          let s = 0;
          for (let p = 0; p < k; p++) s += f[x + i * k + p]! * f[b + p * n + j]!;
          f[y + i * n + j] = s;
        }
    },
    binary(op, a, b, y, rows, width, ra, rb, sa, sb) {
      const f = floats();
      const apply = arithmetic[op]!;
      for (let r = 0; r < rows; r++)
        for (let i = 0; i < width; i++) f[y + r * width + i] = apply(f[a + r * ra + i * sa]!, f[b + r * rb + i * sb]!);
    },
    unary(op, x, y, n) {
      const f = floats();
      const apply = functions[op]!;
      for (let i = 0; i < n; i++) f[y + i] = apply(f[x + i]!);
    },
  };
}

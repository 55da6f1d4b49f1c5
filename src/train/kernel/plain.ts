// The kernel's loops in plain JavaScript, for arrays that do not lie in a kernel's memory and for hosts without SIMD.
// Each operation is rounded to float32 where the kernel's is, so both paths give the same bits.
const f = Math.fround;

/** Numbers that a loop takes besides its arrays; all are rounded to float32 by the caller. */
export type Scalars = readonly number[];

/** Sum of squares in float64, summed in the kernel's order. */
export function sumSquares(g: Float32Array): number {
  const s = new Float64Array(8);
  const whole = g.length & ~7;
  for (let i = 0; i < whole; i += 8) {
    for (let j = 0; j < 8; j++) s[j]! += g[i + j]! * g[i + j]!;
  }
  const lane = (j: number) => s[j]! + s[j + 2]! + (s[j + 4]! + s[j + 6]!);
  let sum = lane(0) + lane(1);
  for (let i = whole; i < g.length; i++) sum += g[i]! * g[i]!;
  return sum;
}

/** g = s g */
export function scale(g: Float32Array, s: number): void {
  for (let i = 0; i < g.length; i++) g[i] = g[i]! * s;
}

export function adam(p: Float32Array, g: Float32Array, m: Float32Array, v: Float32Array, scalars: Scalars): void {
  const [s, l2, decay, ib1, b2, ib2, correction, eps, rate] = scalars.map(f) as Nine;
  for (let i = 0; i < p.length; i++) {
    const w = p[i]!;
    const x = f(f(g[i]! * s) + f(w * l2));
    const m1 = f(m[i]! + f(ib1 * f(x - m[i]!)));
    const v1 = f(f(v[i]! * b2) + f(f(ib2 * x) * x));
    m[i] = m1;
    v[i] = v1;
    p[i] = f(w * decay) - f(f(rate * m1) / f(f(f(Math.sqrt(v1)) * correction) + eps));
  }
}

export function sgd(p: Float32Array, g: Float32Array, scalars: Scalars): void {
  const [s, l2, rate] = scalars.map(f) as Nine;
  for (let i = 0; i < p.length; i++) p[i] = p[i]! - f(rate * f(f(g[i]! * s) + f(p[i]! * l2)));
}

export function sgdMomentum(p: Float32Array, g: Float32Array, b: Float32Array, scalars: Scalars): void {
  const [s, l2, rate, mu, nesterov] = scalars.map(f) as Nine;
  for (let i = 0; i < p.length; i++) {
    const x = f(f(g[i]! * s) + f(p[i]! * l2));
    const b1 = f(f(b[i]! * mu) + x);
    b[i] = b1;
    p[i] = p[i]! - f(rate * (nesterov ? f(x + f(mu * b1)) : b1));
  }
}

export function rmsprop(p: Float32Array, g: Float32Array, v: Float32Array, scalars: Scalars): void {
  const [s, l2, rate, a, ia, eps] = scalars.map(f) as Nine;
  for (let i = 0; i < p.length; i++) {
    const x = f(f(g[i]! * s) + f(p[i]! * l2));
    const v1 = f(f(v[i]! * a) + f(f(ia * x) * x));
    v[i] = v1;
    p[i] = p[i]! - f(f(rate * x) / f(f(Math.sqrt(v1)) + eps));
  }
}

export function rmspropMomentum(
  p: Float32Array,
  g: Float32Array,
  v: Float32Array,
  b: Float32Array,
  scalars: Scalars,
): void {
  const [s, l2, rate, a, ia, eps, mu] = scalars.map(f) as Nine;
  for (let i = 0; i < p.length; i++) {
    const x = f(f(g[i]! * s) + f(p[i]! * l2));
    const v1 = f(f(v[i]! * a) + f(f(ia * x) * x));
    const b1 = f(f(b[i]! * mu) + f(x / f(f(Math.sqrt(v1)) + eps)));
    v[i] = v1;
    b[i] = b1;
    p[i] = p[i]! - f(rate * b1);
  }
}

type Nine = [number, number, number, number, number, number, number, number, number];

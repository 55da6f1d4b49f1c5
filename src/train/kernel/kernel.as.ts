// The loops of the optimizers and of the gradient norm, four floats at a time. Addresses are in bytes, counts in floats.
// Every operation is IEEE float32 in the order of PyTorch's CPU kernels; plain.ts repeats it bit for bit.

/** Sum of squares in float64: eight running sums, then pairwise. The square of a float32 is exact in float64. */
export function sumSquares(g: usize, count: i32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  const whole = count & ~7;
  const end = g + ((<usize>whole) << 2);
  for (; g < end; g += 32) {
    const x = v128.load(g);
    const y = v128.load(g, 16);
    const x0 = f64x2.promote_low_f32x4(x);
    const x1 = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
    const y0 = f64x2.promote_low_f32x4(y);
    const y1 = f64x2.promote_low_f32x4(v128.shuffle<f32>(y, y, 2, 3, 2, 3));
    a = f64x2.add(a, f64x2.mul(x0, x0));
    b = f64x2.add(b, f64x2.mul(x1, x1));
    c = f64x2.add(c, f64x2.mul(y0, y0));
    d = f64x2.add(d, f64x2.mul(y1, y1));
  }
  const s = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (let i = whole; i < count; i++, g += 4) {
    const x = <f64>load<f32>(g);
    sum += x * x;
  }
  return sum;
}

/** g = s g */
export function scale(g: usize, count: i32, s: f32): void {
  const s4 = f32x4.splat(s);
  const end = g + ((<usize>(count & ~3)) << 2);
  for (; g < end; g += 16) v128.store(g, f32x4.mul(v128.load(g), s4));
  for (let i = count & 3; i > 0; i--, g += 4) store<f32>(g, load<f32>(g) * s);
}

/**
 * Adam and AdamW. With g' = s g + l2 p:
 * m += (1 - b1) (g' - m);  v = b2 v + (1 - b2) g' g';  p = decay p - rate m / (sqrt(v) correction + eps)
 */
export function adam(
  p: usize, g: usize, m: usize, v: usize, count: i32,
  s: f32, l2: f32, decay: f32, ib1: f32, b2: f32, ib2: f32, correction: f32, eps: f32, rate: f32,
): void {
  const s4 = f32x4.splat(s);
  const l4 = f32x4.splat(l2);
  const d4 = f32x4.splat(decay);
  const ib14 = f32x4.splat(ib1);
  const b24 = f32x4.splat(b2);
  const ib24 = f32x4.splat(ib2);
  const c4 = f32x4.splat(correction);
  const e4 = f32x4.splat(eps);
  const r4 = f32x4.splat(rate);
  const pairs = p + ((<usize>(count & ~7)) << 2);
  for (; p < pairs; p += 32, g += 32, m += 32, v += 32) {
    adamFour(p, g, m, v, s4, l4, d4, ib14, b24, ib24, c4, e4, r4); // two chains at once hide the latency of root and quotient
    adamFour(p + 16, g + 16, m + 16, v + 16, s4, l4, d4, ib14, b24, ib24, c4, e4, r4);
  }
  const end = p + ((<usize>(count & 4)) << 2);
  for (; p < end; p += 16, g += 16, m += 16, v += 16) adamFour(p, g, m, v, s4, l4, d4, ib14, b24, ib24, c4, e4, r4);
  for (let i = count & 3; i > 0; i--, p += 4, g += 4, m += 4, v += 4) {
    const w = load<f32>(p);
    const x = load<f32>(g) * s + w * l2;
    const m0 = load<f32>(m);
    const m1 = m0 + ib1 * (x - m0);
    const v1 = load<f32>(v) * b2 + ib2 * x * x;
    store<f32>(m, m1);
    store<f32>(v, v1);
    store<f32>(p, w * decay - (rate * m1) / (sqrt<f32>(v1) * correction + eps));
  }
}

/** Four floats of adam. */
@inline
function adamFour(
  p: usize, g: usize, m: usize, v: usize,
  s: v128, l2: v128, decay: v128, ib1: v128, b2: v128, ib2: v128, correction: v128, eps: v128, rate: v128,
): void {
  const w = v128.load(p);
  const x = f32x4.add(f32x4.mul(v128.load(g), s), f32x4.mul(w, l2));
  const m0 = v128.load(m);
  const m1 = f32x4.add(m0, f32x4.mul(ib1, f32x4.sub(x, m0)));
  const v1 = f32x4.add(f32x4.mul(v128.load(v), b2), f32x4.mul(f32x4.mul(ib2, x), x));
  const root = f32x4.add(f32x4.mul(f32x4.sqrt(v1), correction), eps);
  v128.store(m, m1);
  v128.store(v, v1);
  v128.store(p, f32x4.sub(f32x4.mul(w, decay), f32x4.div(f32x4.mul(rate, m1), root)));
}

/** SGD without momentum: p -= rate (s g + l2 p) */
export function sgd(p: usize, g: usize, count: i32, s: f32, l2: f32, rate: f32): void {
  const s4 = f32x4.splat(s);
  const l4 = f32x4.splat(l2);
  const r4 = f32x4.splat(rate);
  const end = p + ((<usize>(count & ~3)) << 2);
  for (; p < end; p += 16, g += 16) {
    const w = v128.load(p);
    const x = f32x4.add(f32x4.mul(v128.load(g), s4), f32x4.mul(w, l4));
    v128.store(p, f32x4.sub(w, f32x4.mul(r4, x)));
  }
  for (let i = count & 3; i > 0; i--, p += 4, g += 4) {
    const w = load<f32>(p);
    store<f32>(p, w - rate * (load<f32>(g) * s + w * l2));
  }
}

/** SGD with momentum. b = mu b + g';  p -= rate b, or with Nesterov's look-ahead p -= rate (g' + mu b) */
export function sgdMomentum(
  p: usize, g: usize, b: usize, count: i32, s: f32, l2: f32, rate: f32, mu: f32, nesterov: i32,
): void {
  const s4 = f32x4.splat(s);
  const l4 = f32x4.splat(l2);
  const r4 = f32x4.splat(rate);
  const mu4 = f32x4.splat(mu);
  const end = p + ((<usize>(count & ~3)) << 2);
  for (; p < end; p += 16, g += 16, b += 16) {
    const w = v128.load(p);
    const x = f32x4.add(f32x4.mul(v128.load(g), s4), f32x4.mul(w, l4));
    const b1 = f32x4.add(f32x4.mul(v128.load(b), mu4), x);
    const step = nesterov ? f32x4.add(x, f32x4.mul(mu4, b1)) : b1;
    v128.store(b, b1);
    v128.store(p, f32x4.sub(w, f32x4.mul(r4, step)));
  }
  for (let i = count & 3; i > 0; i--, p += 4, g += 4, b += 4) {
    const w = load<f32>(p);
    const x = load<f32>(g) * s + w * l2;
    const b1 = load<f32>(b) * mu + x;
    store<f32>(b, b1);
    store<f32>(p, w - rate * (nesterov ? x + mu * b1 : b1));
  }
}

/** RMSProp without momentum. v = a v + (1 - a) g' g';  p -= rate g' / (sqrt(v) + eps) */
export function rmsprop(
  p: usize, g: usize, v: usize, count: i32, s: f32, l2: f32, rate: f32, a: f32, ia: f32, eps: f32,
): void {
  const s4 = f32x4.splat(s);
  const l4 = f32x4.splat(l2);
  const r4 = f32x4.splat(rate);
  const a4 = f32x4.splat(a);
  const ia4 = f32x4.splat(ia);
  const e4 = f32x4.splat(eps);
  const end = p + ((<usize>(count & ~3)) << 2);
  for (; p < end; p += 16, g += 16, v += 16) {
    const w = v128.load(p);
    const x = f32x4.add(f32x4.mul(v128.load(g), s4), f32x4.mul(w, l4));
    const v1 = f32x4.add(f32x4.mul(v128.load(v), a4), f32x4.mul(f32x4.mul(ia4, x), x));
    v128.store(v, v1);
    v128.store(p, f32x4.sub(w, f32x4.div(f32x4.mul(r4, x), f32x4.add(f32x4.sqrt(v1), e4))));
  }
  for (let i = count & 3; i > 0; i--, p += 4, g += 4, v += 4) {
    const w = load<f32>(p);
    const x = load<f32>(g) * s + w * l2;
    const v1 = load<f32>(v) * a + ia * x * x;
    store<f32>(v, v1);
    store<f32>(p, w - (rate * x) / (sqrt<f32>(v1) + eps));
  }
}

/** RMSProp with momentum. v as above;  b = mu b + g' / (sqrt(v) + eps);  p -= rate b */
export function rmspropMomentum(
  p: usize, g: usize, v: usize, b: usize, count: i32,
  s: f32, l2: f32, rate: f32, a: f32, ia: f32, eps: f32, mu: f32,
): void {
  const s4 = f32x4.splat(s);
  const l4 = f32x4.splat(l2);
  const r4 = f32x4.splat(rate);
  const a4 = f32x4.splat(a);
  const ia4 = f32x4.splat(ia);
  const e4 = f32x4.splat(eps);
  const mu4 = f32x4.splat(mu);
  const end = p + ((<usize>(count & ~3)) << 2);
  for (; p < end; p += 16, g += 16, v += 16, b += 16) {
    const w = v128.load(p);
    const x = f32x4.add(f32x4.mul(v128.load(g), s4), f32x4.mul(w, l4));
    const v1 = f32x4.add(f32x4.mul(v128.load(v), a4), f32x4.mul(f32x4.mul(ia4, x), x));
    const b1 = f32x4.add(f32x4.mul(v128.load(b), mu4), f32x4.div(x, f32x4.add(f32x4.sqrt(v1), e4)));
    v128.store(v, v1);
    v128.store(b, b1);
    v128.store(p, f32x4.sub(w, f32x4.mul(r4, b1)));
  }
  for (let i = count & 3; i > 0; i--, p += 4, g += 4, v += 4, b += 4) {
    const w = load<f32>(p);
    const x = load<f32>(g) * s + w * l2;
    const v1 = load<f32>(v) * a + ia * x * x;
    const b1 = load<f32>(b) * mu + x / (sqrt<f32>(v1) + eps);
    store<f32>(v, v1);
    store<f32>(b, b1);
    store<f32>(p, w - rate * b1);
  }
}

// asc: --enable threads --sharedMemory --maximumMemory 65536
// Loops over flat memory that no expression covers: the squared norm and sums of gradients. Addresses are in bytes,
// counts in floats. memory.ts repeats them in plain JavaScript, bit for bit.

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

/** to += from */
export function add(to: usize, from: usize, count: i32): void {
  const end = to + ((<usize>(count & ~7)) << 2);
  for (; to < end; to += 32, from += 32) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    v128.store(to, f32x4.add(v128.load(to, 16), v128.load(from, 16)), 16);
  }
  for (let i = count & 7; i > 0; i--, to += 4, from += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
}

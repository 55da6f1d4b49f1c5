// encoding: hex
// The inner loops of an exported model, over float32. Places and counts are in floats, not bytes. plain.ts repeats them in
// plain JavaScript. Every buffer that is written owns the gap up to the next multiple of 4 floats, so element-wise loops
// have no tail: they write into the gap.

// @ts-ignore: decorator
@inline function total(a: v128): f32 {
  return f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 2) + (f32x4.extract_lane(a, 1) + f32x4.extract_lane(a, 3));
}

// @ts-ignore: decorator
@inline function madd(sum: v128, w: usize, x: v128): v128 {
  return f32x4.add(sum, f32x4.mul(v128.load(w), x));
}

/**
 * y [m, n] = x [m, k] w', w [n, k]: rows of weights as PyTorch stores them. Two rows are read side by side, 16 numbers at a
 * time: more rows, or longer stretches, were slower (V8 on x64), for the weights stream from the second-level cache.
 */
export function products(x: usize, w: usize, y: usize, m: i32, n: i32, k: i32): void {
  x <<= 2;
  w <<= 2;
  y <<= 2;
  const row = <usize>k << 2;
  const whole = <usize>(k & ~15) << 2;
  const vectors = <usize>(k & ~3) << 2;
  for (; m > 0; m--, x += row) {
    let r = w;
    let left = n;
    for (; left > 1; left -= 2, y += 8) {
      const s = r + row;
      let a = f32x4.splat(0);
      let b = a;
      let c = a;
      let d = a;
      let p: usize = 0;
      for (; p < whole; p += 64) {
        let v = v128.load(x + p);
        a = madd(a, r + p, v);
        b = madd(b, s + p, v);
        v = v128.load(x + p, 16);
        c = madd(c, r + p + 16, v);
        d = madd(d, s + p + 16, v);
        v = v128.load(x + p, 32);
        a = madd(a, r + p + 32, v);
        b = madd(b, s + p + 32, v);
        v = v128.load(x + p, 48);
        c = madd(c, r + p + 48, v);
        d = madd(d, s + p + 48, v);
      }
      for (; p < vectors; p += 16) {
        const v = v128.load(x + p);
        a = madd(a, r + p, v);
        b = madd(b, s + p, v);
      }
      let e = total(f32x4.add(a, c));
      let f = total(f32x4.add(b, d));
      for (; p < row; p += 4) {
        e += load<f32>(r + p) * load<f32>(x + p);
        f += load<f32>(s + p) * load<f32>(x + p);
      }
      store<f32>(y, e);
      store<f32>(y, f, 4);
      r = s + row;
    }
    if (left > 0) {
      let a = f32x4.splat(0);
      let p: usize = 0;
      for (; p < vectors; p += 16) a = madd(a, r + p, v128.load(x + p));
      let e = total(a);
      for (; p < row; p += 4) e += load<f32>(r + p) * load<f32>(x + p);
      store<f32>(y, e);
      y += 4;
    }
  }
}

/** y [m, n] = x [m, k] b, b [k, n]. Each row of y is a sum of rows of b. */
export function combinations(x: usize, b: usize, y: usize, m: i32, n: i32, k: i32): void {
  x <<= 2;
  b <<= 2;
  y <<= 2;
  const row = <usize>n << 2;
  for (; m > 0; m--, x += <usize>k << 2, y += row) {
    for (let j: usize = 0; j + 16 <= row; j += 16) {
      let s = f32x4.splat(0);
      let from = b + j;
      for (let p = 0; p < k; p++, from += row)
        s = f32x4.add(s, f32x4.mul(f32x4.splat(load<f32>(x + (<usize>p << 2))), v128.load(from)));
      v128.store(y + j, s);
    }
    for (let j = <usize>(n & ~3) << 2; j < row; j += 4) {
      let s: f32 = 0;
      let from = b + j;
      for (let p = 0; p < k; p++, from += row) s += load<f32>(x + (<usize>p << 2)) * load<f32>(from);
      store<f32>(y + j, s);
    }
  }
}

// @ts-ignore: decorator
@inline function apply2(op: i32, a: v128, b: v128): v128 {
  if (op == 0) return f32x4.add(a, b);
  if (op == 1) return f32x4.sub(a, b);
  if (op == 2) return f32x4.mul(a, b);
  return f32x4.div(a, b);
}

/**
 * y [rows, width] = a + b, a - b, a b or a / b (`op` 0 to 3), where the operands broadcast: `ra`, `rb` floats from row to
 * row (0: the same row again); `sa`, `sb` 1 to read along a row, 0 where there is one number for the row.
 */
export function binary(
  op: i32, a: usize, b: usize, y: usize, rows: i32, width: i32, ra: i32, rb: i32, sa: i32, sb: i32,
): void {
  a <<= 2;
  b <<= 2;
  y <<= 2;
  for (; rows > 0; rows--, a += <usize>ra << 2, b += <usize>rb << 2, y += <usize>width << 2) {
    const end = y + (<usize>width << 2);
    const u = f32x4.splat(load<f32>(a));
    const v = f32x4.splat(load<f32>(b));
    let p = a;
    let q = b;
    let o = y;
    if (sa & sb) {
      if (op == 0) for (; o < end; o += 16, p += 16, q += 16) v128.store(o, f32x4.add(v128.load(p), v128.load(q)));
      else if (op == 2) for (; o < end; o += 16, p += 16, q += 16) v128.store(o, f32x4.mul(v128.load(p), v128.load(q)));
    }
    for (; o < end; o += 16, p += 16, q += 16)
      v128.store(o, apply2(op, sa ? v128.load(p) : u, sb ? v128.load(q) : v));
  }
}

/**
 * y = e^x, 1 / (1 + e^-x) or tanh x (`op` 0 to 2). e^x is 2^n p(r) with x = n ln 2 + r and |r| <= ln 2 / 2, within 2 units
 * in the last place; tanh is a polynomial up to 0.625, where 1 - 2 / (e^2x + 1) would cancel (the forms of Cephes).
 */
export function unary(op: i32, x: usize, y: usize, n: i32): void {
  const end = (y + <usize>n) << 2;
  const one = f32x4.splat(1);
  x <<= 2;
  for (let o = y << 2; o < end; o += 16, x += 16) {
    const given = v128.load(x);
    let v = given;
    if (op == 1) v = f32x4.neg(v);
    if (op == 2) v = f32x4.abs(f32x4.add(v, v));
    v = f32x4.max(f32x4.min(v, f32x4.splat(88.37)), f32x4.splat(-87.33));
    const whole = f32x4.nearest(f32x4.mul(v, f32x4.splat(1.44269504088896341)));
    const high = f32x4.sub(v, f32x4.mul(whole, f32x4.splat(0.693359375)));
    const r = f32x4.add(high, f32x4.mul(whole, f32x4.splat(2.12194440e-4)));
    let p = f32x4.splat(1.9875691500e-4);
    p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
    p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
    p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
    p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
    p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
    p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), one);
    const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(whole), i32x4.splat(127)), 23);
    const e = f32x4.mul(p, scale);
    let result = e;
    if (op == 1) result = f32x4.div(one, f32x4.add(one, e));
    if (op == 2) {
      const z = f32x4.mul(given, given);
      let q = f32x4.splat(-5.70498872745e-3);
      q = f32x4.add(f32x4.mul(q, z), f32x4.splat(2.06390887954e-2));
      q = f32x4.add(f32x4.mul(q, z), f32x4.splat(-5.37397155531e-2));
      q = f32x4.add(f32x4.mul(q, z), f32x4.splat(1.33314422036e-1));
      q = f32x4.add(f32x4.mul(q, z), f32x4.splat(-3.33332819422e-1));
      q = f32x4.add(f32x4.mul(f32x4.mul(q, z), given), given);
      const far = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(e, one)));
      const signed = v128.or(far, v128.and(given, i32x4.splat(0x80000000)));
      result = v128.bitselect(q, signed, f32x4.lt(f32x4.abs(given), f32x4.splat(0.625)));
    }
    v128.store(o, result);
  }
}

// @ts-ignore: decorator
@inline function dot(sum: v128, w: usize, x: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(v128.load8x8_s(w), x));
}

/**
 * y [m, n] = x [m, k] w', where the rows of w are signed bytes times `scales`, padded with zeros to a multiple of 8 columns and
 * 4 rows. A row of x is rounded to 16 bits in `q`; `limit` is the largest integer for which sums of products with bytes stay
 * below 2^31. What is written past a row of y is the start of the next one, or the gap.
 */
export function byteProducts(
  x: usize, w: usize, scales: usize, y: usize, m: i32, n: i32, k: i32, q: usize, limit: f32,
): void {
  x <<= 2;
  w <<= 2;
  scales <<= 2;
  y <<= 2;
  q <<= 2;
  const row = <usize>((k + 7) & ~7);
  for (; m > 0; m--, y += <usize>n << 2) {
    const last = x + (<usize>k << 2);
    let most: f32 = 1e-30;
    for (let p = x; p < last; p += 4) most = max<f32>(most, abs<f32>(load<f32>(p)));
    const factor = f32x4.splat(limit / most);
    for (let p = x, o = q; p < last; p += 16, o += 8) {
      const a = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(p), factor)));
      v128.store64_lane(o, i16x8.narrow_i32x4_s(a, a), 0);
    }
    x = last;
    const unit = f32x4.splat(most / limit);
    let r = w;
    for (let s: usize = 0; s < <usize>n << 2; s += 16) {
      const r1 = r + row;
      const r2 = r1 + row;
      const r3 = r2 + row;
      let a = i32x4.splat(0);
      let b = a;
      let c = a;
      let d = a;
      for (let p: usize = 0; p < row; p += 8) {
        const v = v128.load(q + (p << 1));
        a = dot(a, r + p, v);
        b = dot(b, r1 + p, v);
        c = dot(c, r2 + p, v);
        d = dot(d, r3 + p, v);
      }
      // The four sums of four lanes, side by side.
      const e = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
      const f = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
      const sums = i32x4.add(v128.shuffle<i32>(e, f, 0, 1, 4, 5), v128.shuffle<i32>(e, f, 2, 3, 6, 7));
      v128.store(y + s, f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(sums), unit), v128.load(scales + s)));
      r = r3 + row;
    }
  }
}

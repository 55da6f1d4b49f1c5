// Products of one query with every row of a matrix of bytes. A row is int8, padded with zeros to a multiple of 16; the
// query is int16, already widened. Sums stay below 2^31 because the caller bounds the query's size.

/** out[r] = sum over i of rows[r][i] query[i], for `count` rows of `width` bytes (a multiple of 16). */
export function dots(rows: usize, count: i32, width: i32, query: usize, out: usize): void {
  const end = out + ((<usize>count) << 2);
  for (; out < end; out += 4) {
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    const rowEnd = rows + width;
    let q = query;
    for (; rows < rowEnd; rows += 16, q += 32) {
      const x = v128.load(rows);
      a = i32x4.add(a, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(x), v128.load(q)));
      b = i32x4.add(b, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(x), v128.load(q, 16)));
    }
    const s = i32x4.add(a, b);
    store<i32>(
      out,
      i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1) + i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3),
    );
  }
}

/**
 * Divides `count` float rows of `dim` by their lengths and rounds them to bytes: row = scale * bytes + rest.
 * `scales[r]` receives scale, `rests[r]` the length of rest: |row . q - scale (bytes . q)| <= rests[r] |q|.
 * A row of zeros, or one that is not finite, becomes zeros with rest 0; `lengths[r]` is the length of the row before.
 */
export function quantize(
  floats: usize, count: i32, dim: i32, bytes: usize, width: i32, scales: usize, rests: usize, lengths: usize,
): void {
  const whole = dim & ~3;
  for (let r = 0; r < count; r++) {
    let sums = f64x2.splat(0);
    let tops = f32x4.splat(0);
    for (let i = 0; i < whole; i += 4) {
      const x = v128.load(floats + (<usize>i << 2));
      const low = f64x2.promote_low_f32x4(x);
      const high = f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
      sums = f64x2.add(sums, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
      tops = f32x4.max(tops, f32x4.abs(x));
    }
    let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    let top = max<f32>(
      max<f32>(f32x4.extract_lane(tops, 0), f32x4.extract_lane(tops, 1)),
      max<f32>(f32x4.extract_lane(tops, 2), f32x4.extract_lane(tops, 3)),
    );
    for (let i = whole; i < dim; i++) {
      const x = load<f32>(floats + (<usize>i << 2));
      sum += <f64>x * <f64>x;
      top = max<f32>(top, abs<f32>(x));
    }
    const length = sqrt(sum);
    const fine = length > 0 && length < Infinity;
    const step = fine ? <f64>top / 127 : 1;
    let rest: f64 = 0; // in steps
    let i = 0;
    // In float32 the quotient is off by at most 127 * 2^-23 of a step: told in the bound below. Rows whose step float32 cannot
    // invert go the long way.
    if (fine && step > 1e-30 && step < 1e30) {
      const by = f32x4.splat(<f32>(1 / step));
      let squares = f32x4.splat(0);
      for (; i < whole; i += 4) {
        const x = f32x4.mul(v128.load(floats + (<usize>i << 2)), by);
        const rounded = f32x4.nearest(x);
        const d = f32x4.sub(x, rounded);
        squares = f32x4.add(squares, f32x4.mul(d, d));
        const n = i32x4.trunc_sat_f32x4_s(rounded);
        const words = i16x8.narrow_i32x4_s(n, n);
        store<u32>(bytes + i, <u32>i32x4.extract_lane(i8x16.narrow_i16x8_s(words, words), 0));
      }
      rest = <f64>(
        f32x4.extract_lane(squares, 0) + f32x4.extract_lane(squares, 1) +
        f32x4.extract_lane(squares, 2) + f32x4.extract_lane(squares, 3)
      );
    }
    for (; i < width; i++) {
      let n = 0;
      if (fine && i < dim) {
        const x = <f64>load<f32>(floats + (<usize>i << 2)) / step;
        const rounded = nearest(x);
        n = <i32>rounded;
        rest += (x - rounded) * (x - rounded);
      }
      store<i8>(bytes + i, <i8>n);
    }
    store<f32>(scales, fine ? <f32>(step / length) : 0);
    // twice 127 * 2^-23 for each number, and float32's sums
    const slack = 3.1e-5 * sqrt(<f64>dim);
    store<f32>(rests, fine ? <f32>((sqrt(rest) * 1.0001 + slack) * (step / length)) : 0);
    store<f32>(lengths, fine ? <f32>length : 0);
    floats += <usize>dim << 2;
    bytes += width;
    scales += 4;
    rests += 4;
    lengths += 4;
  }
}

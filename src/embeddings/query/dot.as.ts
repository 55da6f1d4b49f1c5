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
export function quantise(
  floats: usize, count: i32, dim: i32, bytes: usize, width: i32, scales: usize, rests: usize, lengths: usize,
): void {
  for (let r = 0; r < count; r++) {
    let sum: f64 = 0;
    let top: f32 = 0;
    for (let i = 0; i < dim; i++) {
      const x = load<f32>(floats + (<usize>i << 2));
      sum += <f64>x * <f64>x;
      top = max<f32>(top, abs<f32>(x));
    }
    const length = sqrt(sum);
    const fine = length > 0 && length < Infinity;
    const step = fine ? <f64>top / 127 : 1;
    let rest: f64 = 0;
    for (let i = 0; i < width; i++) {
      let n = 0;
      if (fine && i < dim) {
        const x = <f64>load<f32>(floats + (<usize>i << 2));
        const rounded = nearest(x / step);
        n = <i32>rounded;
        rest += (x - rounded * step) * (x - rounded * step);
      }
      store<i8>(bytes + i, <i8>n);
    }
    store<f32>(scales, fine ? <f32>(step / length) : 0);
    store<f32>(rests, fine ? <f32>(sqrt(rest) / length) : 0);
    store<f32>(lengths, fine ? <f32>length : 0);
    floats += <usize>dim << 2;
    bytes += width;
    scales += 4;
    rests += 4;
    lengths += 4;
  }
}

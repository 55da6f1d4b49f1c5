// Exact nearest neighbors by blocked products. The rows lie in panels of eight, so that one load gives one coordinate of
// four rows: panels[p][c][8]. Squared distance = |a|^2 + |b|^2 - 2 a.b; each pair is computed once and offered to both.
// Each row keeps its k best in a heap with the worst on top. Addresses are in bytes.

let distances: usize = 0;
let indices: usize = 0;
let limits: usize = 0;
let heapSize: i32 = 0;

/** Where the heaps lie: distances f32 [rows, k], indices i32 [rows, k], limits f32 [rows] (the worst kept distance). */
export function setHeaps(d: usize, i: usize, l: usize, k: i32): void {
  distances = d;
  indices = i;
  limits = l;
  heapSize = k;
}

/** Replaces the worst neighbor of `row` and sifts the new one down. */
function push(row: i32, other: i32, distance: f32): void {
  const k = heapSize;
  const d = distances + ((<usize>(row * k)) << 2);
  const x = indices + ((<usize>(row * k)) << 2);
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= k) break;
    let worst = load<f32>(d + ((<usize>child) << 2));
    if (child + 1 < k) {
      const right = load<f32>(d + ((<usize>(child + 1)) << 2));
      if (right > worst) {
        worst = right;
        child++;
      }
    }
    if (worst <= distance) break;
    store<f32>(d + ((<usize>at) << 2), worst);
    store<i32>(x + ((<usize>at) << 2), load<i32>(x + ((<usize>child) << 2)));
    at = child;
  }
  store<f32>(d + ((<usize>at) << 2), distance);
  store<i32>(x + ((<usize>at) << 2), other);
  store<f32>(limits + ((<usize>row) << 2), load<f32>(d));
}

/** Offers four distances of `row` to rows `first`..`first + 3`. */
@inline
function offer(row: i32, first: i32, d: v128, both: bool): void {
  const mine = f32x4.lt(d, v128.load32_splat(limits + ((<usize>row) << 2)));
  let hits = v128.bitmask<i32>(mine);
  while (hits) {
    const lane = ctz(hits);
    hits &= hits - 1;
    const value = lane == 0 ? f32x4.extract_lane(d, 0) : lane == 1 ? f32x4.extract_lane(d, 1) : lane == 2 ? f32x4.extract_lane(d, 2) : f32x4.extract_lane(d, 3);
    if (first + lane != row && value < load<f32>(limits + ((<usize>row) << 2))) push(row, first + lane, value);
  }
  if (!both) return;
  let others = v128.bitmask<i32>(f32x4.lt(d, v128.load(limits + ((<usize>first) << 2))));
  while (others) {
    const lane = ctz(others);
    others &= others - 1;
    const value = lane == 0 ? f32x4.extract_lane(d, 0) : lane == 1 ? f32x4.extract_lane(d, 1) : lane == 2 ? f32x4.extract_lane(d, 2) : f32x4.extract_lane(d, 3);
    push(first + lane, row, value);
  }
}

@inline
function distance(norms: usize, row: i32, b: v128, dot: v128): v128 {
  const sum = f32x4.add(v128.load32_splat(norms + ((<usize>row) << 2)), b);
  return f32x4.sub(sum, f32x4.add(dot, dot));
}

/** All pairs of panels (i, j) with i in [iFrom, iTo), j in [jFrom, jTo) and i <= j. */
export function pairs(panels: usize, norms: usize, dim: i32, iFrom: i32, iTo: i32, jFrom: i32, jTo: i32): void {
  const step: usize = (<usize>dim) << 5; // bytes of a panel
  for (let i = iFrom; i < iTo; i++) {
    for (let j = max(i, jFrom); j < jTo; j++) {
      const both = i != j;
      const column = j << 3;
      const n0 = v128.load(norms + ((<usize>column) << 2));
      const n1 = v128.load(norms + ((<usize>column) << 2), 16);
      for (let half = 0; half < 2; half++) {
        let a = panels + (<usize>i) * step + ((<usize>half) << 4);
        let b = panels + (<usize>j) * step;
        const end = b + step;
        let s00 = f32x4.splat(0), s01 = f32x4.splat(0);
        let s10 = f32x4.splat(0), s11 = f32x4.splat(0);
        let s20 = f32x4.splat(0), s21 = f32x4.splat(0);
        let s30 = f32x4.splat(0), s31 = f32x4.splat(0);
        for (; b < end; a += 32, b += 32) {
          const b0 = v128.load(b);
          const b1 = v128.load(b, 16);
          let x = v128.load32_splat(a);
          s00 = f32x4.add(s00, f32x4.mul(x, b0));
          s01 = f32x4.add(s01, f32x4.mul(x, b1));
          x = v128.load32_splat(a, 4);
          s10 = f32x4.add(s10, f32x4.mul(x, b0));
          s11 = f32x4.add(s11, f32x4.mul(x, b1));
          x = v128.load32_splat(a, 8);
          s20 = f32x4.add(s20, f32x4.mul(x, b0));
          s21 = f32x4.add(s21, f32x4.mul(x, b1));
          x = v128.load32_splat(a, 12);
          s30 = f32x4.add(s30, f32x4.mul(x, b0));
          s31 = f32x4.add(s31, f32x4.mul(x, b1));
        }
        const row = (i << 3) + (half << 2);
        offer(row, column, distance(norms, row, n0, s00), both);
        offer(row, column + 4, distance(norms, row, n1, s01), both);
        offer(row + 1, column, distance(norms, row + 1, n0, s10), both);
        offer(row + 1, column + 4, distance(norms, row + 1, n1, s11), both);
        offer(row + 2, column, distance(norms, row + 2, n0, s20), both);
        offer(row + 2, column + 4, distance(norms, row + 2, n1, s21), both);
        offer(row + 3, column, distance(norms, row + 3, n0, s30), both);
        offer(row + 3, column + 4, distance(norms, row + 3, n1, s31), both);
      }
    }
  }
}

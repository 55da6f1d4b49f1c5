// The two forces of t-SNE. Repulsion by Barnes-Hut (van der Maaten 2014), arranged for SIMD: the points are sorted along a
// Z-order curve, a leaf of the quadtree is a run of them, and all points of a leaf share one list of far cells and near
// points. Addresses are in bytes. A node is 48 bytes, depth first:
// f32 x, y (center of mass), mass, width^2, left, top, right, bottom; i32 skip (the node after its subtree), from, to
// (its points; from = -1: not a leaf).

const leafSize: i32 = 32;
const nodeBytes: usize = 48;

let count: i32 = 0;
let places: usize = 0; // f32 [n, 2], in the caller's order
let codes: usize = 0; // u32 [n]
let order: usize = 0; // i32 [n]: sorted position -> row
let spare: usize = 0; // u32 [2n], for sorting
let xs: usize = 0; // f32 [n], sorted
let ys: usize = 0;
let nodes: usize = 0;
let list: usize = 0; // f32 x [listRoom], y [listRoom], mass [listRoom]
let listRoom: i32 = 0;
let repulsion: usize = 0; // f32 [n, 2], in the caller's order
let used: i32 = 0;

export function setup(n: i32, p: usize, c: usize, o: usize, s: usize, x: usize, y: usize, t: usize, l: usize, room: i32, r: usize): void {
  count = n;
  places = p;
  codes = c;
  order = o;
  spare = s;
  xs = x;
  ys = y;
  nodes = t;
  list = l;
  listRoom = room;
  repulsion = r;
}

@inline
function f(at: usize, i: i32): f32 {
  return load<f32>(at + ((<usize>i) << 2));
}

/** Spreads 16 bits over the even bits of 32. */
@inline
function spread(v: u32): u32 {
  v = (v | (v << 8)) & 0x00ff00ff;
  v = (v | (v << 4)) & 0x0f0f0f0f;
  v = (v | (v << 2)) & 0x33333333;
  return (v | (v << 1)) & 0x55555555;
}

/** Sorts the points along the curve and builds the tree; returns how many nodes it has. */
export function build(): i32 {
  let left: f32 = f32.MAX_VALUE, top: f32 = f32.MAX_VALUE, right: f32 = -f32.MAX_VALUE, bottom: f32 = -f32.MAX_VALUE;
  for (let i = 0; i < count; i++) {
    const x = f(places, 2 * i), y = f(places, 2 * i + 1);
    left = min(left, x);
    right = max(right, x);
    top = min(top, y);
    bottom = max(bottom, y);
  }
  const side = max(right - left, bottom - top);
  const scale: f32 = side > 0 ? 65535.0 / side : 0;
  for (let i = 0; i < count; i++) {
    const cx = min(<u32>((f(places, 2 * i) - left) * scale), 65535);
    const cy = min(<u32>((f(places, 2 * i + 1) - top) * scale), 65535);
    store<u32>(codes + ((<usize>i) << 2), spread(cx) | (spread(cy) << 1));
    store<i32>(order + ((<usize>i) << 2), i);
  }
  sort();
  for (let i = 0; i < count; i++) {
    const row = load<i32>(order + ((<usize>i) << 2));
    store<f32>(xs + ((<usize>i) << 2), f(places, 2 * row));
    store<f32>(ys + ((<usize>i) << 2), f(places, 2 * row + 1));
  }
  used = 0;
  grow(0, count);
  return used;
}

/** Radix sort by 8 bits, four passes: codes and order together, stable. */
function sort(): void {
  let c = codes, o = order;
  let c2 = spare, o2 = spare + ((<usize>count) << 2);
  const table = list; // 256 counters; the list is not in use yet
  for (let shift = 0; shift < 32; shift += 8) {
    memory.fill(table, 0, 1024);
    for (let i = 0; i < count; i++) {
      const at = table + ((<usize>((load<u32>(c + ((<usize>i) << 2)) >> shift) & 255)) << 2);
      store<i32>(at, load<i32>(at) + 1);
    }
    let sum = 0;
    for (let b: usize = 0; b < 1024; b += 4) {
      const here = load<i32>(table + b);
      store<i32>(table + b, sum);
      sum += here;
    }
    for (let i = 0; i < count; i++) {
      const code = load<u32>(c + ((<usize>i) << 2));
      const at = table + ((<usize>((code >> shift) & 255)) << 2);
      const place = load<i32>(at);
      store<i32>(at, place + 1);
      store<u32>(c2 + ((<usize>place) << 2), code);
      store<i32>(o2 + ((<usize>place) << 2), load<i32>(o + ((<usize>i) << 2)));
    }
    const hc = c, ho = o;
    c = c2;
    o = o2;
    c2 = hc;
    o2 = ho;
  }
}

/** Appends the node of the sorted points [from, to) and its subtree; returns its address. */
function grow(from: i32, to: i32): usize {
  const node = nodes + (<usize>used) * nodeBytes;
  used++;
  const first = load<u32>(codes + ((<usize>from) << 2));
  const last = load<u32>(codes + ((<usize>(to - 1)) << 2));
  let x: f64 = 0, y: f64 = 0;
  let left: f32 = f32.MAX_VALUE, top: f32 = f32.MAX_VALUE, right: f32 = -f32.MAX_VALUE, bottom: f32 = -f32.MAX_VALUE;
  if (to - from <= leafSize || first == last) {
    for (let i = from; i < to; i++) {
      const px = f(xs, i), py = f(ys, i);
      x += px;
      y += py;
      left = min(left, px);
      right = max(right, px);
      top = min(top, py);
      bottom = max(bottom, py);
    }
    store<i32>(node, from, 36);
  } else {
    // The first pair of bits in which the codes differ splits the run into up to four.
    const shift = 30 - ((clz(first ^ last)) & ~1);
    let start = from;
    while (start < to) {
      const quarter = load<u32>(codes + ((<usize>start) << 2)) >> shift;
      let low = start + 1, high = to; // the end of this quarter, by bisection
      while (low < high) {
        const middle = (low + high) >> 1;
        if (load<u32>(codes + ((<usize>middle) << 2)) >> shift == quarter) low = middle + 1;
        else high = middle;
      }
      const child = grow(start, low);
      const mass = <f64>load<f32>(child, 8);
      x += mass * <f64>load<f32>(child);
      y += mass * <f64>load<f32>(child, 4);
      left = min(left, load<f32>(child, 16));
      top = min(top, load<f32>(child, 20));
      right = max(right, load<f32>(child, 24));
      bottom = max(bottom, load<f32>(child, 28));
      start = low;
    }
    store<i32>(node, -1, 36);
  }
  const mass = to - from;
  const width = max(right - left, bottom - top);
  store<f32>(node, <f32>(x / <f64>mass));
  store<f32>(node, <f32>(y / <f64>mass), 4);
  store<f32>(node, <f32>mass, 8);
  store<f32>(node, width * width, 12);
  store<f32>(node, left, 16);
  store<f32>(node, top, 20);
  store<f32>(node, right, 24);
  store<f32>(node, bottom, 28);
  store<i32>(node, used, 32);
  store<i32>(node, to, 40);
  return node;
}

/**
 * For the points of the leaves among nodes [from, to): sum over all others of m q^2 (y_i - y_j), where q = 1 / (1 + d^2);
 * returns their share of Z = sum of q. A cell is taken as one mass where width < theta * distance, measured from the
 * nearest point of the leaf's box.
 */
export function repel(from: i32, to: i32, theta: f32): f64 {
  const theta2 = theta * theta;
  const end = nodes + (<usize>used) * nodeBytes;
  const lx = list, ly = list + ((<usize>listRoom) << 2), lm = list + ((<usize>listRoom) << 3);
  let z: f64 = 0;
  for (let n = from; n < to; n++) {
    const leaf = nodes + (<usize>n) * nodeBytes;
    const first = load<i32>(leaf, 36);
    if (first < 0) continue;
    const last = load<i32>(leaf, 40);
    const left = load<f32>(leaf, 16), top = load<f32>(leaf, 20), right = load<f32>(leaf, 24), bottom = load<f32>(leaf, 28);
    let size = 0;
    let node = nodes;
    while (node < end) {
      const x = load<f32>(node), y = load<f32>(node, 4);
      const dx = max(max(left - x, x - right), <f32>0);
      const dy = max(max(top - y, y - bottom), <f32>0);
      if (load<f32>(node, 12) < theta2 * (dx * dx + dy * dy)) {
        store<f32>(lx + ((<usize>size) << 2), x);
        store<f32>(ly + ((<usize>size) << 2), y);
        store<f32>(lm + ((<usize>size) << 2), load<f32>(node, 8));
        size++;
        node = nodes + (<usize>load<i32>(node, 32)) * nodeBytes;
      } else {
        const start = load<i32>(node, 36);
        if (start >= 0) {
          const stop = load<i32>(node, 40);
          for (let i = start; i < stop; i++, size++) {
            store<f32>(lx + ((<usize>size) << 2), f(xs, i));
            store<f32>(ly + ((<usize>size) << 2), f(ys, i));
            store<f32>(lm + ((<usize>size) << 2), 1);
          }
        }
        node += nodeBytes;
      }
    }
    for (; size & 3; size++) {
      store<f32>(lx + ((<usize>size) << 2), 0);
      store<f32>(ly + ((<usize>size) << 2), 0);
      store<f32>(lm + ((<usize>size) << 2), 0);
    }
    const bytes = (<usize>size) << 2;
    const one = f32x4.splat(1);
    for (let i = first; i < last; i++) {
      const x = f32x4.splat(f(xs, i)), y = f32x4.splat(f(ys, i));
      let fx = f32x4.splat(0), fy = f32x4.splat(0), sum = f32x4.splat(0);
      for (let at: usize = 0; at < bytes; at += 16) {
        const dx = f32x4.sub(x, v128.load(lx + at));
        const dy = f32x4.sub(y, v128.load(ly + at));
        const q = f32x4.div(one, f32x4.add(one, f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy))));
        const mq = f32x4.mul(v128.load(lm + at), q);
        const g = f32x4.mul(mq, q);
        sum = f32x4.add(sum, mq);
        fx = f32x4.add(fx, f32x4.mul(g, dx));
        fy = f32x4.add(fy, f32x4.mul(g, dy));
      }
      const row = load<i32>(order + ((<usize>i) << 2));
      store<f32>(repulsion + ((<usize>row) << 3), total(fx));
      store<f32>(repulsion + ((<usize>row) << 3), total(fy), 4);
      z += <f64>total(sum) - 1; // the list holds the point itself, at distance 0
    }
  }
  return z;
}

@inline
function total(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/**
 * For rows [from, to): sum over the row's entries of p q (y_i - y_j), into `out` (f32 [n, 2]). `starts` i32 [n + 1] bounds
 * the rows in `others` (i32) and `p` (f32); every row is padded to a multiple of four with p = 0.
 */
export function attract(from: i32, to: i32, starts: usize, others: usize, p: usize, out: usize): void {
  const one = f32x4.splat(1);
  for (let i = from; i < to; i++) {
    const mine = places + ((<usize>i) << 3);
    const x = v128.load32_splat(mine), y = v128.load32_splat(mine, 4);
    let fx = f32x4.splat(0), fy = f32x4.splat(0);
    const stop = load<i32>(starts + ((<usize>(i + 1)) << 2));
    for (let e = load<i32>(starts + ((<usize>i) << 2)); e < stop; e += 4) {
      const at = others + ((<usize>e) << 2);
      let low = v128.load64_zero(places + ((<usize>load<u32>(at)) << 3));
      let high = v128.load64_zero(places + ((<usize>load<u32>(at, 8)) << 3));
      low = v128.load_lane<u64>(places + ((<usize>load<u32>(at, 4)) << 3), low, 1);
      high = v128.load_lane<u64>(places + ((<usize>load<u32>(at, 12)) << 3), high, 1);
      const dx = f32x4.sub(x, v128.shuffle<f32>(low, high, 0, 2, 4, 6));
      const dy = f32x4.sub(y, v128.shuffle<f32>(low, high, 1, 3, 5, 7));
      const d = f32x4.add(one, f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)));
      const g = f32x4.div(v128.load(p + ((<usize>e) << 2)), d);
      fx = f32x4.add(fx, f32x4.mul(g, dx));
      fy = f32x4.add(fy, f32x4.mul(g, dy));
    }
    store<f32>(out + ((<usize>i) << 3), total(fx));
    store<f32>(out + ((<usize>i) << 3), total(fy), 4);
  }
}

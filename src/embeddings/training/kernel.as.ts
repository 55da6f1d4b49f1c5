// asc: --enable threads --sharedMemory --maximumMemory 65536
// Stochastic gradient descent for word vectors over one block of the corpus. All threads work on the same matrices
// without locks (Recht et al., "Hogwild", 2011). The unit of work is a window: m inputs against n targets at once,
//   F = X T^t,  G = rate (labels - sigma(F)),  X += G T,  T += G^t X   (old X and T on the right),
// so that negatives are shared by a window and every loaded row is used many times (Ji et al., "Parallelizing word2vec
// in shared and distributed memory", 2016). Addresses and strides are in bytes.

// What JavaScript writes once, at `c` (32-bit fields; see layout.ts, which has the same order).
// @ts-ignore: decorator
@inline const DIM: usize = 0; // floats in a row, padded to a multiple of 4
// @ts-ignore: decorator
@inline const WINDOW: usize = 4;
// @ts-ignore: decorator
@inline const NEGATIVES: usize = 8; // 0: hierarchical softmax
// @ts-ignore: decorator
@inline const VOCABULARY: usize = 12;
// @ts-ignore: decorator
@inline const INPUTS: usize = 16; // matrix of words, then of n-grams
// @ts-ignore: decorator
@inline const OUTPUTS: usize = 20; // matrix of targets
// @ts-ignore: decorator
@inline const KEEP: usize = 24; // per word: a word stays if 32 random bits are below this; 0xffffffff: always
// @ts-ignore: decorator
@inline const ALIAS: usize = 28; // per word: threshold, other word
// @ts-ignore: decorator
@inline const PATHS: usize = 32; // per word: start in PATH_NODES; then one more
// @ts-ignore: decorator
@inline const PATH_NODES: usize = 36; // row of the inner node * 2 + label
// @ts-ignore: decorator
@inline const PIECES: usize = 40; // 0, or per word: start in PIECE_ROWS; then one more
// @ts-ignore: decorator
@inline const PIECE_ROWS: usize = 44; // rows of INPUTS that make up a word
// @ts-ignore: decorator
@inline const CBOW: usize = 48;

let random: u64 = 0;

/** 32 random bits: the high half of a 64-bit linear congruential generator (Knuth's constants). */
// @ts-ignore: decorator
@inline
function bits(): u32 {
  random = random * 6364136223846793005 + 1442695040888963407;
  return <u32>(random >> 32);
}

/** A whole number in [0, n). */
// @ts-ignore: decorator
@inline
function below(n: u32): u32 {
  return <u32>(((<u64>bits()) * (<u64>n)) >> 32);
}

/** Fills `count` floats (a multiple of 4 of them a row of `dim` used ones) with uniform numbers in [-scale, scale). */
export function fill(at: usize, rows: i32, dim: i32, padded: i32, scale: f32, seed: u64): void {
  random = seed;
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < padded; i++, at += 4) {
      store<f32>(at, i < dim ? (<f32>(bits() >> 8) * (1.0 / 8388608.0) - 1) * scale : 0);
    }
  }
}

/** 1 / (1 + e^-x), to about 1e-6; e^-x = 2^n 2^f with a polynomial for 2^f on [-1/2, 1/2]. */
// @ts-ignore: decorator
@inline
function sigmoid(x: v128): v128 {
  const t = f32x4.max(f32x4.min(f32x4.mul(x, f32x4.splat(-1.44269504)), f32x4.splat(40)), f32x4.splat(-40));
  const n = f32x4.nearest(t);
  const f = f32x4.sub(t, n);
  let p = f32x4.splat(0.0013333558);
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.0096181291));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.0555041087));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.2402265070));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.6931471806));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), f32x4.mul(p, power)));
}

// @ts-ignore: decorator
@inline
function total(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

// A worker's own scratch, at `s`: pointers of inputs and targets, labels, products, copies of the rows, the sentence.
// @ts-ignore: decorator
@inline const MOST: i32 = 1024; // targets or inputs of one step
// @ts-ignore: decorator
@inline const LOSS: usize = 0; // f64 sum, f64 count of products it is over
// @ts-ignore: decorator
@inline const X_TO: usize = 64; // addresses of the input rows
// @ts-ignore: decorator
@inline const T_TO: usize = X_TO + 4 * 1024;
// @ts-ignore: decorator
@inline const LABELS: usize = T_TO + 4 * 1024;
// @ts-ignore: decorator
@inline const ROWS: usize = LABELS + 4 * 1024; // hidden row, its gradient, a row that nobody reads; then copies

/** Bytes of scratch before the sentence: 64 inputs and 1,024 targets of `dim` floats, and their products. */
export function scratchBytes(dim: i32): i32 {
  return <i32>ROWS + (3 + 64 + 1024) * dim * 4 + 64 * 1024 * 4;
}

/**
 * One step over m inputs (at most 64) and n targets whose addresses and labels stand in the scratch. Rows of the
 * products are 4 * ceil(n / 4) floats. Targets are taken in threes; the last of them may be rows that nobody reads.
 */
function step(s: usize, dim: usize, m: i32, n: i32, rate: f32, measure: bool): void {
  const bytes = dim << 2;
  const idle = s + ROWS + 2 * bytes;
  const xs = idle + bytes;
  const ts = xs + 64 * bytes;
  const products = ts + 1024 * bytes;
  const n3 = ((n + 2) / 3) * 3;
  const width = (<usize>((n3 + 3) & ~3)) << 2;
  for (let j = n; j < n3; j++) store<u32>(s + T_TO + (<usize>j << 2), <u32>idle);

  // copies, so that every product is over the old values
  for (let i = 0; i < m; i++) {
    const from: usize = load<u32>(s + X_TO + (<usize>i << 2));
    const to = xs + <usize>i * bytes;
    for (let o: usize = 0; o < bytes; o += 16) v128.store(to + o, v128.load(from + o));
  }
  for (let j = 0; j < n3; j++) {
    const from: usize = load<u32>(s + T_TO + (<usize>j << 2));
    const to = ts + <usize>j * bytes;
    for (let o: usize = 0; o < bytes; o += 16) v128.store(to + o, v128.load(from + o));
  }

  // F = X T^t
  for (let j = 0; j < n3; j += 3) {
    const tj = ts + <usize>j * bytes;
    const column = products + (<usize>j << 2);
    let i = 0;
    for (; i + 1 < m; i += 2) {
      let x0 = xs + <usize>i * bytes;
      let x1 = x0 + bytes;
      let t0 = tj;
      let t1 = tj + bytes;
      let t2 = t1 + bytes;
      const end = x1;
      let a0 = f32x4.splat(0), a1 = f32x4.splat(0), a2 = f32x4.splat(0);
      let b0 = f32x4.splat(0), b1 = f32x4.splat(0), b2 = f32x4.splat(0);
      for (; x0 < end; x0 += 16, x1 += 16, t0 += 16, t1 += 16, t2 += 16) {
        const x = v128.load(x0);
        const y = v128.load(x1);
        let t = v128.load(t0);
        a0 = f32x4.add(a0, f32x4.mul(x, t));
        b0 = f32x4.add(b0, f32x4.mul(y, t));
        t = v128.load(t1);
        a1 = f32x4.add(a1, f32x4.mul(x, t));
        b1 = f32x4.add(b1, f32x4.mul(y, t));
        t = v128.load(t2);
        a2 = f32x4.add(a2, f32x4.mul(x, t));
        b2 = f32x4.add(b2, f32x4.mul(y, t));
      }
      const p = column + <usize>i * width;
      store<f32>(p, total(a0));
      store<f32>(p, total(a1), 4);
      store<f32>(p, total(a2), 8);
      store<f32>(p + width, total(b0));
      store<f32>(p + width, total(b1), 4);
      store<f32>(p + width, total(b2), 8);
    }
    if (i < m) {
      let x0 = xs + <usize>i * bytes;
      const end = x0 + bytes;
      let t0 = tj;
      let t1 = tj + bytes;
      let t2 = t1 + bytes;
      let a0 = f32x4.splat(0), a1 = f32x4.splat(0), a2 = f32x4.splat(0);
      for (; x0 < end; x0 += 16, t0 += 16, t1 += 16, t2 += 16) {
        const x = v128.load(x0);
        a0 = f32x4.add(a0, f32x4.mul(x, v128.load(t0)));
        a1 = f32x4.add(a1, f32x4.mul(x, v128.load(t1)));
        a2 = f32x4.add(a2, f32x4.mul(x, v128.load(t2)));
      }
      const p = column + <usize>i * width;
      store<f32>(p, total(a0));
      store<f32>(p, total(a1), 4);
      store<f32>(p, total(a2), 8);
    }
  }

  // G = rate (labels - sigma(F))
  const rate4 = f32x4.splat(rate);
  for (let i = 0; i < m; i++) {
    const row = products + <usize>i * width;
    for (let o: usize = 0; o < width; o += 16) {
      const y = sigmoid(v128.load(row + o));
      const label = v128.load(s + LABELS + o);
      if (measure) {
        for (let k: usize = 0; k < 16 && <i32>(o + k) < n << 2; k += 4) {
          measured(s, load<f32>(row + o + k), load<f32>(s + LABELS + o + k));
        }
      }
      v128.store(row + o, f32x4.mul(rate4, f32x4.sub(label, y)));
    }
    for (let j = n; j < n3; j++) store<f32>(row + (<usize>j << 2), 0);
  }

  // X += G T, T += G^t X
  for (let j = 0; j < n3; j += 3) {
    const tj = ts + <usize>j * bytes;
    const column = products + (<usize>j << 2);
    const to = s + T_TO + (<usize>j << 2);
    let i = 0;
    for (; i + 1 < m; i += 2) {
      const p = column + <usize>i * width;
      const g00 = v128.load32_splat(p), g01 = v128.load32_splat(p, 4), g02 = v128.load32_splat(p, 8);
      const g10 = v128.load32_splat(p + width), g11 = v128.load32_splat(p + width, 4), g12 = v128.load32_splat(p + width, 8);
      const x0 = xs + <usize>i * bytes;
      const xTo = s + X_TO + (<usize>i << 2);
      const u0: usize = load<u32>(xTo), u1: usize = load<u32>(xTo, 4);
      const v0: usize = load<u32>(to), v1: usize = load<u32>(to, 4), v2: usize = load<u32>(to, 8);
      const x1 = x0 + bytes, t1 = tj + bytes, t2 = t1 + bytes;
      for (let o: usize = 0; o < bytes; o += 16) {
        const x = v128.load(x0 + o);
        const y = v128.load(x1 + o);
        let t = v128.load(tj + o);
        let du = f32x4.mul(g00, t);
        let dv = f32x4.mul(g10, t);
        v128.store(v0 + o, f32x4.add(v128.load(v0 + o), f32x4.add(f32x4.mul(g00, x), f32x4.mul(g10, y))));
        t = v128.load(t1 + o);
        du = f32x4.add(du, f32x4.mul(g01, t));
        dv = f32x4.add(dv, f32x4.mul(g11, t));
        v128.store(v1 + o, f32x4.add(v128.load(v1 + o), f32x4.add(f32x4.mul(g01, x), f32x4.mul(g11, y))));
        t = v128.load(t2 + o);
        du = f32x4.add(du, f32x4.mul(g02, t));
        dv = f32x4.add(dv, f32x4.mul(g12, t));
        v128.store(v2 + o, f32x4.add(v128.load(v2 + o), f32x4.add(f32x4.mul(g02, x), f32x4.mul(g12, y))));
        v128.store(u0 + o, f32x4.add(v128.load(u0 + o), du));
        v128.store(u1 + o, f32x4.add(v128.load(u1 + o), dv));
      }
    }
    if (i < m) {
      const p = column + <usize>i * width;
      const g0 = v128.load32_splat(p), g1 = v128.load32_splat(p, 4), g2 = v128.load32_splat(p, 8);
      const x0 = xs + <usize>i * bytes;
      const u0: usize = load<u32>(s + X_TO + (<usize>i << 2));
      const v0: usize = load<u32>(to), v1: usize = load<u32>(to, 4), v2: usize = load<u32>(to, 8);
      const t1 = tj + bytes, t2 = t1 + bytes;
      for (let o: usize = 0; o < bytes; o += 16) {
        const x = v128.load(x0 + o);
        let du = f32x4.mul(g0, v128.load(tj + o));
        v128.store(v0 + o, f32x4.add(v128.load(v0 + o), f32x4.mul(g0, x)));
        du = f32x4.add(du, f32x4.mul(g1, v128.load(t1 + o)));
        v128.store(v1 + o, f32x4.add(v128.load(v1 + o), f32x4.mul(g1, x)));
        du = f32x4.add(du, f32x4.mul(g2, v128.load(t2 + o)));
        v128.store(v2 + o, f32x4.add(v128.load(v2 + o), f32x4.mul(g2, x)));
        v128.store(u0 + o, f32x4.add(v128.load(u0 + o), du));
      }
    }
  }
}

/** Adds -log sigma(f), or -log sigma(-f) where the label is 0, to the block's loss. */
function measured(s: usize, f: f32, label: f32): void {
  const z = label > 0.5 ? -f : f; // log(1 + e^z)
  const loss: f32 = z > 15 ? z : Mathf.log(1 + Mathf.exp(z));
  store<f64>(s, load<f64>(s) + <f64>loss);
  store<f64>(s, load<f64>(s, 8) + 1, 8);
}

/** Lists the targets of one word: itself and negatives, or the nodes of its path. Returns the new count. */
function targets(c: usize, s: usize, word: i32, n: i32): i32 {
  const bytes = (<usize>load<i32>(c, DIM)) << 2;
  const outputs: usize = load<u32>(c, OUTPUTS);
  const negatives = load<i32>(c, NEGATIVES);
  let to = s + T_TO + (<usize>n << 2);
  if (negatives > 0) {
    store<u32>(to, <u32>(outputs + <usize>word * bytes));
    store<f32>(to, 1, LABELS - T_TO);
    const vocabulary: u32 = load<u32>(c, VOCABULARY);
    const alias: usize = load<u32>(c, ALIAS);
    for (let k = 0; k < negatives; k++) {
      to += 4;
      let other: u32;
      do {
        const r = (<u64>bits()) * (<u64>vocabulary);
        const at = alias + (<usize>(r >> 32) << 3);
        other = <u32>r < load<u32>(at) ? <u32>(r >> 32) : load<u32>(at, 4);
      } while (other == word);
      store<u32>(to, <u32>(outputs + <usize>other * bytes));
      store<f32>(to, 0, LABELS - T_TO);
    }
    return n + 1 + negatives;
  }
  const nodes: usize = load<u32>(c, PATH_NODES);
  const path: usize = load<u32>(c, PATHS) + (<usize>word << 2);
  const end = load<u32>(path, 4);
  for (let p = load<u32>(path); p < end; p++, n++, to += 4) {
    const node = load<u32>(nodes + (<usize>p << 2));
    store<u32>(to, <u32>(outputs + <usize>(node >> 1) * bytes));
    store<f32>(to, <f32>(node & 1), LABELS - T_TO);
  }
  return n;
}

/** hidden += sum of the rows that make up a word; returns how many. */
function gather(c: usize, hidden: usize, word: i32, bytes: usize): i32 {
  const inputs: usize = load<u32>(c, INPUTS);
  const pieces: usize = load<u32>(c, PIECES);
  if (!pieces) {
    addRow(hidden, inputs + <usize>word * bytes, bytes);
    return 1;
  }
  const rows: usize = load<u32>(c, PIECE_ROWS);
  const from = load<u32>(pieces + (<usize>word << 2));
  const end = load<u32>(pieces + (<usize>word << 2), 4);
  for (let p = from; p < end; p++) addRow(hidden, inputs + <usize>load<u32>(rows + (<usize>p << 2)) * bytes, bytes);
  return end - from;
}

/** Adds a gradient to every row that makes up a word. */
function scatter(c: usize, gradient: usize, word: i32, bytes: usize): void {
  const inputs: usize = load<u32>(c, INPUTS);
  const pieces: usize = load<u32>(c, PIECES);
  if (!pieces) {
    addRow(inputs + <usize>word * bytes, gradient, bytes);
    return;
  }
  const rows: usize = load<u32>(c, PIECE_ROWS);
  const end = load<u32>(pieces + (<usize>word << 2), 4);
  for (let p = load<u32>(pieces + (<usize>word << 2)); p < end; p++) {
    addRow(inputs + <usize>load<u32>(rows + (<usize>p << 2)) * bytes, gradient, bytes);
  }
}

// @ts-ignore: decorator
@inline
function addRow(to: usize, from: usize, bytes: usize): void {
  for (let o: usize = 0; o < bytes; o += 16) v128.store(to + o, f32x4.add(v128.load(to + o), v128.load(from + o)));
}

// @ts-ignore: decorator
@inline
function scaleRow(to: usize, by: f32, bytes: usize): void {
  const b = f32x4.splat(by);
  for (let o: usize = 0; o < bytes; o += 16) v128.store(to + o, f32x4.mul(v128.load(to + o), b));
}

/**
 * Trains on `count` ids at `ids` (-1 ends a sentence) with one learning rate. `s` is the worker's scratch, followed by room for
 * the ids that stay. Returns how many words stayed; the scratch's first two float64 receive the loss over a sample of
 * the products and their count.
 */
export function train(c: usize, s: usize, ids: usize, count: i32, rate: f32, seed: u64): i32 {
  random = seed;
  store<f64>(s, 0);
  store<f64>(s, 0, 8);
  const dim: usize = load<u32>(c, DIM);
  const bytes = dim << 2;
  const sentence = s + <usize>scratchBytes(<i32>dim);
  const keep: usize = load<u32>(c, KEEP);
  let stayed = 0;
  let at = 0;
  let seen = 0;
  const idle = s + ROWS + 2 * bytes;
  memory.fill(idle, 0, bytes);
  while (at < count) {
    let n = 0;
    for (; at < count; at++) {
      const id = load<i32>(ids + (<usize>at << 2));
      if (id < 0) {
        at++;
        break;
      }
      const limit = load<u32>(keep + (<usize>id << 2));
      if (limit != 0xffffffff && bits() >= limit) continue;
      store<i32>(sentence + (<usize>n << 2), id);
      n++;
    }
    stayed += n;
    for (let i = 0; i < n; i++) seen = window(c, s, sentence, i, n, rate, seen);
  }
  return stayed;
}

/** The step of one position. */
function window(c: usize, s: usize, sentence: usize, i: i32, n: i32, rate: f32, seen: i32): i32 {
  const dim: usize = load<u32>(c, DIM);
  const bytes = dim << 2;
  const reach = 1 + <i32>below(load<u32>(c, WINDOW));
  const from = max(0, i - reach);
  const to = min(n - 1, i + reach);
  if (from == to) return seen;
  const word = load<i32>(sentence + (<usize>i << 2));
  const measure = (seen & 63) == 0;
  const hidden = s + ROWS;
  const gradient = hidden + bytes;
  if (load<i32>(c, CBOW)) {
    memory.fill(hidden, 0, bytes << 1);
    let rows = 0;
    for (let k = from; k <= to; k++) {
      if (k != i) rows += gather(c, hidden, load<i32>(sentence + (<usize>k << 2)), bytes);
    }
    scaleRow(hidden, 1 / <f32>rows, bytes);
    single(s, dim, targets(c, s, word, 0), rate, measure);
    for (let k = from; k <= to; k++) {
      if (k != i) scatter(c, gradient, load<i32>(sentence + (<usize>k << 2)), bytes);
    }
  } else if (load<u32>(c, PIECES)) {
    memory.fill(hidden, 0, bytes << 1);
    scaleRow(hidden, 1 / <f32>gather(c, hidden, word, bytes), bytes);
    let m = 0;
    for (let k = from; k <= to; k++) {
      if (k == i) continue;
      m = targets(c, s, load<i32>(sentence + (<usize>k << 2)), m);
    }
    single(s, dim, m, rate, measure);
    scatter(c, gradient, word, bytes);
  } else {
    const inputs: usize = load<u32>(c, INPUTS);
    const m = targets(c, s, word, 0);
    let x = s + X_TO;
    for (let k = from; k <= to; k++) {
      if (k == i) continue;
      store<u32>(x, <u32>(inputs + <usize>load<i32>(sentence + (<usize>k << 2)) * bytes));
      x += 4;
    }
    step(s, dim, to - from, m, rate, measure);
  }
  return seen + 1;
}

/** A step whose one input is the hidden row and whose gradient goes to the row after it. */
function single(s: usize, dim: usize, n: i32, rate: f32, measure: bool): void {
  const hidden = s + ROWS;
  const gradient = hidden + (dim << 2);
  // `step` adds its gradient to the input it read: what is more than before is the gradient
  store<u32>(s + X_TO, <u32>hidden);
  const bytes = dim << 2;
  for (let o: usize = 0; o < bytes; o += 16) v128.store(gradient + o, f32x4.neg(v128.load(hidden + o)));
  step(s, dim, 1, n, rate, measure);
  addRow(gradient, hidden, bytes);
}

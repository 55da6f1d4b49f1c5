// asc: --enable threads --sharedMemory --maximumMemory 65536
// Stochastic gradient descent for word vectors over one block of the corpus. All threads work on the same matrices
// without locks (Recht et al., "Hogwild", 2011). The unit of work is a window: m inputs x, one after the other, against
// the same n targets t,
//   g_j = rate (label_j - sigma(x.t_j)),  x += sum_j g_j t_j,  t_j += g_j x   (old x and t on the right),
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

// A worker's own scratch, at `s`: addresses of inputs (at most 64) and targets (at most 128), labels, products, rows; then
// the sentence. A path in Huffman's tree is at most log(words of the text) to the golden ratio: 76 for 2^53 words.
// @ts-ignore: decorator
@inline const LOSS: usize = 0; // f64 sum, f64 count of products it is over
// @ts-ignore: decorator
@inline const X_TO: usize = 64; // addresses of the input rows
// @ts-ignore: decorator
@inline const T_TO: usize = X_TO + 4 * 64;
// @ts-ignore: decorator
@inline const LABELS: usize = T_TO + 4 * 128;
// @ts-ignore: decorator
@inline const PRODUCTS: usize = LABELS + 4 * 128; // of one input and six targets
// @ts-ignore: decorator
@inline const ROWS: usize = PRODUCTS + 64; // hidden row, its gradient, a row of zeros, a copy of an input

/** Bytes of scratch before the sentence: 64 inputs, 128 targets, and four rows. */
export function scratchBytes(dim: i32): i32 {
  return <i32>ROWS + 4 * dim * 4;
}

/**
 * One step: each of m inputs in turn against n targets, whose addresses and labels stand in the scratch. An input sees
 * what the one before it changed: updates that are summed over a window overshoot where all of them push one way, as at
 * the root of the softmax tree. Targets are taken in sixes; the last of them may be rows that nobody reads.
 */
function step(s: usize, dim: usize, m: i32, n: i32, rate: f32, measure: bool): void {
  const bytes = dim << 2;
  const idle = s + ROWS + 2 * bytes;
  const old = idle + bytes;
  const n6 = ((n + 5) / 6) * 6;
  for (let j = n; j < n6; j++) store<u32>(s + T_TO + (<usize>j << 2), <u32>idle);
  for (let i = 0; i < m; i++) {
    const x: usize = load<u32>(s + X_TO + (<usize>i << 2));
    if (n6 == 6) {
      six(s, x, x, 0, n, bytes, rate, measure);
      continue;
    }
    // every target meets the input as it was
    for (let o: usize = 0; o < bytes; o += 16) v128.store(old + o, v128.load(x + o));
    for (let j = 0; j < n; j += 6) six(s, old, x, j, n - j, bytes, rate, measure);
  }
}

/** The sums of four vectors' lanes. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** With x the row at `from`, for six targets from the j-th, of which `used` count: g = rate (label - sigma(x.t)), to += g t, t += g x. */
function six(s: usize, from: usize, to: usize, j: i32, used: i32, bytes: usize, rate: f32, measure: bool): void {
  const list = s + T_TO + (<usize>j << 2);
  const labels = s + LABELS + (<usize>j << 2);
  const t0: usize = load<u32>(list), t1: usize = load<u32>(list, 4), t2: usize = load<u32>(list, 8);
  const t3: usize = load<u32>(list, 12), t4: usize = load<u32>(list, 16), t5: usize = load<u32>(list, 20);
  const zero = f32x4.splat(0);
  let a0 = zero, a1 = zero, a2 = zero, a3 = zero, a4 = zero, a5 = zero;
  for (let o: usize = 0; o < bytes; o += 16) {
    const x = v128.load(from + o);
    a0 = f32x4.add(a0, f32x4.mul(x, v128.load(t0 + o)));
    a1 = f32x4.add(a1, f32x4.mul(x, v128.load(t1 + o)));
    a2 = f32x4.add(a2, f32x4.mul(x, v128.load(t2 + o)));
    a3 = f32x4.add(a3, f32x4.mul(x, v128.load(t3 + o)));
    a4 = f32x4.add(a4, f32x4.mul(x, v128.load(t4 + o)));
    a5 = f32x4.add(a5, f32x4.mul(x, v128.load(t5 + o)));
  }
  const products = s + PRODUCTS;
  const f = sums(a0, a1, a2, a3);
  const h = sums(a4, a5, zero, zero);
  if (measure) {
    v128.store(products, f);
    v128.store(products, h, 16);
    for (let k: usize = 0; k < 24 && <i32>k < used << 2; k += 4) measured(s, load<f32>(products + k), load<f32>(labels + k));
  }
  const rate4 = f32x4.splat(rate);
  v128.store(products, f32x4.mul(rate4, f32x4.sub(v128.load(labels), sigmoid(f))));
  v128.store(products, f32x4.mul(rate4, f32x4.sub(v128.load(labels, 16), sigmoid(h))), 16);
  for (let k: usize = <usize>max(used, 0) << 2; k < 24; k += 4) store<f32>(products + k, 0);
  const g0 = v128.load32_splat(products), g1 = v128.load32_splat(products, 4), g2 = v128.load32_splat(products, 8);
  const g3 = v128.load32_splat(products, 12), g4 = v128.load32_splat(products, 16), g5 = v128.load32_splat(products, 20);
  for (let o: usize = 0; o < bytes; o += 16) {
    const x = v128.load(from + o);
    let t = v128.load(t0 + o);
    let d = f32x4.mul(g0, t);
    v128.store(t0 + o, f32x4.add(t, f32x4.mul(g0, x)));
    t = v128.load(t1 + o);
    d = f32x4.add(d, f32x4.mul(g1, t));
    v128.store(t1 + o, f32x4.add(t, f32x4.mul(g1, x)));
    t = v128.load(t2 + o);
    d = f32x4.add(d, f32x4.mul(g2, t));
    v128.store(t2 + o, f32x4.add(t, f32x4.mul(g2, x)));
    t = v128.load(t3 + o);
    d = f32x4.add(d, f32x4.mul(g3, t));
    v128.store(t3 + o, f32x4.add(t, f32x4.mul(g3, x)));
    t = v128.load(t4 + o);
    d = f32x4.add(d, f32x4.mul(g4, t));
    v128.store(t4 + o, f32x4.add(t, f32x4.mul(g4, x)));
    t = v128.load(t5 + o);
    d = f32x4.add(d, f32x4.mul(g5, t));
    v128.store(t5 + o, f32x4.add(t, f32x4.mul(g5, x)));
    v128.store(to + o, f32x4.add(v128.load(to + o), d));
  }
}

/** Adds -log sigma(f), or -log sigma(-f) where the label is 0, to the block's loss. */
function measured(s: usize, f: f32, label: f32): void {
  const z = label > 0.5 ? -f : f; // log(1 + e^z)
  const loss: f32 = z > 15 ? z : Mathf.log(1 + Mathf.exp(z));
  store<f64>(s, load<f64>(s) + <f64>loss);
  store<f64>(s, load<f64>(s, 8) + 1, 8);
}

/** Lists the targets of one word: itself and negatives, or the nodes of its path. Returns how many. */
function targets(c: usize, s: usize, word: i32): i32 {
  const bytes = (<usize>load<i32>(c, DIM)) << 2;
  const outputs: usize = load<u32>(c, OUTPUTS);
  const negatives = load<i32>(c, NEGATIVES);
  let to = s + T_TO;
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
    return 1 + negatives;
  }
  let n = 0;
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
    memory.fill(hidden, 0, bytes);
    let rows = 0;
    for (let k = from; k <= to; k++) {
      if (k != i) rows += gather(c, hidden, load<i32>(sentence + (<usize>k << 2)), bytes);
    }
    open(s, 1 / <f32>rows, bytes);
    step(s, dim, 1, targets(c, s, word), rate, measure);
    addRow(gradient, hidden, bytes);
    for (let k = from; k <= to; k++) {
      if (k != i) scatter(c, gradient, load<i32>(sentence + (<usize>k << 2)), bytes);
    }
  } else if (load<u32>(c, PIECES)) {
    memory.fill(hidden, 0, bytes);
    open(s, 1 / <f32>gather(c, hidden, word, bytes), bytes);
    // each piece gains the whole gradient, and so does their mean: it learns in place from one neighbor to the next
    for (let k = from; k <= to; k++) {
      if (k != i) step(s, dim, 1, targets(c, s, load<i32>(sentence + (<usize>k << 2))), rate, measure);
    }
    addRow(gradient, hidden, bytes);
    scatter(c, gradient, word, bytes);
  } else {
    const inputs: usize = load<u32>(c, INPUTS);
    const m = targets(c, s, word);
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

/** Scales the hidden row, makes it the one input of steps and its gradient the row's change: what it is later less what it is now. */
function open(s: usize, scale: f32, bytes: usize): void {
  const hidden = s + ROWS;
  scaleRow(hidden, scale, bytes);
  store<u32>(s + X_TO, <u32>hidden);
  for (let o: usize = 0; o < bytes; o += 16) v128.store(hidden + bytes + o, f32x4.neg(v128.load(hidden + o)));
}

// asc: --enable threads --sharedMemory --maximumMemory 65536
// GloVe (Pennington, Socher and Manning, 2014) over records (i, j, x): with d = w_i . v_j + b_i + c_j - log x and
// f = min(1, (x / most)^power), every parameter p of the record moves by AdaGrad: g = f d dp, p -= rate g / sqrt(G_p),
// then G_p += g^2. A row is the vector, then its bias, padded; the sums G lie at a fixed distance from the parameters.

// @ts-ignore: decorator
@inline const DIM: usize = 0; // floats of a vector, a multiple of 4; the bias stands at DIM, the row is DIM + 4 floats
// @ts-ignore: decorator
@inline const WORDS: usize = 4;
// @ts-ignore: decorator
@inline const CONTEXTS: usize = 8;
// @ts-ignore: decorator
@inline const SQUARES: usize = 12; // bytes from a parameter to its sum of squares
// @ts-ignore: decorator
@inline const MOST: usize = 16; // f32
// @ts-ignore: decorator
@inline const POWER: usize = 20; // f32

export function scratchBytes(_dim: i32): i32 {
  return 64;
}

// @ts-ignore: decorator
@inline
function adagrad(at: usize, squares: usize, gradient: v128, rate: v128): void {
  const sum = v128.load(at + squares);
  v128.store(at, f32x4.sub(v128.load(at), f32x4.div(f32x4.mul(rate, gradient), f32x4.sqrt(sum))));
  v128.store(at + squares, f32x4.add(sum, f32x4.mul(gradient, gradient)));
}

/** Learns `count / 3` records at `ids`. The signature is the one of the other kernel: `seed` is not needed. */
export function train(c: usize, s: usize, ids: usize, count: i32, rate: f32, _seed: u64): i32 {
  const dim: usize = load<u32>(c, DIM);
  const bytes = dim << 2;
  const row = bytes + 16;
  const words: usize = load<u32>(c, WORDS);
  const contexts: usize = load<u32>(c, CONTEXTS);
  const squares: usize = load<u32>(c, SQUARES);
  const most = load<f32>(c, MOST);
  const power = load<f32>(c, POWER);
  const rate4 = f32x4.splat(rate);
  let cost: f64 = 0;
  const end = ids + (<usize>count << 2);
  for (let at = ids; at < end; at += 12) {
    const w = words + <usize>load<u32>(at) * row;
    const v = contexts + <usize>load<u32>(at, 4) * row;
    const x = load<f32>(at, 8);
    let a = f32x4.splat(0);
    for (let o: usize = 0; o < bytes; o += 16) a = f32x4.add(a, f32x4.mul(v128.load(w + o), v128.load(v + o)));
    const dot = f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1) + (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3));
    const d = dot + load<f32>(w + bytes) + load<f32>(v + bytes) - Mathf.log(x);
    const f: f32 = x < most ? Mathf.pow(x / most, power) : 1;
    const g: f32 = max<f32>(-100, min<f32>(100, f * d)); // the authors' own guard against a step too wide
    cost += 0.5 * <f64>f * <f64>d * <f64>d;
    const g4 = f32x4.splat(g);
    for (let o: usize = 0; o < bytes; o += 16) {
      const old = v128.load(w + o);
      adagrad(w + o, squares, f32x4.mul(g4, v128.load(v + o)), rate4);
      adagrad(v + o, squares, f32x4.mul(g4, old), rate4);
    }
    const lane = f32x4.replace_lane(f32x4.splat(0), 0, g);
    adagrad(w + bytes, squares, lane, rate4);
    adagrad(v + bytes, squares, lane, rate4);
  }
  store<f64>(s, cost);
  store<f64>(s, <f64>(count / 3), 8);
  return count / 3;
}

let random: u64 = 0;

/** Fills rows with uniform numbers in [-scale, scale), padding with 0, and their sums of squares with 1. */
export function fill(at: usize, rows: i32, dim: i32, padded: i32, scale: f32, seed: u64): void {
  random = seed;
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < padded + 4; i++, at += 4) {
      random = random * 6364136223846793005 + 1442695040888963407;
      store<f32>(at, i < dim || i == padded ? (<f32>(<u32>(random >> 40)) * (1.0 / 8388608.0) - 1) * scale : 0);
    }
  }
}

/** Fills `count` floats with ones. */
export function ones(at: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<f32>(at + (<usize>i << 2), 1);
}

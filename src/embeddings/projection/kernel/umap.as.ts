// One epoch of UMAP's stochastic descent (McInnes, Healy, Melville 2018): each edge that is due pulls its ends together and
// pushes its first end away from random rows. Addresses are in bytes; plainEpoch of umap-layout.ts is the same in plain loops.

/** A slope as a function of the squared distance, tabulated by the leading bits of its float32; linear in between. */
@inline
function slope(table: usize, low: i32, last: i32, d: f32): f32 {
  const bits = reinterpret<i32>(d);
  const raw = (bits >> 17) - low;
  const at = raw < 0 ? 0 : raw > last ? last : raw;
  const here = load<f32>(table + ((<usize>at) << 2));
  const next = load<f32>(table + ((<usize>at) << 2), 4);
  return here + (next - here) * (<f32>(bits & 0x1ffff) * <f32>(1.0 / 131072.0));
}

/** Of a vector (x, y, 0, 0). */
@inline
function square(d: v128): f32 {
  const s = f32x4.mul(d, d);
  return f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1);
}

@inline
function clip(g: v128): v128 {
  return f32x4.pmin(f32x4.splat(4), f32x4.pmax(f32x4.splat(-4), g));
}

/**
 * `heads`, `tails` i32 [edges]; `every` f32: epochs from one use of an edge to the next, `due` f32: the next one; `places`
 * f32 [rows, 2]; `pull`, `push` f32 tables of last + 2 slopes. Returns the state of the generator (xorshift32).
 */
export function epoch(
  now: f32, rate: f32, negatives: i32, rows: i32, edges: i32, heads: usize, tails: usize, every: usize, due: usize,
  places: usize, pull: usize, push: usize, low: i32, last: i32, seed: u32,
): u32 {
  let state = seed;
  const rates = f32x4.splat(rate);
  for (let e = 0; e < edges; e++) {
    const at = (<usize>e) << 2;
    const when = load<f32>(due + at);
    if (when > now) continue;
    store<f32>(due + at, when + load<f32>(every + at));
    const head = load<i32>(heads + at);
    const mine = places + ((<usize>head) << 3);
    const other = places + ((<usize>load<i32>(tails + at)) << 3);
    let p = v128.load64_zero(mine);
    const q = v128.load64_zero(other);
    const d = f32x4.sub(p, q);
    const step = f32x4.mul(rates, clip(f32x4.mul(f32x4.splat(slope(pull, low, last, square(d))), d)));
    p = f32x4.add(p, step);
    v128.store_lane<u64>(other, f32x4.sub(q, step), 0);
    // All random rows are seen from the same place, so that their loads need not wait for one another.
    let force = f32x4.splat(0);
    for (let k = 0; k < negatives; k++) {
      state ^= state << 13;
      state ^= state >> 17;
      state ^= state << 5;
      const far = <i32>((<u64>state * <u64>rows) >> 32);
      const away = f32x4.sub(p, v128.load64_zero(places + ((<usize>far) << 3)));
      const push4 = far == head ? f32x4.splat(0) : f32x4.splat(slope(push, low, last, square(away)));
      force = f32x4.add(force, clip(f32x4.mul(push4, away)));
    }
    v128.store_lane<u64>(mine, f32x4.add(p, f32x4.mul(rates, force)), 0);
  }
  return state;
}

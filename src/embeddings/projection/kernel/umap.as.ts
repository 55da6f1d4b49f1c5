// One epoch of UMAP's stochastic descent (McInnes, Healy, Melville 2018): each edge that is due pulls its ends together and
// pushes its first end away from random rows. Addresses are in bytes; plainEpoch of umap-layout.ts is the same in plain loops.

/** The two slopes as functions of the squared distance, tabulated by the leading bits of its float32; linear in between. */
@inline
function slope(table: usize, low: i32, last: i32, d: f32): f32 {
  const bits = reinterpret<i32>(d);
  const at = min(max((bits >> 15) - low, 0), last);
  const here = load<f32>(table + ((<usize>at) << 2));
  const next = load<f32>(table + ((<usize>at) << 2), 4);
  return here + (next - here) * (<f32>(bits & 0x7fff) * <f32>(1.0 / 32768.0));
}

@inline
function clip(g: f32): f32 {
  return min(max(g, <f32>-4), <f32>4);
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
  for (let e = 0; e < edges; e++) {
    const at = (<usize>e) << 2;
    const when = load<f32>(due + at);
    if (when > now) continue;
    store<f32>(due + at, when + load<f32>(every + at));
    const head = load<i32>(heads + at);
    const mine = places + ((<usize>head) << 3);
    const other = places + ((<usize>load<i32>(tails + at)) << 3);
    let x = load<f32>(mine), y = load<f32>(mine, 4);
    const ox = load<f32>(other), oy = load<f32>(other, 4);
    let dx = x - ox, dy = y - oy;
    const c = slope(pull, low, last, dx * dx + dy * dy);
    const gx = rate * clip(c * dx), gy = rate * clip(c * dy);
    x += gx;
    y += gy;
    store<f32>(other, ox - gx);
    store<f32>(other, oy - gy, 4);
    // All random rows are seen from the same place, so that their loads need not wait for one another.
    let fx: f32 = 0, fy: f32 = 0;
    for (let k = 0; k < negatives; k++) {
      state ^= state << 13;
      state ^= state >> 17;
      state ^= state << 5;
      const far = <i32>((<u64>state * <u64>rows) >> 32);
      const there = places + ((<usize>far) << 3);
      dx = x - load<f32>(there);
      dy = y - load<f32>(there, 4);
      const r = far == head ? <f32>0 : slope(push, low, last, dx * dx + dy * dy);
      fx += clip(r * dx);
      fy += clip(r * dy);
    }
    store<f32>(mine, x + rate * fx);
    store<f32>(mine, y + rate * fy, 4);
  }
  return state;
}

// Two processes in turns: warm-up, then rounds of ours, peer, ours, peer; the median of each, and of the rounds' ratios.

/** Enough steps that a round lasts about this long: short enough for many rounds, long enough for a steady clock. */
const roundMs = 2000;
/** The first steps allocate, compile and touch fresh memory: they go on until they have taken this long. */
const warmUpMs = 1500;

/**
 * Runs `rounds` rounds of the two children; the result is in units (tokens, characters) a second.
 * The ratio is the median of the rounds' own ratios, so that a slow spell of the machine falls on both sides.
 */
export async function interleave(ours, peer, { rounds }) {
  const sides = [ours, peer];
  const steps = [];
  for (const side of sides) {
    await warmUp(side);
    const first = await side.go(1);
    const few = Math.max(1, Math.ceil(roundMs / 4 / first.ms));
    const { ms } = few > 1 ? await side.go(few) : first;
    steps.push(Math.max(1, Math.round((roundMs * few) / ms)));
  }
  const rates = [[], []];
  const losses = [];
  for (let round = 0; round < rounds; round++) {
    for (const [i, side] of sides.entries()) {
      // A process that was stopped finds its caches cold, and on some machines its memory swapped out.
      if (steps[i] > 1) await side.go(Math.ceil(steps[i] / 10));
      const { ms, loss } = await side.go(steps[i]);
      rates[i].push((steps[i] * side.unitsPerStep * 1000) / ms);
      losses[i] = loss;
    }
  }
  return {
    ours: median(rates[0]),
    peer: median(rates[1]),
    ratio: median(rates[0].map((rate, i) => rate / rates[1][i])),
    rounds,
    oursSpread: spread(rates[0]),
    peerSpread: spread(rates[1]),
    ...(losses[0] === undefined ? {} : { oursLoss: losses[0], peerLoss: losses[1] }),
  };
}

async function warmUp(side) {
  for (let spent = 0; spent < warmUpMs; ) spent += (await side.go(1)).ms;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const spread = (values) => [Math.min(...values), Math.max(...values)];

// A measure of peak resident memory: each side trains alone in a fresh process.

import { start } from "./measure-speed.mjs";

/** Enough steps that every buffer has been used and collected at least once. */
const steps = 30;

/** A measure of the peak resident memory of `ours` and `peer`, both { kind, script, options }. */
export const memory = (ours, peer) => async (settings) => {
  const peaks = [];
  const names = [];
  for (const side of [peer, ours]) {
    const child = await start(side, settings);
    try {
      await child.go(steps);
      peaks.unshift(await child.peakMiB());
      names.unshift(child.name);
    } finally {
      child.end();
    }
  }
  return { ours: peaks[0], peer: peaks[1], ratio: peaks[0] / peaks[1], oursName: names[0], peerName: names[1] };
};

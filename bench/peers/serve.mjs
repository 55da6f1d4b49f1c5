// The child's side of the bench: answers lines of JSON on stdin with lines of JSON on stdout.
//
//   child  -> {"ready": true, "name": ..., "unitsPerStep": ...}
//   parent -> {"go": steps}      child -> {"ms": wall time of those steps, ...what go() returned}
//   parent -> {"memory": true}   child -> {"peakMiB": peak resident memory so far}
// Anything that fails before or while serving is one line {"error": message}.

import { createInterface } from "node:readline";

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

process.on("uncaughtException", (error) => {
  say({ error: error.message });
  process.exit(1);
});

/** Serves until stdin ends. `go(steps)` runs that many steps of the peer's work. */
export async function serve({ name, unitsPerStep, go }) {
  say({ ready: true, name, unitsPerStep });
  for await (const line of createInterface({ input: process.stdin })) {
    const { go: steps, memory } = JSON.parse(line);
    if (memory) {
      say({ peakMiB: process.resourceUsage().maxRSS / 1024 });
      continue;
    }
    const start = performance.now();
    const result = await go(steps);
    say({ ms: performance.now() - start, ...result });
  }
  process.exit(0);
}

/**
 * A corpus of ids that every peer draws in the same way: a noisy cycle, so that there is something to learn and the
 * loss must fall. Its length leaves no remainder after windows of 64 in 32 streams. `window(i)` is the i-th truncated window of `batch` parallel streams: [batch * bptt] each.
 */
export function corpus({ batch, bptt, vocab, length = 32 * 64 * 195 + 1 }) {
  const ids = new Int32Array(length);
  let seed = 1;
  for (let i = 1; i < length; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    ids[i] = seed % 100 < 70 ? (ids[i - 1] * 3 + 1) % vocab : (seed >>> 8) % vocab;
  }
  const streamLength = Math.floor((length - 1) / batch);
  const windows = Math.floor(streamLength / bptt);
  function window(index) {
    const inputs = new Int32Array(batch * bptt);
    const targets = new Int32Array(batch * bptt);
    for (let b = 0; b < batch; b++) {
      const from = b * streamLength + (index % windows) * bptt;
      inputs.set(ids.subarray(from, from + bptt), b * bptt);
      targets.set(ids.subarray(from + 1, from + 1 + bptt), b * bptt);
    }
    return { inputs, targets };
  }
  return { ids, window };
}

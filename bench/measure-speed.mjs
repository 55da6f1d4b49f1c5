// A measure of speed: two processes that do the same work, in turns.

import { startChild } from "./child.mjs";
import { interleave } from "./interleave.mjs";
import { Skip } from "./skip.mjs";

/** A measure that times `ours` and `peer`, both { kind, script, options }. */
export const speed = (ours, peer) => async (settings) => {
  const children = [];
  try {
    for (const side of [peer, ours]) children.unshift(await start(side, settings));
    const [a, b] = children;
    const { rounds } = settings;
    return { ...(await interleave(a, b, { rounds })), oursName: a.name, peerName: b.name };
  } finally {
    for (const child of children) child.end();
  }
};

/** Starts one side; a side that cannot start skips the measure, with its own word. */
export async function start({ kind, script, options }, { python, threads }) {
  const command = kind === "python" ? python : process.execPath;
  if (!command) throw new Skip("PyTorch: give PYTHON=a Python that has torch");
  try {
    return await startChild(command, script, { ...options, threads: Math.min(options.threads, threads) });
  } catch (error) {
    throw new Skip(`${script}: ${error.message}`);
  }
}

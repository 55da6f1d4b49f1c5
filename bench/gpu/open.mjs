// Engines on the package `webgpu`, with flags of Dawn.
import { openWebgpuEngine } from "../../dist/engine/webgpu/engine.js";

/** Finds the package beside the repository or where NODE_WEBGPU says (its index.js). */
export async function openers(require, toUrl) {
  const path = process.env.NODE_WEBGPU ?? require.resolve("webgpu");
  const { create } = await import(toUrl(path).href);
  const held = [];
  return async (flags) => {
    const gpu = create(flags);
    held.push(gpu); // what it makes does not outlive it
    globalThis.heldGpus = held;
    return openWebgpuEngine({ gpu });
  };
}
